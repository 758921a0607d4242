"""The agenda: what is put on it and taken off, what is opened and postponed, what leaves it unheard."""

from __future__ import annotations

import pytest

from certify.models import Event
from certify.models.meeting import ItemEnd
from certify.operations import agenda, meetings
from certify.operations.dossiers import withdraw_dossier
from certify.queries.presidency import find_chair
from certify.workflows.dossier import State
from certify.workflows.errors import AlreadyDone, NotAllowed, QuorumMissing, Refused, Stale, WrongState
from certify.workflows.voting import Choice
from tests.factories import reported, store_in
from tests.sittings import at_work, on_stage  # noqa: F401


def last_event(stage, dossier):
    return stage.session.query(Event).filter_by(dossier_id=dossier.id).order_by(Event.sequence.desc()).first()


def test_an_item_takes_the_next_position_and_its_dossier_waits_there(stage):
    item = agenda.put_on_agenda(stage.meeting, stage.spare, actor=stage.acting("carol"))
    assert (item.position, item.dossier.state) == (3, State.ON_AGENDA)
    assert last_event(stage, item.dossier).facts == {"meeting": "CH-2026-01", "position": 3}


def test_one_value_chain_is_heard_together(stage, tmp_path):
    ready = [reported(stage.acting, store=store_in(tmp_path)) for _ in range(4)]
    for dossier in (ready[0], ready[2]):
        dossier.product.filiere = "saffron"
    made = agenda.fill_agenda(stage.meeting, ready, actor=stage.acting("carol"))
    assert [item.dossier for item in made] == [ready[0], ready[2], ready[1], ready[3]]
    assert [item.position for item in made] == [3, 4, 5, 6]


def test_the_agenda_closes_five_days_before(stage):
    stage.clock.advance(days=9)
    agenda.put_on_agenda(stage.meeting, stage.spare, actor=stage.acting("carol"))
    item = stage.meeting.items[-1]
    agenda.take_off_agenda(item, reason="À revoir", actor=stage.acting("carol"))
    stage.clock.advance(days=1)
    with pytest.raises(Refused) as refused:
        agenda.put_on_agenda(stage.meeting, item.dossier, actor=stage.acting("carol"))
    assert refused.value.facts == {"day": stage.clock().date().replace(month=12, day=2)}


def test_a_dossier_stands_on_one_agenda(stage):
    with pytest.raises(WrongState):
        agenda.put_on_agenda(stage.meeting, stage.item.dossier, actor=stage.acting("carol"))


def test_only_the_secretariat_makes_the_agenda(stage):
    with pytest.raises(NotAllowed):
        agenda.put_on_agenda(stage.meeting, stage.spare, actor=stage.acting("pia"))


def test_what_is_taken_off_stays_as_a_trace(stage):
    dossier = stage.item.dossier
    agenda.take_off_agenda(stage.item, reason="Pièce à vérifier", actor=stage.acting("carol"))
    assert (stage.item.ended, stage.item.end_reason, dossier.state) == (
        ItemEnd.TAKEN_OFF,
        "Pièce à vérifier",
        State.READY,
    )
    with pytest.raises(AlreadyDone):
        agenda.take_off_agenda(stage.item, reason="Encore", actor=stage.acting("carol"))


def test_taking_off_needs_a_reason_and_the_page_as_it_stands(stage):
    with pytest.raises(Refused, match="State the reason"):
        agenda.take_off_agenda(stage.item, reason=None, actor=stage.acting("carol"))
    with pytest.raises(Stale):
        agenda.take_off_agenda(stage.item, reason="Tard", version=1, actor=stage.acting("carol"))


def test_an_open_item_is_not_taken_off(stage):
    stage.deliberate()
    with pytest.raises(WrongState):
        agenda.take_off_agenda(stage.item, reason="Trop tard", actor=stage.acting("carol"))


def test_a_withdrawn_dossier_leaves_the_agenda(stage):
    dossier = stage.item.dossier
    withdraw_dossier(dossier, actor=stage.acting("alice"))
    assert (stage.item.ended, stage.item.closed_at, dossier.state) == (
        ItemEnd.WITHDRAWN,
        stage.clock(),
        State.WITHDRAWN,
    )


def test_a_dossier_withdrawn_in_deliberation_leaves_its_ballots_uncounted(stage):
    stage.deliberate()
    stage.vote(bob=Choice.UNFAVOURABLE)
    withdraw_dossier(stage.item.dossier, actor=stage.acting("alice"))
    assert (stage.item.ended, stage.item.tally, len(stage.item.ballots)) == (ItemEnd.WITHDRAWN, None, 1)


