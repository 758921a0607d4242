"""An erratum: numbered, signed by two, issued beside the minutes, told to who may know; and nothing else changes."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Base, Declaration, Erratum, Event, Message, Paper, UserRole
from certify.models.meeting import Interest
from certify.operations import errata, meetings, minutes
from certify.pdf.facts import from_json
from certify.workflows.erratum import Passage, State
from certify.workflows.errors import Conflicted, Malformed, NotAllowed, Refused, WrongState
from certify.workflows.permissions import Role
from certify.workflows.voting import Choice
from tests.decisions import sign
from tests.scenes import once
from tests.sittings import Stage, at_work, on_stage  # noqa: F401

SLIP = {
    "passage": Passage.ATTENDANCE,
    "says": "Arrivée à 9 h 40.",
    "should_say": "Arrivée à 9 h 30.",
    "reason": "Feuille de présence mal recopiée.",
}
ITS_OWN = {"erratum", "erratum_signature", "event", "message", "paper"}
"""The tables that an erratum writes to: of all of them it only adds rows."""


@pytest.fixture(name="signed")
def of_signed(stage):
    """The minutes of one approval, signed by both."""
    once(approved)
    return stage


def approved(acting, clock):
    """Approve, and sign the minutes."""
    stage = Stage(db.session, acting, clock)
    stage.decide(Choice.FAVOURABLE)
    meetings.close_meeting(stage.meeting, reason="Temps", actor=acting("pia"))
    minutes.draw_up_minutes(stage.meeting, actor=acting("carol"))
    sign(stage.meeting, acting)


def draw_up(stage, item=True, name="carol", **told):
    chosen = stage.item if item else None
    return errata.draw_up_erratum(stage.meeting, chosen, **(SLIP | told), actor=stage.acting(name))


def put_in_force(stage, erratum):
    errata.attest_erratum(erratum, actor=stage.acting("carol"))
    errata.sign_erratum(erratum, actor=stage.acting("pia"))


def everything(session):
    """All rows of all tables, by table."""
    return {
        name: [tuple(row) for row in session.execute(select(table).order_by(*table.primary_key))]
        for name, table in Base.metadata.tables.items()
    }


def recuse(stage, name):
    """Close the dossier of the first item to somebody."""
    told = {"interest": Interest.CONFLICT, "statement": "Parent", "declared_at": stage.clock()}
    user = stage.acting(name).user.id
    found = stage.session.query(Declaration).filter_by(item_id=stage.item.id, user_id=user).first()
    if found:
        found.interest, found.statement = Interest.CONFLICT, "Parent"
    else:
        stage.session.add(Declaration(item_id=stage.item.id, user_id=user, **told))
    stage.session.flush()


def test_it_has_a_number_of_its_own_and_a_paper_once_both_have_signed(signed):
    first, second = draw_up(signed), draw_up(signed, item=False)
    assert [each.number for each in (first, second)] == ["PV-CH-2026-01-R1", "PV-CH-2026-01-R2"]
    errata.attest_erratum(first, actor=signed.acting("carol"))
    papers = select(Paper).where(Paper.number.like("PV-%-R%"))
    assert (first.state, signed.session.scalars(papers).all()) == (State.ATTESTED, [])
    errata.sign_erratum(first, actor=signed.acting("pia"))
    paper = signed.session.scalars(papers).one()
    told = from_json("erratum", paper.facts)
    assert (first.state, paper.number, paper.meeting_id) == (State.SIGNED, first.number, signed.meeting.id)
    assert (told.minutes, told.rank, told.should_say.fr) == ("PV-CH-2026-01", 1, SLIP["should_say"])
    assert {each.sha256 for each in first.signatures} == {first.sha256, told.text_sha256}
    assert told.minutes_sha256 == first.proposal.sha256


def test_nothing_that_was_decided_changes(signed):
    before = everything(signed.session)
    put_in_force(signed, draw_up(signed))
    signed.session.flush()
    after = everything(signed.session)
    assert {name for name in after if after[name] != before[name]} == ITS_OWN
    assert {name for name in ITS_OWN if after[name][: len(before[name])] != before[name]} == set()


def test_its_acts_stand_in_the_journal_of_the_meeting(signed):
    put_in_force(signed, draw_up(signed))
    kept = select(Event).where(Event.meeting_id == signed.meeting.id).order_by(Event.sequence.desc()).limit(3)
    events = signed.session.scalars(kept).all()[::-1]
    assert [each.action for each in events] == ["draw_up_erratum", "attest_erratum", "sign_erratum"]
    assert {(each.source, each.target) for each in events} == {("minutes_signed", "minutes_signed")}


def test_there_is_none_before_the_minutes_are_signed(stage):
    stage.decide(Choice.FAVOURABLE)
    with pytest.raises(Refused, match="not signed yet"):
        draw_up(stage)


@pytest.mark.parametrize("passage", [Passage.OUTCOME, Passage.VOTE, Passage.BALLOT, Passage.EFFECT, Passage.STATE])
def test_no_outcome_vote_ballot_effect_or_state_is_mended(signed, passage):
    with pytest.raises(Refused, match="never changes an outcome"):
        draw_up(signed, passage=passage)
    assert signed.session.query(Erratum).count() == 0


@pytest.mark.parametrize("name", ["pia", "bob", "sami", "alice"])
def test_the_secretariat_alone_draws_up(signed, name):
    with pytest.raises(NotAllowed):
        draw_up(signed, name=name)


def test_the_secretary_signs_first_and_another_person_after(signed):
    erratum = draw_up(signed)
    with pytest.raises(WrongState):
        errata.sign_erratum(erratum, actor=signed.acting("pia"))
    pia = signed.acting("pia").user
    pia.held_roles.append(UserRole(role=Role.SECRETARIAT))
    errata.attest_erratum(erratum, actor=signed.acting("pia"))
    with pytest.raises(Refused, match="Two different people"):
        errata.sign_erratum(erratum, actor=signed.acting("pia"))
    with pytest.raises(WrongState):
        errata.attest_erratum(erratum, actor=signed.acting("carol"))


def test_what_is_in_force_is_not_given_up_and_what_is_given_up_is_not_signed(signed):
    first, second = draw_up(signed), draw_up(signed)
    put_in_force(signed, first)
    errata.drop_erratum(second, reason="Double", actor=signed.acting("carol"))
    with pytest.raises(WrongState):
        errata.drop_erratum(first, reason="Trop tard", actor=signed.acting("carol"))
    with pytest.raises(WrongState):
        errata.attest_erratum(second, actor=signed.acting("carol"))
    assert draw_up(signed).number == "PV-CH-2026-01-R3"


def told(stage, kind):
    messages = stage.session.scalars(select(Message).where(Message.kind == kind))
    return sorted(message.recipient.name.split()[0] for message in messages)


def test_who_sat_is_told_but_nobody_recused_on_the_item(signed):
    recuse(signed, "brahim")
    put_in_force(signed, draw_up(signed))
    assert (told(signed, "erratum_attested"), told(signed, "erratum_signed")) == (["Pia"], ["Bob", "Bouchra"])


def test_one_on_the_meeting_is_told_to_who_reads_the_whole_minutes(signed):
    recuse(signed, "bob")
    put_in_force(signed, draw_up(signed, item=False))
    assert told(signed, "erratum_signed") == ["Bouchra", "Brahim"]


def test_nobody_signs_about_a_dossier_that_is_closed_to_them(signed):
    erratum = draw_up(signed)
    errata.attest_erratum(erratum, actor=signed.acting("carol"))
    recuse(signed, "pia")
    with pytest.raises(Conflicted):
        errata.sign_erratum(erratum, actor=signed.acting("pia"))


def test_who_does_not_read_the_whole_minutes_chooses_an_item(signed):
    recuse(signed, "carol")
    with pytest.raises(Malformed):
        draw_up(signed, item=False)
    with pytest.raises(Conflicted):
        draw_up(signed)
