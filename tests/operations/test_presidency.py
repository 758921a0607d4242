"""Who presides in the absence of the president, or over an item from which the president is recused."""

from __future__ import annotations

import pytest

from certify.models.meeting import ItemEnd
from certify.operations import agenda, ballots, interests, meetings, minutes
from certify.operations.paper_minutes import minutes_facts
from certify.queries.presidency import find_chair, roles_at, roles_over
from certify.queries.sitting import get_hearing, get_sitting
from certify.queries.tallies import read_tally
from certify.workflows.dossier import Action
from certify.workflows.errors import Conflicted, NotAllowed
from certify.workflows.permissions import Role
from certify.workflows.presidency import Basis
from certify.workflows.voting import Choice
from tests.decisions import attest
from tests.sittings import at_work as settled_sqlite  # noqa: F401
from tests.sittings import on_stage  # noqa: F401

OTHERS = ("bob", "brahim", "bouchra")


def chair(stage, item=None):
    found = find_chair(stage.session, stage.meeting, item)
    return (found.user.name.split()[0].lower(), found.basis) if found else None


def test_a_member_opens_decides_and_closes_without_the_president(stage):
    stage.gather(*OTHERS)
    bob = stage.acting("bob")
    meetings.open_meeting(stage.meeting, actor=bob)
    stage.declare(*OTHERS)
    agenda.open_item(stage.item, actor=bob)
    stage.vote(**dict.fromkeys(OTHERS, Choice.FAVOURABLE))
    ballots.close_item(stage.item, actor=bob)
    meetings.close_meeting(stage.meeting, reason="Faute de temps", actor=bob)
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    attest(stage.meeting, stage.acting)
    with pytest.raises(NotAllowed, match="Bob Test"):
        minutes.sign_minutes(stage.meeting, actor=stage.acting("pia"))
    told = minutes_facts(stage.meeting, "PV", actor=bob).items[0].presided
    assert (told.person.fr, told.seat.fr) == ("Bob Test", "Siège S-bob")
    minutes.sign_minutes(stage.meeting, actor=bob)
    assert stage.item.ended is ItemEnd.APPROVED
    assert read_tally(stage.item).presided.basis is Basis.STANDS_IN


def test_the_powers_go_when_the_president_arrives(stage):
    stage.gather(*OTHERS)
    bob = stage.acting("bob")
    meetings.open_meeting(stage.meeting, actor=bob)
    assert Role.PRESIDENT in roles_at(stage.session, stage.meeting, bob.user)
    stage.gather("pia")
    assert chair(stage) == ("pia", Basis.TITULAR)
    assert roles_at(stage.session, stage.meeting, bob.user) == {Role.MEMBER}
    with pytest.raises(NotAllowed):
        meetings.suspend_meeting(stage.meeting, actor=bob)
    with pytest.raises(NotAllowed):
        meetings.close_meeting(stage.meeting, reason="Fin", actor=bob)
    meetings.suspend_meeting(stage.meeting, actor=stage.acting("pia"))


def test_another_presides_over_the_item_from_which_the_president_is_recused(stage):
    stage.open()
    stage.declare(*OTHERS, "pia", conflict="pia")
    assert (chair(stage), chair(stage, stage.item)) == (("pia", Basis.TITULAR), ("bob", Basis.STANDS_IN))
    with pytest.raises(Conflicted):
        agenda.open_item(stage.item, actor=stage.acting("pia"))
    with pytest.raises(NotAllowed):
        agenda.open_item(stage.item, actor=stage.acting("brahim"))
    agenda.open_item(stage.item, actor=stage.acting("bob"))
    assert Role.PRESIDENT in roles_over(stage.session, stage.item, stage.acting("bob").user)
    assert roles_over(stage.session, stage.item, stage.acting("pia").user) == frozenset()
    assert Role.PRESIDENT not in roles_over(stage.session, stage.other, stage.acting("bob").user)


def test_the_casting_vote_is_that_of_whoever_presides_over_the_item(stage):
    stage.gather("bob", "brahim", "bouchra", "pia")
    meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))
    stage.declare("pia", *OTHERS)
    agenda.open_item(stage.item, actor=stage.acting("pia"))
    favourable, against = Choice.FAVOURABLE, Choice.UNFAVOURABLE
    stage.vote(pia=against, bob=favourable, brahim=favourable, bouchra=against)
    stage.leave("pia")
    result = ballots.close_item(stage.item, actor=stage.acting("bob"))
    assert (result.casting_vote, stage.item.ended) == (True, ItemEnd.APPROVED)
    told = minutes_facts_of(stage)
    assert told.casting_vote.person.fr == "Bob Test"


def minutes_facts_of(stage):
    meetings.close_meeting(stage.meeting, reason="Faute de temps", actor=stage.acting("bob"))
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    return minutes_facts(stage.meeting, "PV", actor=stage.acting("pia")).items[0]


def test_a_member_who_stands_in_is_offered_the_acts_and_nobody_else_is(stage):
    stage.gather(*OTHERS)
    meetings.open_meeting(stage.meeting, actor=stage.acting("bob"))
    stage.declare(*OTHERS)
    today = stage.acting("bob").today
    offered = {
        name: Action.OPEN_ITEM
        in get_hearing(stage.session, stage.item, reader=stage.acting(name).user, today=today).offered
        for name in (*OTHERS, "pia", "badr")
    }
    assert offered == {"bob": True, "brahim": False, "bouchra": False, "pia": False, "badr": False}
    sitting = get_sitting(stage.session, stage.meeting, reader=stage.acting("carol").user, today=today)
    assert (sitting.chair.user.name, sitting.chair.basis) == ("Bob Test", Basis.STANDS_IN)


def test_whoever_stands_in_rules_on_no_conflict_of_their_own(stage):
    stage.gather(*OTHERS)
    with pytest.raises(NotAllowed, match="Nobody rules on themselves"):
        interests.rule_on_conflict(
            stage.item, stage.acting("bob").user, ruling="dismissed", reason="Rien", actor=stage.acting("bob")
        )


def test_a_seat_without_a_vote_never_presides(stage):
    stage.gather("bob", "brahim")
    stage.meeting.attendances[0].seat.is_voting = False
    stage.session.flush()
    assert chair(stage) == ("brahim", Basis.STANDS_IN)


def test_an_alternate_presides_only_when_no_titular_is_there(stage):
    stage.gather("badr", "bouchra")
    assert chair(stage) == ("bouchra", Basis.STANDS_IN)
    stage.leave("bouchra")
    assert chair(stage) == ("badr", Basis.STANDS_IN)
