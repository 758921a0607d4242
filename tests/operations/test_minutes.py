"""The minutes: what each outcome needs said, the draft, the signature, and every decision with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from certify.models import Licence, Message, Paper, Report
from certify.models.meeting import AwaitedFrom
from certify.operations import agenda, ballots, meetings, minutes
from certify.operations.minutes import GivenReason
from certify.pdf.facts import from_json
from certify.queries.meetings import may_read_minutes
from certify.queries.minutes import find_proposal
from certify.workflows.dossier import State as Dossier
from certify.workflows.errors import Conflicted, Malformed, NotAllowed, Refused, Stale, WrongState
from certify.workflows.licence import State as LicenceState
from certify.workflows.meeting import State
from certify.workflows.voting import Choice
from tests.decisions import attest, sign
from tests.people import SEATS
from tests.sittings import at_work, on_stage, seat_an_alternate_president  # noqa: F401

REASON = GivenReason("general.origin", "L’origine n’est pas établie.", "Rapport, version 1")


def close(stage):
    meetings.close_meeting(stage.meeting, reason="Faute de temps", actor=stage.acting("pia"))


def draw_up(stage):
    close(stage)
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))


def adjourn(stage, until, name="pia"):
    terms = {"awaited": "Une seconde analyse", "awaited_from": AwaitedFrom.APPLICANT, "awaited_by": until}
    minutes.state_adjournment(stage.item, **terms, actor=stage.acting(name))


def test_the_minutes_of_an_approval_end_the_dossier_and_give_birth_to_a_licence(stage):
    dossier = stage.decide(Choice.FAVOURABLE).dossier
    draw_up(stage)
    sign(stage.meeting, stage.acting)
    licence = stage.session.scalars(select(Licence)).one()
    assert (stage.meeting.state, dossier.state) == (State.MINUTES_SIGNED, Dossier.APPROVED)
    assert (licence.dossier, licence.state) == (dossier, LicenceState.TO_SIGN)
    numbers = stage.session.scalars(
        select(Paper.number).where(~Paper.number.regexp_match("^(REC|CONV)-")).order_by(Paper.number)
    )
    assert numbers.all() == [f"DEC-{dossier.number}", "PV-CH-2026-01"]


def test_reservations_are_confirmed_by_the_president_and_get_their_last_day_at_the_signature(stage):
    item = stage.decide(Choice.FAVOURABLE_WITH_RESERVATIONS)
    with pytest.raises(NotAllowed):
        minutes.confirm_reservations(item, statements=["Corriger"], actor=stage.acting("carol"))
    minutes.confirm_reservations(item, statements=["Corriger le poids", "Traduire"], actor=stage.acting("pia"))
    draw_up(stage)
    sign(stage.meeting, stage.acting)
    due_on = stage.clock().date() + timedelta(days=90)
    assert [(each.statement, each.due_on) for each in item.reservations] == [
        ("Corriger le poids", due_on),
        ("Traduire", due_on),
    ]
    assert (item.dossier.state, stage.session.scalars(select(Licence)).all()) == (
        Dossier.APPROVED_WITH_RESERVATIONS,
        [],
    )


def test_a_refusal_needs_its_reasons_before_the_minutes(stage):
    item = stage.decide(Choice.UNFAVOURABLE)
    close(stage)
    with pytest.raises(Refused, match="still lack their reasons"):
        minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    with pytest.raises(Refused, match="at least one reason"):
        minutes.state_reasons(item, reasons=[], actor=stage.acting("carol"))
    minutes.state_reasons(item, reasons=[REASON, REASON], actor=stage.acting("pia"))
    minutes.state_reasons(item, reasons=[REASON], actor=stage.acting("carol"))
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    sign(stage.meeting, stage.acting)
    assert (item.dossier.state, [vars(REASON)]) == (
        Dossier.REFUSED,
        [{name: getattr(each, name) for name in vars(REASON)} for each in item.reasons],
    )


def test_the_terms_of_an_adjournment_are_stated_within_the_delay_and_told_to_the_applicant(stage):
    stage.decide(Choice.ADJOURN)
    today = stage.clock().date()
    for wrong in (today - timedelta(days=1), today + timedelta(days=61)):
        with pytest.raises(Malformed):
            adjourn(stage, wrong)
    with pytest.raises(NotAllowed):
        adjourn(stage, today, "bob")
    adjourn(stage, today + timedelta(days=60))
    message = stage.session.scalars(
        select(Message).where(Message.kind == "adjournment_stated").order_by(Message.recipient_id)
    ).first()
    assert (message.recipient.name, message.facts["awaited"]) == ("Alice Test", "Une seconde analyse")


def test_an_adjourned_dossier_keeps_its_state_at_the_signature(stage):
    item = stage.decide(Choice.ADJOURN)
    adjourn(stage, stage.clock().date())
    draw_up(stage)
    sign(stage.meeting, stage.acting)
    assert item.dossier.state is Dossier.ADJOURNED


def test_each_outcome_takes_what_belongs_to_it(stage):
    item = stage.decide(Choice.FAVOURABLE)
    acts = (
        lambda: adjourn(stage, stage.clock().date()),
        lambda: minutes.state_reasons(item, reasons=[REASON], actor=stage.acting("pia")),
        lambda: minutes.confirm_reservations(item, statements=["Corriger"], actor=stage.acting("pia")),
    )
    for act in acts:
        with pytest.raises(WrongState, match="did not end that way"):
            act()


def test_the_debate_is_written_by_the_secretariat_until_the_minutes_are_drawn_up(stage):
    item = stage.decide(Choice.FAVOURABLE)
    with pytest.raises(NotAllowed):
        minutes.record_debate(item, text="Pour et contre", actor=stage.acting("pia"))
    minutes.record_debate(item, text="Pour et contre", actor=stage.acting("carol"))
    draw_up(stage)
    with pytest.raises(WrongState, match="take them back"):
        minutes.record_debate(item, text="Autre chose", actor=stage.acting("carol"))
    assert item.debate == "Pour et contre"


def test_minutes_are_corrected_before_they_are_signed_and_never_after(stage):
    item = stage.decide(Choice.FAVOURABLE)
    draw_up(stage)
    minutes.correct_minutes(stage.meeting, reason="Une coquille", actor=stage.acting("pia"))
    minutes.record_debate(item, text="Pour et contre", actor=stage.acting("carol"))
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    sign(stage.meeting, stage.acting)
    with pytest.raises(WrongState):
        minutes.correct_minutes(stage.meeting, reason="Trop tard", actor=stage.acting("carol"))


def test_minutes_are_signed_once_and_by_who_presides(stage):
    stage.decide(Choice.FAVOURABLE)
    draw_up(stage)
    attest(stage.meeting, stage.acting)
    for name in ("bob", "carol", "sami"):
        with pytest.raises(NotAllowed):
            minutes.sign_minutes(stage.meeting, actor=stage.acting(name))
    version = stage.meeting.version
    minutes.sign_minutes(stage.meeting, version=version, actor=stage.acting("pia"))
    with pytest.raises(Stale):
        minutes.sign_minutes(stage.meeting, version=version, actor=stage.acting("pia"))


def test_the_alternate_presides_and_signs_in_the_place_of_a_recused_president(stage):
    stage.open()
    badr, seat = seat_an_alternate_president(stage)
    stage.declare("pia", conflict="pia")
    stage.leave("pia")
    meetings.record_arrival(stage.meeting, seat, badr, actor=stage.acting("carol"))
    names = ("badr", "bob", "brahim", "bouchra")
    stage.declare(*names)
    agenda.open_item(stage.item, actor=stage.acting("badr"))
    stage.vote(**dict.fromkeys(names, Choice.FAVOURABLE))
    ballots.close_item(stage.item, actor=stage.acting("badr"))
    stage.leave("badr")
    meetings.record_arrival(stage.meeting, seat, stage.acting("pia").user, actor=stage.acting("carol"))
    draw_up(stage)
    attest(stage.meeting, stage.acting)
    with pytest.raises(Conflicted):
        minutes.sign_minutes(stage.meeting, actor=stage.acting("pia"))
    minutes.sign_minutes(stage.meeting, actor=stage.acting("badr"))
    assert (stage.item.dossier.state, stage.meeting.state) == (Dossier.APPROVED, State.MINUTES_SIGNED)


def test_who_is_recused_reads_no_minutes_that_tell_of_the_dossier(stage, user):
    stage.deliberate(conflict="brahim")
    readers = {name: may_read_minutes(stage.session, stage.meeting, reader=user(name)) for name in (*SEATS, "carol")}
    assert readers == {"pia": True, "bob": True, "brahim": False, "bouchra": True, "carol": True}


def test_an_item_that_was_never_opened_closes_the_minutes_to_who_is_tied_to_it(stage, user):
    stage.open()
    stage.declare("pia", conflict="pia")
    close(stage)
    user("bob").organisation_id = stage.item.dossier.organisation_id
    stage.session.flush()
    readers = {name: may_read_minutes(stage.session, stage.meeting, reader=user(name)) for name in (*SEATS, "carol")}
    assert readers == {"pia": False, "bob": False, "brahim": True, "bouchra": True, "carol": True}


def test_an_item_left_by_a_recused_president_is_released_with_the_draft(stage):
    stage.open()
    stage.declare("pia", conflict="pia")
    close(stage)
    assert stage.item.dossier.state is Dossier.ON_AGENDA
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    assert (stage.item.dossier.state, stage.item.end_reason) == (Dossier.READY, minutes.UNHEARD)


def proposed_text(stage):
    """The text of the minutes, as it is proposed."""
    draw_up(stage)
    return from_json("minutes", find_proposal(stage.session, stage.meeting).facts)


def test_the_minutes_tell_when_the_recused_left_and_do_not_count_them_present(stage):
    stage.deliberate(conflict="brahim")
    stage.vote(**dict.fromkeys(("pia", "bob", "bouchra"), Choice.FAVOURABLE))
    ballots.close_item(stage.item, actor=stage.acting("pia"))
    told = proposed_text(stage).items[0]
    [aside] = told.interests
    assert (aside.person.fr, aside.left_room, aside.was_absent) == ("Brahim Test", True, False)
    assert (aside.left_at, aside.back_at) == (told.opened_at, told.closed_at)
    assert {each.person.fr for each in told.present} == {"Pia Test", "Bob Test", "Bouchra Test"}


def test_the_minutes_tell_the_motions_and_list_what_is_kept_with_them(stage):
    stage.decide(Choice.FAVOURABLE)
    told = proposed_text(stage)
    assert [(each.choice, each.votes, each.required, each.is_carried) for each in told.items[0].motions] == [
        ("adjourn", 0, 3, False),
        ("favourable", 4, 3, True),
    ]
    labels = [each.label.fr.replace("\u00a0", " ").replace("\u202f", " ") for each in told.annexes]
    seen = len(told.items[0].papers)
    assert labels == [
        "Feuille de présence",
        f"Point 1 – documents examinés : {seen} ; déclarations d’intérêts : 4 ; conflits tranchés : 0",
    ]
    assert seen > 1
    assert {len(each.sha256) for each in told.annexes} == {64}


def test_the_minutes_tell_whom_an_alternate_represents(stage):
    stage.open()
    badr, seat = seat_an_alternate_president(stage)
    stage.leave("pia")
    meetings.record_arrival(stage.meeting, seat, badr, actor=stage.acting("carol"))
    told = {each.person.fr: each.represents for each in proposed_text_closed_by(stage, "badr").attendance}
    assert (told["Badr Test"].fr, told["Pia Test"]) == ("Pia Test", None)


def proposed_text_closed_by(stage, name):
    meetings.close_meeting(stage.meeting, reason="Faute de temps", actor=stage.acting(name))
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    return from_json("minutes", find_proposal(stage.session, stage.meeting).facts)


def test_the_minutes_repeat_why_the_report_was_corrected(stage):
    stage.decide(Choice.FAVOURABLE)
    first = stage.session.scalars(select(Report).where(Report.dossier_id == stage.item.dossier_id)).one()
    kept = {each.key: getattr(first, each.key) for each in Report.__table__.columns if each.key != "id"}
    stage.session.add(Report(**kept | {"version": 2, "reason": "Unité corrigée"}))
    stage.session.flush()
    correction = proposed_text(stage).items[0].correction
    assert (correction.version, correction.reason.fr) == (2, "Unité corrigée")
