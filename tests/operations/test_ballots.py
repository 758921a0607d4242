"""Declarations of interest, ballots, and the close of the vote."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from certify.models import Ballot, Measurement
from certify.models.meeting import Interest, ItemEnd
from certify.operations import agenda, ballots, meetings
from certify.operations.adjournments import return_to_committee
from certify.queries.committee import list_places
from certify.queries.relations import relations_of
from certify.workflows.dossier import State
from certify.workflows.errors import (
    AlreadyDone,
    AlreadyVoted,
    Conflicted,
    Malformed,
    NotAllowed,
    QuorumMissing,
    Refused,
    Stale,
    WrongState,
)
from certify.workflows.permissions import Relation
from certify.workflows.voting import Choice, Outcome
from tests.people import SEATS
from tests.sittings import WORDS, at_work, on_stage  # noqa: F401


def cast(stage, name, choice=Choice.FAVOURABLE, statement=None, item=None):
    return ballots.cast_ballot(item or stage.item, choice=choice, statement=statement, actor=stage.acting(name))


def test_a_conflict_closes_the_dossier_at_once(stage, user):
    stage.declare("bob", conflict="bob")
    assert relations_of(stage.session, user("bob"), stage.item.dossier) == {Relation.SEATED, Relation.RECUSED}


def test_no_interest_may_still_become_a_conflict_and_a_conflict_stands(stage):
    stage.declare("bob")
    stage.declare("bob", conflict="bob")
    with pytest.raises(Conflicted):
        stage.declare("bob")
    [declared] = stage.item.declarations
    assert (declared.interest, declared.statement) == (Interest.CONFLICT, "Parent d’une adhérente")


def test_the_database_keeps_a_conflict_too(stage):
    stage.declare("bob", conflict="bob")
    stage.item.declarations[0].interest = Interest.NONE
    with pytest.raises(IntegrityError, match="a declared conflict stands"):
        stage.session.flush()


def test_a_conflict_must_be_stated(stage):
    with pytest.raises(Refused, match="what ties you"):
        ballots.declare_interest(stage.item, interest=Interest.CONFLICT, actor=stage.acting("bob"))
    assert stage.item.declarations == []


@pytest.mark.parametrize("name", ["carol", "mallory", "rachid", "alice", "aude"])
def test_only_who_sits_declares_and_votes(stage, name):
    stage.deliberate()
    with pytest.raises(NotAllowed):
        ballots.declare_interest(stage.item, interest=Interest.NONE, actor=stage.acting(name))
    with pytest.raises(NotAllowed):
        cast(stage, name)


def test_interests_are_declared_before_the_end_and_before_the_ballot(stage):
    stage.deliberate()
    stage.vote(bob=Choice.FAVOURABLE)
    with pytest.raises(Refused, match="Your ballot on this item is cast"):
        stage.declare("bob", conflict="bob")
    agenda.postpone_item(stage.item, reason="Faute de temps", actor=stage.acting("pia"))
    with pytest.raises(WrongState):
        stage.declare("badr")


def test_a_ballot_is_cast_once(stage):
    stage.deliberate()
    stage.vote(bob=Choice.FAVOURABLE)
    with pytest.raises(AlreadyVoted):
        cast(stage, "bob", Choice.ABSTENTION)
    assert [(ballot.user.name, ballot.choice) for ballot in stage.item.ballots] == [("Bob Test", Choice.FAVOURABLE)]


def test_the_database_takes_one_ballot_of_a_seat_and_none_before_or_after(stage):
    stage.deliberate()
    stage.vote(bob=Choice.FAVOURABLE)
    twice = {"item_id": stage.item.id, "seat_id": stage.item.ballots[0].seat_id, "user_id": stage.acting("badr").id}
    stage.session.add(Ballot(**twice, choice=Choice.FAVOURABLE, cast_at=stage.clock()))
    with pytest.raises(IntegrityError):
        stage.session.flush()


def test_an_alternate_does_not_vote_beside_the_titular_nor_after_them(stage):
    stage.deliberate()
    stage.declare("badr")
    with pytest.raises(NotAllowed, match="The titular member is present"):
        cast(stage, "badr")
    stage.vote(bob=Choice.FAVOURABLE)
    stage.leave("bob")
    stage.gather("badr")
    with pytest.raises(AlreadyVoted):
        cast(stage, "badr")


def test_the_absent_do_not_vote(stage):
    stage.deliberate("pia", "bob", "bouchra")
    stage.declare("brahim")
    with pytest.raises(NotAllowed, match="Only members present"):
        cast(stage, "brahim")


def test_the_recused_do_not_vote(stage):
    stage.deliberate(conflict="brahim")
    with pytest.raises(Conflicted):
        cast(stage, "brahim")


def test_a_late_arrival_declares_first(stage):
    stage.deliberate("pia", "bob", "bouchra")
    stage.gather("brahim")
    with pytest.raises(Refused, match="Say first"):
        cast(stage, "brahim")
    stage.declare("brahim")
    cast(stage, "brahim")
    assert [ballot.choice for ballot in stage.item.ballots] == [Choice.FAVOURABLE]


def test_a_seat_without_a_vote_gives_an_opinion_and_no_ballot(stage):
    stage.deliberate()
    stage.item.meeting.attendances[-1].seat.is_voting = False
    with pytest.raises(NotAllowed, match="advisory voice"):
        cast(stage, "bouchra")


@pytest.mark.parametrize(("choice", "words"), [*((each, None) for each in WORDS), (Choice.FAVOURABLE, "Sous réserve")])
def test_a_ballot_has_the_words_it_needs_and_no_others(stage, choice, words):
    stage.deliberate()
    with pytest.raises(Malformed):
        cast(stage, "bob", choice, words)


def test_nobody_votes_before_the_item_opens_nor_after_it_closed(stage):
    stage.open()
    stage.declare(*SEATS)
    with pytest.raises(WrongState, match="has not opened"):
        cast(stage, "bob")
    agenda.open_item(stage.item, actor=stage.acting("pia"))
    stage.vote(**dict.fromkeys(("pia", "bob", "brahim"), Choice.FAVOURABLE))
    stage.leave("bouchra")
    ballots.close_item(stage.item, actor=stage.acting("pia"))
    stage.gather("bouchra")
    with pytest.raises(WrongState, match="too late"):
        cast(stage, "bouchra")


@pytest.mark.parametrize(
    ("choice", "end", "state"),
    [
        (Choice.FAVOURABLE, ItemEnd.APPROVED, State.OPINION),
        (Choice.FAVOURABLE_WITH_RESERVATIONS, ItemEnd.APPROVED_WITH_RESERVATIONS, State.OPINION),
        (Choice.UNFAVOURABLE, ItemEnd.REFUSED, State.OPINION),
        (Choice.ADJOURN, ItemEnd.ADJOURNED, State.ADJOURNED),
        (Choice.ABSTENTION, ItemEnd.ADJOURNED, State.ADJOURNED),
    ],
)
def test_the_vote_decides(stage, choice, end, state):
    item = stage.decide(choice)
    assert (item.ended, item.dossier.state, item.tally["totals"][choice]) == (end, state, 4)


def test_a_tie_follows_the_president(stage):
    stage.deliberate()
    stage.vote(pia=Choice.UNFAVOURABLE, bob=Choice.UNFAVOURABLE, brahim=Choice.FAVOURABLE, bouchra=Choice.FAVOURABLE)
    result = ballots.close_item(stage.item, actor=stage.acting("pia"))
    assert (result.outcome, result.casting_vote, stage.item.tally["casting_vote"]) == (Outcome.REFUSED, True, True)


def test_every_member_present_votes_before_the_close(stage):
    stage.deliberate()
    stage.vote(pia=Choice.FAVOURABLE, bob=Choice.FAVOURABLE, brahim=Choice.FAVOURABLE)
    with pytest.raises(Refused, match="have not voted yet"):
        ballots.close_item(stage.item, actor=stage.acting("pia"))
    assert (stage.item.closed_at, stage.item.tally) == (None, None)


def test_the_quorum_must_still_be_there_at_the_close(stage):
    stage.deliberate("pia", "bob", "bouchra")
    stage.vote(pia=Choice.FAVOURABLE, bob=Choice.FAVOURABLE, bouchra=Choice.FAVOURABLE)
    stage.leave("bouchra")
    with pytest.raises(QuorumMissing):
        ballots.close_item(stage.item, actor=stage.acting("pia"))
    agenda.postpone_item(stage.item, reason="Quorum perdu", actor=stage.acting("pia"))
    assert (stage.item.ended, stage.item.tally["totals"]) == (ItemEnd.POSTPONED, {})


def test_a_ballot_cast_by_a_member_present_stays_counted_when_they_leave(stage):
    stage.deliberate()
    stage.vote(**dict.fromkeys(SEATS, Choice.FAVOURABLE))
    stage.leave("bouchra")
    result = ballots.close_item(stage.item, actor=stage.acting("pia"))
    assert (result.cast, stage.item.tally["quorum"]["present"]) == (4, 3)


def test_a_vote_is_closed_once_and_by_who_presides(stage):
    stage.deliberate()
    stage.vote(**dict.fromkeys(SEATS, Choice.FAVOURABLE))
    with pytest.raises(NotAllowed):
        ballots.close_item(stage.item, actor=stage.acting("bob"))
    version = stage.item.dossier.version
    ballots.close_item(stage.item, version=version, actor=stage.acting("pia"))
    with pytest.raises(Stale):
        ballots.close_item(stage.item, version=version, actor=stage.acting("pia"))
    with pytest.raises(AlreadyDone):
        ballots.close_item(stage.item, actor=stage.acting("pia"))


def test_the_result_is_sealed_in_the_journal_and_in_the_database(stage):
    item = stage.decide(Choice.FAVOURABLE)
    item.tally = {**item.tally, "cast": 5}
    with pytest.raises(IntegrityError, match="the result of a closed item is sealed"):
        stage.session.flush()


def test_an_expired_sanitary_authorisation_withholds_approval(stage):
    stage.deliberate()
    stage.item.dossier.site.sanitary_valid_to = stage.clock().date().replace(day=1)
    with pytest.raises(Refused, match="is not possible on this item"):
        cast(stage, "bob", Choice.FAVOURABLE)
    assert ballots.offered_choices(stage.item, actor=stage.acting("bob")) == (
        Choice.ADJOURN,
        Choice.UNFAVOURABLE,
        Choice.ABSTENTION,
    )


def test_ballots_in_favour_decide_nothing_once_a_blocking_fact_appears(stage):
    stage.deliberate()
    stage.vote(**dict.fromkeys(SEATS, Choice.FAVOURABLE))
    stage.item.dossier.site.sanitary_number = None
    result = ballots.close_item(stage.item, actor=stage.acting("pia"))
    assert (result.outcome, stage.item.dossier.state) == (Outcome.ADJOURNED, State.ADJOURNED)
    assert stage.item.tally["blocking_facts"] == [["The site has no sanitary authorisation.", {}]]


def heard_again(stage):
    """Adjourn the first item, bring its dossier back, and open it at an urgent meeting three days later."""
    dossier = stage.decide(Choice.ADJOURN).dossier
    return_to_committee(dossier, actor=stage.acting("carol"))
    day = stage.clock().date() + timedelta(days=3)
    office = {"actor": stage.acting("carol")}
    meeting = meetings.plan_meeting(
        held_on=day, starts_at="09:30", place="Rabat", is_urgent=True, urgency="Récolte", **office
    )
    item = agenda.put_on_agenda(meeting, dossier, **office)
    meetings.convene(meeting, **office)
    stage.clock.advance(days=3)
    for place in list_places(stage.session, meeting):
        meetings.record_arrival(meeting, place.seat, place.titular, actor=stage.acting("carol"))
    meetings.open_meeting(meeting, actor=stage.acting("pia"))
    stage.declare(*SEATS, item=item)
    agenda.open_item(item, actor=stage.acting("pia"))
    return item


def test_a_second_adjournment_is_neither_offered_nor_possible(stage):
    item = heard_again(stage)
    with pytest.raises(Refused, match="is not possible on this item"):
        cast(stage, "bob", Choice.ADJOURN, "Encore une analyse", item)
    stage.vote(item, **dict.fromkeys(SEATS, Choice.ABSTENTION))
    result = ballots.close_item(item, actor=stage.acting("pia"))
    assert (result.outcome, item.ended, item.end_reason, item.dossier.state) == (
        None,
        ItemEnd.POSTPONED,
        ballots.NO_DECISION,
        State.READY,
    )
    assert item.tally["totals"]["abstention"] == 4


def test_without_an_outcome_the_vote_is_still_complete_and_has_its_quorum(stage):
    item = heard_again(stage)
    stage.vote(item, pia=Choice.ABSTENTION)
    with pytest.raises(Refused, match="have not voted yet"):
        ballots.close_item(item, actor=stage.acting("pia"))
    for stay in item.meeting.attendances[1:]:
        meetings.record_departure(stay, actor=stage.acting("carol"))
    with pytest.raises(QuorumMissing):
        ballots.close_item(item, actor=stage.acting("pia"))


def test_a_legal_requirement_that_is_not_met_withholds_approval(stage):
    stage.deliberate()
    rows = stage.session.query(Measurement)
    rows.filter_by(dossier_id=stage.item.dossier_id, criterion="general.microbiology").one().value = "absent"
    with pytest.raises(Refused, match="is not possible on this item"):
        cast(stage, "bob", Choice.FAVOURABLE)
