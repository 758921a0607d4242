"""Receiving what an inspector's device recorded: entry by entry, picture by picture, each confirmed by its SHA-256.

Sending the same thing twice receives it once. The device keeps everything until it has the answer given here.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from certify.models import Visit, VisitEntry, VisitPhoto
from certify.operations.acting import Actor
from certify.operations.storage import EXTENSIONS, JPEG, PNG, Store, StoredFile, judge
from certify.operations.visits import begin_visit
from certify.queries.recording import checks_of, find_entry, find_photo, list_entries, size_named
from certify.queries.visits import is_named
from certify.workflows.errors import Malformed, NotAllowed, NotFound, Refused
from certify.workflows.recording import Entry, Kind, read_entry
from certify.workflows.visit import State
from certify.workflows.words import N_

MOST_ENTRIES = 3000
"""Of one visit; a whole day of two people makes some hundreds."""


@dataclass(frozen=True)
class Progress:
    """How many bytes of a picture have arrived, and whether it is here whole."""

    offset: int
    is_whole: bool


def receive_entry(visit: Visit, text: str, *, name: str, actor: Actor) -> VisitEntry:
    """Receive one entry that claims to be called `name`; the first one begins a planned visit.

    What arrives after the close is kept aside, marked late. Raises Malformed, NotAllowed for another person's entry,
    Refused for another visit's, a cancelled visit or one whose day has not come; nothing is written then.
    """
    _hold(visit, actor=actor)
    held = find_entry(actor.session, visit, name)
    if held is not None:
        return held
    entry = read_entry(text, name)
    _check(visit, entry, actor=actor)
    if visit.state is State.PLANNED:
        begin_visit(visit, actor=actor)
    row = VisitEntry(
        visit_id=visit.id,
        sha256=entry.sha256,
        uuid=entry.id,
        author_id=actor.id,
        kind=entry.kind,
        text=entry.text,
        device_at=entry.at,
        received_at=actor.at,
        is_late=visit.state is State.DONE,
    )
    actor.session.add(row)
    actor.session.flush()
    return row


def receive_part(
    visit: Visit, content: bytes, *, digest: str, offset: int, limit: int, store: Store, actor: Actor
) -> Progress:
    """Receive the bytes of a picture that begin at `offset`, and answer where the next ones begin.

    Bytes that begin elsewhere than where the last ones ended are dropped: the answer says from where to go on. Once all
    are here the picture is judged and kept. Raises NotFound when no entry of this person names it, Malformed when it is
    not what its name says or not a picture; it then begins again from nothing.
    """
    _hold(visit, actor=actor)
    if find_photo(actor.session, visit, digest) is not None:
        return Progress(store.path(digest).stat().st_size, is_whole=True)
    size = _size(visit, digest, limit, actor=actor)
    part = f"{visit.id}-{digest}"
    reached = store.append(part, content[: max(0, size - offset)], offset)
    if reached < size:
        return Progress(reached, is_whole=False)
    whole = store.take(part)
    if sha256(whole).hexdigest() != digest:
        raise Malformed(N_("This photo arrived damaged. It stays on the phone and is sent again from the beginning."))
    media_type = judge(whole, limit=limit)
    if media_type not in (JPEG, PNG):
        raise Malformed(N_("This is not a photo. It stays on the phone."))
    store.keep(whole)
    photo = VisitPhoto(
        visit_id=visit.id,
        sha256=digest,
        size=size,
        media_type=media_type,
        received_by_id=actor.id,
        received_at=actor.at,
    )
    actor.session.add(photo)
    actor.session.flush()
    return Progress(size, is_whole=True)


def as_evidence(photo: VisitPhoto) -> StoredFile:
    """Give a photo of a visit as the file that shows a finding: the very bytes, under the same SHA-256."""
    name = f"visit-{photo.visit_id}-{photo.sha256[:12]}{EXTENSIONS[photo.media_type]}"
    return StoredFile(photo.sha256, photo.size, photo.media_type, name)


def _hold(visit: Visit, *, actor: Actor) -> None:
    """Lock the dossier, then its visit, as every operation on a visit does: two devices wait for each other."""
    actor.hold(visit.dossier)
    actor.hold(visit)
    if not is_named(visit, actor.user):
        raise NotAllowed(N_("You are not one of the inspectors of this visit."))


def _check(visit: Visit, entry: Entry, *, actor: Actor) -> None:
    if entry.visit != visit.id:
        raise Refused(N_("This was recorded for another visit."))
    if entry.author != actor.id:
        raise NotAllowed(N_("Somebody else recorded this on this phone: they must sign in for it to be sent."))
    if visit.state is State.CANCELLED:
        raise Refused(N_("This visit was cancelled. What you recorded stays on this phone: tell the rapporteur."))
    known = {check.code for check in checks_of(visit.dossier)}
    if entry.body.get("check") and entry.body["check"] not in known:
        raise Refused(N_("This point is not on the checklist of this visit."))
    rows = list_entries(actor.session, visit)
    if len(rows) >= MOST_ENTRIES:
        raise Refused(N_("This visit holds as many entries as it can. Tell the secretariat."))
    if any(row.uuid == entry.id for row in rows):
        raise Refused(N_("Another entry has this number. It stays on the phone: tell the secretariat."))
    if entry.kind is Kind.CORRECTION and entry.body["of"] not in {row.sha256 for row in rows}:
        raise Refused(N_("What this corrects has not been received yet. It is sent again later."))


def _size(visit: Visit, digest: str, limit: int, *, actor: Actor) -> int:
    """Return how large a picture will be, as the entry that names it says."""
    size = size_named(actor.session, visit, digest, actor.user)
    if size is None:
        raise NotFound(N_("No entry of yours names this photo. Its entry is sent first."))
    if size > limit:
        raise Malformed(N_("This photo is too large. It stays on the phone."))
    return size
