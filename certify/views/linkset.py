"""What a program reads of a code, as GS1 resolvers write it: a set of links (RFC 9264), and what this resolver knows.

The names of links are terms of the GS1 vocabulary. A target is one of ours and public; a code that leads to no licence
has but the page that says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from certify.queries.register import Entry
from certify.views.presenting import LANGUAGES

VOCABULARY = "https://gs1.org/voc/"
OTHER_SPELLINGS = ("gs1:", "https://ref.gs1.org/voc/", "https://www.gs1.org/voc/", "http://gs1.org/voc/")
GS1 = "https://id.gs1.org"
"""Where identifiers have the same name for everybody: the anchor of the links."""

ALL = frozenset({"linkset", "all"})
"""What asks for every link at once."""

HERE = frozenset({"defaultLink", "certificationInfo"})
"""The links that lead to the page itself."""

TITLES = {
    "certificationInfo": {"fr": "Le label", "ar": "العلامة", "en": "The label"},
    "jws": {"fr": "L’attestation signée", "ar": "الشهادة الموقعة", "en": "The signed credential"},
    "pip": {"fr": "Le produit", "ar": "المنتج", "en": "The product"},
    "traceability": {"fr": "L’historique daté", "ar": "السجل المؤرخ", "en": "The dated history"},
    "defaultLink": {"fr": "Le label", "ar": "العلامة", "en": "The label"},
}


def link_name(asked: str) -> str:
    """Return the name of a type of link, however it is spelt."""
    for spelling in (VOCABULARY, *OTHER_SPELLINGS):
        asked = asked.removeprefix(spelling)
    return asked


def links_of(entry: Entry | None, page: str, base: str) -> dict[str, list[dict[str, Any]]]:
    """Return the targets of each type of link; `page` is the address of the code."""
    both = [("text/html", page), ("application/json", page)]
    targets = {"certificationInfo": both, "defaultLink": both[:1]}
    if entry:
        targets |= {
            "pip": [("text/html", f"{base}/v/{entry.mark}")],
            "traceability": [("application/json", f"{base}/v/{entry.mark}.json")],
        }
        if entry.facts.get("evidence"):
            targets["jws"] = [("application/vc+jwt", f"{base}/c/{entry.number}/vc.jwt")]
    return {name: [_target(name, kind, href) for kind, href in targets[name]] for name in TITLES if name in targets}


def linkset(links: Mapping[str, list[dict[str, Any]]], path: str) -> bytes:
    """Write the links of a canonical path as a set."""
    context = {"anchor": f"{GS1}{path}"} | {f"{VOCABULARY}{name}": targets for name, targets in links.items()}
    return json.dumps({"linkset": [context]}, ensure_ascii=False, indent=1).encode()


def description(base: str) -> dict[str, Any]:
    """Return what this resolver says of itself at `/.well-known/gs1resolver` (GS1-Conformant Resolver 1.2)."""
    return {
        "name": "Terroir du Maroc",
        "resolverRoot": base,
        "supportedPrimaryKeys": ["01", "253"],
        "supportedLinkType": [
            {"namespace": VOCABULARY, "prefix": "gs1:", "profile": "https://www.gs1.org/voc/?show=linktypes"}
        ],
        "linkTypeDefaultCanBeLinkset": False,
    }


def _target(name: str, kind: str, href: str) -> dict[str, Any]:
    titles = TITLES[name]
    target: dict[str, Any] = {"href": href, "type": kind, "title": titles["en"]}
    target["title*"] = [{"value": title, "language": code} for code, title in titles.items()]
    return target | ({"hreflang": list(LANGUAGES)} if kind == "text/html" else {})
