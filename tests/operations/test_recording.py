"""What a device sends: received once under its hash, resumed where it stopped, refused without a trace."""

from __future__ import annotations

from hashlib import sha256

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from certify.extensions import db
from certify.models import Event, VisitEntry, VisitPhoto
from certify.operations.recording import receive_entry, receive_part
from certify.operations.visits import cancel_visit, close_visit
from certify.queries.recording import get_record
from certify.queries.snapshot import take_snapshot
from certify.workflows.errors import Malformed, NotAllowed, NotFound, Refused, WorkflowError
from certify.workflows.recording import digest_of
from certify.workflows.visit import State
from tests.factories import under_examination
from tests.operations.test_simultaneous_office import acting, at_once, count, store  # noqa: F401
from tests.recordings import CHECK, HASH, entry_text, name_of, photo_body, picture, recorded
from tests.scenes import once
from tests.visiting import begun, planned

# ruff: noqa: F811

LIMIT = 10 * 1024 * 1024


@pytest.fixture
def dossier(any_app):
    return once(under_examination)


@pytest.fixture
def visit(any_app):
    return once(visited)


def visited(acting, clock, store):
    """Ines makes a visit."""
    return begun(under_examination(acting, store=store), acting, clock)


def rows(table=VisitEntry):
    return db.session.scalar(select(func.count()).select_from(table))


def send(visit, content, actor, store, size=1000):
    """Send a picture in parts from where the server stands, as a device does; return the last answer."""
    digest, offset = sha256(content).hexdigest(), 0
    while True:
        at = part(visit, content[offset : offset + size], digest, offset, actor, store)
        if at.is_whole:
            return at
        offset = at.offset


def part(visit, content, digest, offset, actor, store):  # noqa: PLR0917
    return receive_part(visit, content, digest=digest, offset=offset, limit=LIMIT, store=store, actor=actor)


def test_the_same_entry_is_received_once(visit, acting):
    ines = acting("ines")
    first = recorded(visit, ines)
    again = receive_entry(visit, first.text, name=first.sha256, actor=ines)
    assert (again.id, rows(), first.is_late) == (first.id, 1, False)


def test_the_first_entry_begins_a_planned_visit_on_its_day(dossier, acting, clock):
    visit = planned(dossier, acting)
    db.session.commit()
    with pytest.raises(Refused, match="on its day"):
        recorded(visit, acting("ines"))
    db.session.rollback()
    clock.advance(days=7)
    recorded(visit, acting("ines"))
    assert visit.state is State.UNDER_WAY


@pytest.mark.parametrize(
    ("person", "more", "refusal"),
    [
        ("ines", {"visit": 999}, Refused),
        ("ines", {"author": 1}, NotAllowed),
        ("ines", {"body": CHECK | {"check": "moon"}}, Refused),
        ("ines", {"kind": "correction", "body": {"of": HASH, "text": "a", "reason": "b", "withdrawn": False}}, Refused),
        ("carol", {}, NotAllowed),
        ("rachid", {}, NotAllowed),
    ],
)
def test_what_does_not_belong_here_is_refused_and_nothing_is_written(visit, acting, person, more, refusal):
    with pytest.raises(refusal):
        recorded(visit, acting(person), **more)
    assert rows() == 0


def test_a_text_that_is_not_what_its_name_says_is_refused(visit, acting):
    entry = entry_text(visit=visit.id, author=acting("ines").id)
    with pytest.raises(Malformed, match="fingerprint"):
        receive_entry(visit, entry.replace("conform", "perform"), name=name_of(entry), actor=acting("ines"))
    assert rows() == 0


def test_another_entry_does_not_take_the_number_of_one(visit, acting):
    first = recorded(visit, acting("ines"))
    with pytest.raises(Refused, match="number"):
        recorded(visit, acting("ines"), id=first.uuid, body=CHECK | {"note": "autre"})
    assert rows() == 1


def test_what_arrives_after_the_close_is_kept_aside(visit, acting):
    recorded(visit, acting("ines"))
    close_visit(visit, summary="Rien à signaler.", actor=acting("ines"))
    late = recorded(visit, acting("ilyas"), body=CHECK | {"answer": "not_conform"})
    record = get_record(db.session, visit)
    answers = {check.code: lines for check, lines in record.checks}["storage"]
    assert late.is_late
    assert [line.row.sha256 for line in record.late] == [late.sha256]
    assert [line.answer for line in answers] == ["conform"]


def test_a_cancelled_visit_takes_nothing(dossier, acting, clock):
    visit = planned(dossier, acting)
    cancel_visit(visit, reason="Site fermé.", actor=acting("rachid"))
    with pytest.raises(WorkflowError, match="stays on this phone"):
        recorded(visit, acting("ines"))
    assert rows() == 0


