"""The licence: what a signature rests on, what it gives for ever, and what the public reads of each move."""
# ruff: noqa: F811

from datetime import UTC, date, datetime

import pytest
from PIL import Image
from sqlalchemy import select

from certify.mail.letters import render
from certify.models import Credential, Document, Message, RegisterEntry, User
from certify.operations import documents, licences, notifications
from certify.queries.admissibility import list_current_documents
from certify.queries.journal import find_break
from certify.queries.licences import list_certificates, list_licence_events
from certify.workflows.errors import NotAllowed, Refused, Stale, WrongState
from certify.workflows.licence import State
from certify.workflows.numbering import make_mark, parse_mark, parse_number
from tests.proofs import ISSUER
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401

TODAY = date(2026, 12, 7)


@pytest.fixture
def licence(licence_of):
    return licence_of("signed")


@pytest.fixture
def sign(acting, store):
    def sign(licence, name="sami", **more):
        licences.sign_licence(licence, store=store, issuer=ISSUER, actor=acting(name), **more)

    return sign


def entry_of(licence, session):
    session.flush()
    return session.get(RegisterEntry, licence.mark)


def history(licence, session):
    return [(line["on"], line["kind"]) for line in entry_of(licence, session).history]


def test_signature_gives_number_mark_and_three_years_less_a_day(licence):
    number = parse_number(licence.number)
    assert (number.region, number.year, number.rank) == (9, 2026, 1)
    assert parse_mark(licence.mark) == licence.mark
    assert (licence.valid_from, licence.valid_to) == (TODAY, date(2029, 12, 6))
    assert (licence.state, licence.signed_by.email) == (State.ACTIVE, "sami@example.ma")


def test_signature_issues_the_certificate(licence, session):
    assert [paper.number for paper in list_certificates(session, licence)] == [f"CERT-{licence.number}-1"]


def test_register_says_what_the_jar_says_and_nothing_of_people(licence, session):
    entry = entry_of(licence, session)
    credential = session.get_one(Credential, licence.id)
    assert entry.facts == {
        "product": {"fr": "Miel d’euphorbe", "ar": "عسل الدغموس", "en": "Spurge honey"},
        "holder": {"fr": "Coopérative Tighmi", "ar": "تعاونية تيغمي"},
        "commune": "Tighmi",
        "province": {"fr": "Tiznit", "ar": "تيزنيت", "en": "Tiznit"},
        "region": {"fr": "Souss-Massa", "ar": "سوس-ماسة", "en": "Souss-Massa"},
        "filiere": {"fr": "Miel", "ar": "العسل", "en": "Honey"},
        "usage": "food",
        "formats": ["250 g"],
        "sign": None,
        "variety": None,
        "origin_area": "Tighmi, Anti-Atlas",
        "meeting": {"number": "CH-2026-01", "held_on": "2026-12-07"},
        "regulation": licence.dossier.regulation,
        "evidence": {"place": 0, "entry": credential.position, "vc": credential.sha256},
    }
    assert entry.history == [{"on": "2026-12-07", "kind": "granted", "meeting": "CH-2026-01"}]


def test_public_photo_is_kept_beside_the_one_handed_in(licence, store):
    with Image.open(store.path(licence.photo_sha256)) as photo:
        assert (photo.format, photo.size, dict(photo.getexif())) == ("JPEG", (64, 48), {})


def test_explained_photo_gives_none(licence_of, staged, sign, session):
    found = list_current_documents(session, staged("notified"))
    photo = next(document for document in found if document.kind == documents.PHOTO)
    columns = {"standing": photo.standing, "uploaded_by_id": photo.uploaded_by_id, "uploaded_at": photo.uploaded_at}
    session.add(Document(dossier_id=photo.dossier_id, kind=photo.kind, version=2, explanation="Perdue.", **columns))
    sign(licence_of("notified"))
    assert entry_of(licence_of("notified"), session).photo_sha256 is None


def test_mark_already_given_is_drawn_again(licence, licence_of, sign):
    free = bytes(range(11))
    drawn = iter((bytes(11), free))
    assert licence.mark == make_mark(bytes(11))
    sign(licence_of("notified"), randomness=lambda _: next(drawn))
    assert licence_of("notified").mark == make_mark(free)


def test_terms_are_accepted_once_by_the_holder_alone(licence_of, acting):
    licence = licence_of("approved")
    with pytest.raises(NotAllowed):
        licences.accept_terms(licence, actor=acting("mallory"))
    licences.accept_terms(licence, actor=acting("alice"))
    assert licence.terms_accepted_by_id == acting("alice").id
    with pytest.raises(Refused, match="already signed"):
        licences.accept_terms(licence, actor=acting("alice"))


def test_signature_waits_for_the_notification_and_the_contract(licence_of, acting, sign, session):
    licence = licence_of("approved")
    with pytest.raises(Refused, match="notified"):
        sign(licence)
    notifications.record_notification(licence.dossier, channel="account", received_on=TODAY, actor=acting("carol"))
    with pytest.raises(Refused, match="contract of use"):
        sign(licence)
    assert (licence.state, licence.number, list_certificates(session, licence)) == (State.TO_SIGN, None, [])


