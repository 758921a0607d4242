"""The check of marks and papers that shops and inspectors install: a page that tells forged from genuine offline.

It holds no data and nobody's name. What it needs to judge is in the bundle, each part in its signed form: the page
pins the roots that it was first given, and believes nothing that does not follow from them.
"""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask_babel import gettext

from certify.trust.keyring import NoKeys, read_keyring
from certify.trust.keys import to_text
from certify.trust.paper_keys import read_paper_certificates
from certify.views.headers import HEADERS, POLICY
from certify.views.helpers import PUBLIC, access
from certify.views.installing import give_manifest, give_worker, kept_page

bp = Blueprint("checking", __name__)

FILES = ("style.css", "star.svg", "check/check.css", "check/app.js")
CHECKING = (
    *("camera.js", "codes.mjs", "keeping.js", "knowing.js", "log.mjs", "papers.mjs", "reading.js", "signed.mjs"),
    "verify.mjs",
)
MODULES = ("field/showing.js", *(f"check/{name}" for name in CHECKING))
LIBRARIES = tuple(
    f"check/libraries/{name}"
    for name in ("ed25519.js", "zxing/reader/index.js", "zxing/share.js", "zxing/zxing_reader.wasm")
)
"""What the page names, what that imports, and what `setup/prepare.sh libraries` fetched for browsers that lack it."""

PAGE_POLICY = POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'") + "; worker-src 'self'"
"""The reader of codes is WebAssembly: it may be compiled, and text still may not be run."""

PERMISSIONS = HEADERS["Permissions-Policy"].replace("camera=()", "camera=(self)")


def page():
    """Show the page; `views.public` leads here whoever asks for /check without having typed a mark."""
    return kept_page(_shell(), {"Content-Security-Policy": PAGE_POLICY, "Permissions-Policy": PERMISSIONS})


@bp.route("/check/worker.js")
@access(PUBLIC)
def worker():
    """Give the service worker of the page; what was typed into its form without a script asks the server first."""
    modules = MODULES + (LIBRARIES if _has_libraries() else ())
    return give_worker("public.check", "certify-check", files=FILES, modules=modules, shell=_shell, typed="mark")


@bp.route("/check/manifest.webmanifest")
@access(PUBLIC)
def manifest():
    """Give the manifest by which a phone installs the page."""
    return give_manifest("public.check", gettext("Check a product"))


def _shell() -> str:
    return render_template("check/page.html", roots=_roots(), papers=_papers(), libraries=_has_libraries())


def _roots() -> str:
    """Return the roots that a device pins, as JSON; none while the keys of the label are not in place."""
    try:
        roots = read_keyring(Path(current_app.config["KEYS"]), current_app.config["CLOCK"]()).manifest.roots
    except NoKeys:
        return json.dumps({"roots": [], "threshold": 1})
    named = [{"kid": kid, "x": to_text(public)} for kid, public in roots.keys.items()]
    return json.dumps({"roots": named, "threshold": roots.threshold})


def _papers() -> str:
    """Return the certificates that papers were ever sealed with, as JSON: by these a device tells our seals."""
    certificates = read_paper_certificates(Path(current_app.config["KEYS"]))
    return json.dumps([b64encode(each).decode() for each in certificates])


def _has_libraries() -> bool:
    return all((Path(current_app.static_folder) / name).is_file() for name in LIBRARIES)