def test_an_item_opens_once_all_present_have_declared(stage):
    stage.open()
    stage.declare("pia", "bob", "brahim")
    with pytest.raises(Refused, match="must first declare"):
        agenda.open_item(stage.item, actor=stage.acting("pia"))
    stage.declare("bouchra")
    agenda.open_item(stage.item, actor=stage.acting("pia"))
    assert (stage.item.opened_at, stage.item.dossier.state) == (stage.clock(), State.DELIBERATION)
    figures = {"base": 4, "required": 3, "present": 4, "recused": 0}
    chair = find_chair(stage.session, stage.meeting, stage.item)
    told = {"meeting": "CH-2026-01", "position": 1, "quorum": figures, "presided": chair.told}
    assert last_event(stage, stage.item.dossier).facts == told


def test_the_absent_need_not_declare(stage):
    stage.deliberate("pia", "bob", "bouchra")
    assert stage.item.dossier.state is State.DELIBERATION


def test_a_recused_seat_leaves_base_and_count(stage):
    stage.deliberate(conflict="brahim")
    quorum = last_event(stage, stage.item.dossier).facts["quorum"]
    assert quorum == {"base": 3, "required": 2, "present": 3, "recused": 1}


def test_an_alternate_replaces_a_recused_titular(stage):
    stage.open()
    stage.declare("bob", conflict="bob")
    stage.leave("bob")
    stage.gather("badr")
    stage.declare("pia", "badr", "brahim", "bouchra")
    agenda.open_item(stage.item, actor=stage.acting("pia"))
    quorum = last_event(stage, stage.item.dossier).facts["quorum"]
    assert quorum == {"base": 4, "required": 3, "present": 4, "recused": 0}


def test_too_few_voters_left_by_recusals_cannot_decide(stage):
    stage.open()
    stage.declare("bob", conflict="bob")
    stage.declare("brahim", conflict="brahim")
    stage.declare("pia", "bouchra")
    with pytest.raises(QuorumMissing) as refused:
        agenda.open_item(stage.item, actor=stage.acting("pia"))
    assert {name: refused.value.facts[name] for name in ("base", "minimum", "recused")} == {
        "base": 2,
        "minimum": 3,
        "recused": 2,
    }


def test_whoever_left_no_longer_counts(stage):
    stage.open("pia", "bob", "bouchra")
    stage.declare("pia", "bob", "bouchra")
    stage.leave("bouchra")
    with pytest.raises(QuorumMissing):
        agenda.open_item(stage.item, actor=stage.acting("pia"))


def test_one_item_is_open_at_a_time(stage):
    stage.deliberate()
    stage.declare("pia", "bob", "brahim", "bouchra", item=stage.other)
    with pytest.raises(Refused) as refused:
        agenda.open_item(stage.other, actor=stage.acting("pia"))
    assert refused.value.facts == {"position": 1}


def test_no_item_opens_before_the_meeting_nor_while_it_is_suspended(stage):
    stage.gather()
    stage.declare("pia", "bob", "brahim", "bouchra")
    with pytest.raises(Refused, match="meeting is not open"):
        agenda.open_item(stage.item, actor=stage.acting("pia"))
    meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))
    meetings.suspend_meeting(stage.meeting, actor=stage.acting("pia"))
    with pytest.raises(Refused, match="meeting is not open"):
        agenda.open_item(stage.item, actor=stage.acting("pia"))


def test_a_recused_president_opens_nothing(stage):
    stage.open()
    stage.declare("pia", "bob", "brahim", "bouchra", conflict="pia")
    with pytest.raises(NotAllowed):
        agenda.open_item(stage.item, actor=stage.acting("pia"))
    assert stage.item.opened_at is None


def test_a_postponed_item_decides_nothing_and_counts_no_ballot(stage):
    stage.deliberate()
    stage.vote(bob=Choice.FAVOURABLE)
    agenda.postpone_item(stage.item, reason="Quorum perdu", actor=stage.acting("pia"))
    assert (stage.item.ended, stage.item.tally["totals"], stage.item.dossier.state) == (
        ItemEnd.POSTPONED,
        {},
        State.READY,
    )


def test_postponing_needs_a_reason(stage):
    stage.deliberate()
    with pytest.raises(Refused, match="State the reason"):
        agenda.postpone_item(stage.item, reason=None, actor=stage.acting("pia"))
