"""What is scanned or typed as a code, taken apart: the address of a site, ours or another's, or a mark alone.

`static/check/codes.mjs` reads the same on a device; the lists of `tests/trust/kept.py` hold both to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from certify.workflows.errors import Malformed
from certify.workflows.words import N_

LONGEST = 300
"""Characters of a code; the longest of ours has 200."""

MARK, JSON = "/v/", ".json"
PORTS = {"https": "443", "http": "80"}
SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):([/\\]{2})", re.IGNORECASE)
SITE = re.compile(
    r"(?:[^\s/?#]*[@\\])?(?:(?:[^\s/?#:@\\.]+\.)+(?:[^\W\d_]{2,}|xn--[a-z0-9-]+)|[0-9]+(?:\.[0-9]+){3})(?::[0-9]*)?/",
    re.I,
)
"""How an address begins that lost its scheme, whoever's it is."""

PARTS = re.compile(r"([^/?#]*)([^?#]*)")
HALF = re.compile("[\ud800-\udfff]")
PORT = re.compile(r":([0-9]*)$")
DOTS = re.compile("[.\u3002\uff0e\uff61]")

NO_CODE = N_("This is neither a code of the label nor an address of one.")


@dataclass(frozen=True)
class Typed:
    """What was read. Of a site that is not ours, `host` alone, as a browser would read it; of ours, `path`; `mark` is
    the text of a mark, alone or behind our host.
    """

    mark: str | None = None
    path: str | None = None
    host: str | None = None


def take_apart(text: str, hosts: Collection[str]) -> Typed:
    """Take a code apart, however it is written; `hosts` are ours, in lower case. Raises Malformed: it names nothing.

    Ours is also what a person types or a scanner leaves of our address: without its scheme, with http, in capitals,
    with the port that goes without saying. Of its query nothing is read: no seal covers it.
    """
    text = _seen(text).strip()
    scheme, slashes, rest = _begun(text, hosts)
    site, path = PARTS.match(rest).groups() if scheme else (None, PARTS.match(text)[2])
    if scheme and (slashes != "//" or not _is_ours(site, scheme, hosts)):
        return Typed(host=_shown(site, scheme, slashes, hosts))
    if len(text) > LONGEST:
        raise Malformed(NO_CODE)
    if not scheme and not text.startswith("/"):
        return Typed(mark=text)
    return Typed(_mark_at(path), path)


def _seen(text: str) -> str:
    """Leave out the direction marks and the like that are pasted along: no name of a host holds one."""
    if text.isascii():
        return text
    return "".join(letter for letter in text[: 2 * LONGEST] if unicodedata.category(letter) != "Cf")


def _begun(text: str, hosts: Collection[str]) -> tuple[str | None, str, str]:
    """Return the scheme of an address, its slashes and what follows them; no scheme when it is none."""
    if found := SCHEME.match(text):
        if found[1].lower() not in PORTS:
            raise Malformed(NO_CODE)
        return found[1].lower(), found[2], text[found.end() : LONGEST]
    site, slash, _ = text[:LONGEST].partition("/")
    if slash and (_is_ours(site, "https", hosts) or SITE.match(text[:LONGEST])):
        return "https", "//", text[:LONGEST]
    return None, "", text


def _is_ours(site: str, scheme: str, hosts: Collection[str]) -> bool:
    """Tell whether a site is one of `hosts` by all that is written: whatever hides a host makes it another's."""
    if not site.isascii():
        return False
    name, _, port = site.lower().partition(":")
    return site.lower() in hosts or (port in ("", PORTS[scheme]) and name.removesuffix(".") in hosts)


def _shown(site: str, scheme: str, slashes: str, hosts: Collection[str]) -> str:
    """Return the host where a browser would go, in ASCII; all that is written where that is ours and written to hide
    something, so that nobody reads that our own host is another's. Raises Malformed when none can be meant.
    """
    if not site or site.count("[") != site.count("]") or HALF.search(site):
        raise Malformed(NO_CODE)
    host = site.partition("\\")[0].rpartition("@")[2].lower()
    name, port = PORT.sub("", host), PORT.search(host)
    name = _in_ascii(name)
    host = f"{name}{port[0]}" if port and port[1] not in ("", PORTS[scheme]) else name
    written = site if slashes == "//" else f"{slashes}{site}"
    return written if not host or _is_ours(host, scheme, hosts) else host


def _in_ascii(name: str) -> str:
    """Return a name of a host as browsers ask for it (UTS 46, not transitional: a German ß stays one)."""
    if name.isascii():
        return name
    labels = DOTS.split(unicodedata.normalize("NFKC", name).lower())
    return ".".join(label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in labels)


def _mark_at(path: str) -> str | None:
    """Return what stands for a mark in a path of ours; None in any other than that of a mark."""
    if path[: len(MARK)].lower() != MARK:
        return None
    mark = path[len(MARK) :].removesuffix("/")
    return mark[: -len(JSON)] if mark.lower().endswith(JSON) else mark
