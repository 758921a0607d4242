#!/bin/sh
# Makes a fresh machine ready, for the Makefile. Says in one sentence what is missing when it cannot be had.
#   prepare.sh packages       .venv with the locked Python packages
#   prepare.sh system run     the system libraries and fonts the papers need; stops without them
#   prepare.sh system test    also a browser, a PDF reader, Node, and Go, another reader of our log; tests skip what lacks
#   prepare.sh libraries      what /check lends to browsers that lack it; without, the server does it for them
set -u
cd "$(dirname "$0")/.." || exit 1
log=build/prepare.log
mkdir -p build

say() { printf '%s\n' "$*" >&2; }

find_python() {
    for name in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}; do
        "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$name"; return; }
    done
    say "Python 3.11 or later is needed and was not found: install it, or name it with PYTHON=/path/to/python3 make."
    return 1
}

# Installs Debian packages when we may; otherwise answers false and leaves the reason in $reason.
install() {
    command -v apt-get >/dev/null || { reason="this system has no apt-get"; return 1; }
    [ "$(id -u)" = 0 ] || { reason="only root may install it"; return 1; }
    say "Installing $*."
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 \
        install -y --no-install-recommends "$@"; } >"$log" 2>&1 || { reason="apt-get failed, see $log"; return 1; }
}

advise() {
    say "Missing: $* ($reason). Install it with 'sudo apt-get install $*', or your system's package of that name, and try again."
}

packages() {
    python=$(find_python) || exit 1
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        venv=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        install "$venv" || { advise "$venv"; exit 1; }
    fi
    say "Installing the Python packages into .venv (a minute, once)."
    { "$python" -m venv .venv && .venv/bin/python -m pip install --disable-pip-version-check \
        --require-hashes -r requirements.lock; } >"$log" 2>&1 ||
        { tail -n 5 "$log" >&2; say "The Python packages could not be installed; the lines above say why."; exit 1; }
    touch .venv/packages
}

has_library() { .venv/bin/python -c "import ctypes; ctypes.CDLL('$1')" 2>/dev/null; }
has_font() { command -v fc-list >/dev/null && fc-list "$1" | grep -q .; }
has_browser() { [ -n "${CHROMIUM:-}" ] || command -v chromium || command -v chromium-browser || command -v google-chrome; }

# The Debian packages of one purpose that this machine lacks.
lacking() {
    case $1 in
    run)
        has_library libpango-1.0.so.0 || printf ' libpango-1.0-0'
        has_library libpangoft2-1.0.so.0 || printf ' libpangoft2-1.0-0'
        has_library libharfbuzz-subset.so.0 || printf ' libharfbuzz-subset0'
        has_font 'Noto Naskh Arabic' || printf ' fonts-noto-core'
        has_font 'DejaVu Sans Mono' || printf ' fonts-dejavu-core'
        ;;
    test)
        has_browser >/dev/null || printf ' chromium'
        command -v pdftoppm >/dev/null || printf ' poppler-utils'
        command -v certutil >/dev/null || printf ' libnss3-tools'
        command -v softhsm2-util >/dev/null || printf ' softhsm2'
        has_library libzbar.so.0 || printf ' libzbar0'
        command -v node >/dev/null || printf ' nodejs'
        command -v npm >/dev/null || printf ' npm'
        command -v go >/dev/null || printf ' golang-go'
        ;;
    esac
}

system() {
    lacks=$(lacking "$1")
    [ -z "$lacks" ] || install $lacks || advise "${lacks# }"
    [ -z "$(lacking "$1")" ] && touch ".venv/system-$1" && return
    [ "$1" = test ]     # without these a few tests skip themselves by name; papers cannot do without theirs
}

# Nothing of others is kept in this repository: npm fetches it, by the hashes of setup/browser/package-lock.json.
libraries() {
    served=certify/static/check/libraries
    command -v npm >/dev/null || { unread "npm is not installed"; return; }
    mkdir -p build/browser && cp setup/browser/package*.json build/browser
    ( cd build/browser && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=0 --fetch-timeout=15000 ) \
        >"$log" 2>&1 || { unread "npm could not fetch the libraries, see $log"; return; }
    modules=build/browser/node_modules
    rm -rf "$served" && mkdir -p "$served/zxing/reader"
    cp $modules/zxing-wasm/dist/es/share.js $modules/zxing-wasm/dist/reader/zxing_reader.wasm "$served/zxing"
    cp $modules/zxing-wasm/dist/es/reader/index.js "$served/zxing/reader"
    cp $modules/zxing-wasm/LICENSE "$served/zxing/license.txt"
    cp $modules/@noble/ed25519/LICENSE "$served/ed25519.txt"
    cp $modules/@noble/ed25519/index.js "$served/ed25519.js"
}

unread() { say "/check works, but browsers that cannot read QR codes by themselves send the photo to the server ($1)."; }

"$@"
