"""How the pages of a meeting follow it: `live.js` asks every second for their revision, and for a page that changed.

Polling, not server-sent events: a stream would hold one of the few threads of the server for each member in the room,
and a proxy or a sleeping tablet would break it unseen. A revision that has not changed costs four small statements and
an empty 304; after a sleep or a lost network the next question catches up by itself, for there is nothing to replay.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Response, request, url_for

from certify.extensions import db
from certify.models import Meeting
from certify.queries.pulse import get_revision
from certify.queries.sitting import is_live
from certify.views.helpers import person, today


@dataclass(frozen=True)
class Pulse:
    """Where a page asks whether it is still true, and the revision that it shows."""

    url: str
    revision: str


def pulse_of(meeting: Meeting | None, *, form: object = None, **_rest: object) -> Pulse | None:
    """Return the pulse that a page about a meeting follows; none for a form, or where the reader asked to stand still.

    Take it before what the page shows is read: a page newer than its revision asks once too often, and misses nothing.
    """
    stands = meeting is None or form is not None or request.method != "GET" or "still" in request.args
    if stands or not is_live(meeting, today()):
        return None
    return Pulse(url_for("meetings.pulse", meeting_id=meeting.id), revision_of(meeting))


def revision_of(meeting: Meeting) -> str:
    """Return the revision of a meeting for whoever asks."""
    return get_revision(db.session, meeting, reader=person())


def beat(meeting: Meeting) -> Response:
    """Answer the revision of a meeting as an ETag without a body: 304 to whoever shows it already."""
    response = Response()
    response.set_etag(revision_of(meeting))
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)