def test_two_inspectors_merge_and_the_latest_answer_counts(visit, acting):
    later = recorded(visit, acting("ilyas"), at="2026-11-27T10:00:02.000Z", body=CHECK | {"answer": "not_conform"})
    early = recorded(visit, acting("ines"), at="2026-11-27T10:00:01.000Z")
    lines = {check.code: lines for check, lines in get_record(db.session, visit).checks}["storage"]
    assert [line.row.sha256 for line in lines] == [early.sha256, later.sha256]
    assert {one["sha256"] for one in take_snapshot(db.session, visit)["entries"]} == {early.sha256, later.sha256}


def test_a_picture_arrives_in_parts_and_is_the_same(visit, acting, store):
    content, ines = picture(), acting("ines")
    recorded(visit, ines, "photo", photo_body(content))
    at = send(visit, content, ines, store)
    kept = db.session.scalars(select(VisitPhoto)).one()
    assert (at.is_whole, at.offset, kept.size, kept.media_type) == (True, len(content), len(content), "image/jpeg")
    assert store.read(kept.sha256) == content
    assert get_record(db.session, visit).missing == ()
    assert part(visit, content, kept.sha256, 0, ines, store).is_whole
    assert rows(VisitPhoto) == 1


def test_a_picture_goes_on_from_where_it_stopped(visit, acting, store):
    content, ines = picture(), acting("ines")
    recorded(visit, ines, "photo", photo_body(content))
    digest = sha256(content).hexdigest()
    assert part(visit, content[:500], digest, 0, ines, store).offset == 500
    assert part(visit, content[:500], digest, 0, ines, store).offset == 500
    assert part(visit, content[900:], digest, 900, ines, store).offset == 500
    assert part(visit, content[500:], digest, 500, ines, store).is_whole


def test_a_picture_that_nobody_named_is_refused(visit, acting, store):
    content = picture()
    digest = sha256(content).hexdigest()
    with pytest.raises(NotFound):
        part(visit, content, digest, 0, acting("ines"), store)
    recorded(visit, acting("ilyas"), "photo", photo_body(content))
    with pytest.raises(NotFound):
        part(visit, content, digest, 0, acting("ines"), store)
    assert store.arrived(f"{visit.id}-{digest}") == 0


@pytest.mark.parametrize("content", [b"x" * 3000, b"%PDF-1.4 nothing", picture()[:-300]])
def test_what_is_no_whole_picture_is_refused_and_begins_again(visit, acting, store, content):
    ines = acting("ines")
    recorded(visit, ines, "photo", photo_body(content))
    with pytest.raises(Malformed):
        send(visit, content, ines, store)
    assert (rows(VisitPhoto), store.arrived(f"{visit.id}-{sha256(content).hexdigest()}")) == (0, 0)


def test_damaged_bytes_are_found_out_and_sent_again(visit, acting, store):
    content, ines = picture(), acting("ines")
    recorded(visit, ines, "photo", photo_body(content))
    digest = sha256(content).hexdigest()
    part(visit, b"y" * 500, digest, 0, ines, store)
    with pytest.raises(Malformed, match="damaged"):
        part(visit, content[500:], digest, 500, ines, store)
    assert send(visit, content, ines, store).is_whole


def test_a_picture_arrives_after_the_close_too(visit, acting, store):
    content, ines = picture(), acting("ines")
    recorded(visit, ines, "photo", photo_body(content))
    assert len(get_record(db.session, visit).missing) == 1
    close_visit(visit, summary="Fait.", actor=ines)
    assert send(visit, content, ines, store).is_whole


@pytest.mark.parametrize("statement", ["UPDATE visit_entry SET text = 'x'", "DELETE FROM visit_entry",
                                       "UPDATE visit_photo SET size = 1", "DELETE FROM visit_photo"])  # fmt: skip
def test_nobody_alters_what_was_recorded(visit, acting, store, statement):
    content, ines = picture(), acting("ines")
    recorded(visit, ines, "photo", photo_body(content))
    send(visit, content, ines, store)
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(text(statement))
    db.session.rollback()
    assert (rows(), rows(VisitPhoto)) == (1, 1)


def test_the_same_entry_sent_by_two_tabs_at_once_is_received_once(visit, acting, at_once):
    entry = entry_text(visit=visit.id, author=acting("ines").id)
    number = visit.id
    db.session.commit()

    def receive(actor):
        receive_entry(actor.session.get_one(type(visit), number), entry, name=name_of(entry), actor=actor)

    assert (at_once(*[("ines", receive)] * 4), rows()) == (4, 1)


def test_the_device_is_told_nothing_personal(visit):
    organisation = visit.dossier.organisation
    said = str(take_snapshot(db.session, visit))
    assert organisation.name_fr in said
    secrets = (organisation.representative_cnie, organisation.phone, organisation.email)
    assert [secret for secret in secrets if secret in said] == []


def test_the_close_seals_what_was_received_until_then(visit, acting):
    names = [recorded(visit, acting(name), body=CHECK | {"note": name}).sha256 for name in ("ines", "ilyas")]
    close_visit(visit, summary="Fait.", actor=acting("ines"))
    late = recorded(visit, acting("ines"))
    sealed = db.session.scalars(select(Event).where(Event.action == "close_visit")).one().facts
    assert (sealed["entries"], sealed["digest"], late.is_late) == (2, digest_of(names), True)