@pytest.mark.parametrize("name", ["carol", "pia", "alice", "rachid", "aude"])
def test_only_the_signatory_signs(licence_of, sign, name):
    with pytest.raises(NotAllowed):
        sign(licence_of("notified"), name)


def test_licence_is_signed_once(licence, sign):
    with pytest.raises(WrongState):
        sign(licence)


def test_stale_signature_is_refused(licence_of, sign):
    licence = licence_of("notified")
    with pytest.raises(Stale):
        sign(licence, version=licence.version - 1)


def test_each_move_is_dated_in_the_register(licence, acting, clock, session):
    licences.suspend(licence, reason="Analyse défavorable.", actor=acting("sami"))
    assert entry_of(licence, session).state == "suspended"
    clock.advance(days=12)
    licences.reinstate(licence, reason="Analyse favorable.", actor=acting("sami"))
    clock.advance(days=3)
    licences.withdraw(licence, reason="Fraude établie.", actor=acting("sami"))
    assert entry_of(licence, session).state == "withdrawn"
    assert history(licence, session) == [
        ("2026-12-07", "granted"),
        ("2026-12-07", "suspended"),
        ("2026-12-19", "reinstated"),
        ("2026-12-22", "withdrawn"),
    ]


def test_reasons_stay_in_the_journal(licence, acting, session):
    licences.suspend(licence, reason="Analyse défavorable.", actor=acting("sami"))
    events = list_licence_events(session, licence)
    assert [(event.action, event.reason) for event in events][-1] == ("suspend", "Analyse défavorable.")
    assert "défavorable" not in str(entry_of(licence, session).facts) + str(entry_of(licence, session).history)


@pytest.mark.parametrize("act", [licences.suspend, licences.withdraw])
def test_sanction_needs_its_reason_and_the_signatory(licence, acting, act):
    with pytest.raises(Refused, match="reason"):
        act(licence, reason="", actor=acting("sami"))
    with pytest.raises(NotAllowed):
        act(licence, reason="Parce que.", actor=acting("carol"))
    assert licence.state is State.ACTIVE


def test_licence_expires_after_its_last_day_and_says_that_day(licence, acting, clock, session):
    clock.at = datetime(2029, 12, 6, 12, tzinfo=UTC)
    with pytest.raises(Refused):
        licences.expire(licence, actor=acting(None))
    clock.advance(days=3)
    licences.expire(licence, actor=acting(None))
    assert (entry_of(licence, session).state, history(licence, session)[-1]) == ("expired", ("2029-12-06", "expired"))


def test_suspension_does_not_outlive_the_validity(licence, acting, clock):
    licences.suspend(licence, reason="Analyse défavorable.", actor=acting("sami"))
    clock.at = datetime(2029, 12, 7, 12, tzinfo=UTC)
    with pytest.raises(Refused, match="past its validity"):
        licences.reinstate(licence, reason="Analyse favorable.", actor=acting("sami"))


def test_journal_of_licences_holds(licence, acting, session):
    licences.suspend(licence, reason="Analyse défavorable.", actor=acting("sami"))
    session.flush()
    assert find_break(session) is None


@pytest.fixture
def letters(session):
    """The kinds of letters written to Alice about a dossier, the latest last."""

    def letters(dossier):
        asked = select(Message.kind).join(User).where(User.email == "alice@example.ma")
        return session.scalars(asked.where(Message.dossier_id == dossier.id).order_by(Message.id)).all()

    return letters


def test_holder_is_written_of_each_move(licence, acting, letters):
    licences.suspend(licence, reason="Analyse défavorable.", actor=acting("sami"))
    licences.reinstate(licence, reason="Analyse favorable.", actor=acting("sami"))
    licences.withdraw(licence, reason="Fraude établie.", actor=acting("sami"))
    assert letters(licence.dossier)[-5:] == [
        "terms_to_sign", "licence_signed", "licence_suspended", "licence_reinstated", "licence_withdrawn",
    ]  # fmt: skip


def test_the_signatory_is_written_when_the_terms_are_accepted(licence, session):
    asked = select(User.email, Message.facts).join(Message, Message.recipient_id == User.id)
    asked = asked.where(Message.kind == "authorisation_to_sign", Message.dossier_id == licence.dossier_id)
    told = [(email, facts["path"]) for email, facts in session.execute(asked)]
    assert told == [("sami@example.ma", f"/office/licences/{licence.id}")]


@pytest.mark.parametrize("kind", ["terms_to_sign", "authorisation_to_sign", "licence_signed"])
def test_letters_can_be_written_in_each_language(licence, session, kind):
    message = session.scalars(select(Message).where(Message.kind == kind).order_by(Message.id.desc())).first()
    facts = {"name": "Alice", "link": "https://x", "host": "x"} | message.facts
    assert all(render(kind, language, facts).text for language in ("fr", "ar", "en"))
    assert message.facts["path"].startswith(("/dossiers/", "/office/"))
