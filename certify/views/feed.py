"""What happens to licences, for whoever subscribes: an Atom feed (RFC 4287) of the public log (`trust.md` §3.8).

The members of the committee subscribe: a licence that they never decided on comes to their eyes.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from flask import Blueprint, current_app, request

from certify.extensions import catalogue, db
from certify.queries.public_register import Change, list_latest
from certify.views.helpers import PUBLIC, SHARED, access
from certify.views.leaflets import HISTORY
from certify.views.presenting import LANGUAGES
from certify.views.proofs import OPEN
from certify.views.verification import THERE
from certify.workflows.words import N_

bp = Blueprint("feed", __name__)

ATOM, PATH, LATEST = "http://www.w3.org/2005/Atom", "/log/changes.atom", 100
BEGINNING = "2026-01-01T00:00:00Z"
"""When a feed changed last that never did."""

TITLE = N_("Terroir du Maroc: what happens to licences")
ALERTED = N_("Counterfeits reported")

register_namespace("", ATOM)


@bp.route(PATH)
@access(PUBLIC, SHARED)
def changes():
    """Hand out the last hundred changes, newest first, in French, or in the language that `lang` names."""
    language = request.args.get("lang") if request.args.get("lang") in LANGUAGES else "fr"
    content = _feed(list_latest(db.session, limit=LATEST), language, current_app.config["BASE_URL"])
    headers = {"Content-Type": "application/atom+xml; charset=utf-8", "Cache-Control": f"public, max-age={THERE}"}
    answer = current_app.response_class(content, headers=OPEN | headers)
    answer.set_etag(sha256(content).hexdigest()[:32])
    return answer.make_conditional(request)


def _feed(found: list[Change], language: str, base: str) -> bytes:
    say, here = catalogue(language).gettext, f"{base}{PATH}?{urlencode({'lang': language})}"
    feed = Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})
    _add(feed, "id", f"{base}{PATH}")
    _add(feed, "title", say(TITLE))
    _add(feed, "updated", found[0].at if found else BEGINNING)
    _add(feed, "link", rel="self", type="application/atom+xml", href=here)
    _add(SubElement(feed, f"{{{ATOM}}}author"), "name", "Terroir du Maroc")
    for change in found:
        entry = SubElement(feed, f"{{{ATOM}}}entry")
        kind = ALERTED if change.kind == "alerted" else HISTORY[change.kind][0]
        _add(entry, "id", f"{base}/proof/{change.position}")
        _add(entry, "title", f"{change.number} – {say(kind)}")
        _add(entry, "updated", change.at)
        _add(entry, "link", rel="alternate", type="application/json", href=f"{base}/api/v1/licences/{change.number}")
        _add(entry, "link", rel="related", type="text/plain", href=f"{base}/proof/{change.position}")
        _add(entry, "summary", " ".join(filter(None, (change.kind, change.ground, change.scope))))
    return tostring(feed, encoding="utf-8", xml_declaration=True)


def _add(parent: Element, name: str, text: str | None = None, **attributes: str) -> None:
    SubElement(parent, f"{{{ATOM}}}{name}", attributes).text = text
