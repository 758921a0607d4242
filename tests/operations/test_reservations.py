"""Reservations and adjournments: what must be proven before the product is approved, or heard again."""
# ruff: noqa: F811

import pytest
from sqlalchemy import select

from certify.models import Licence, Message
from certify.operations.adjournments import resume_examination, return_to_committee
from certify.operations.reservations import lift_reservation, lift_reservations
from certify.operations.timekeeping import list_due, settle
from certify.queries.admissibility import list_reservations
from certify.queries.dossiers import list_events
from certify.workflows import licence
from certify.workflows.dossier import State
from certify.workflows.errors import AlreadyDone, NotAllowed, Refused, Stale, WrongState
from tests.staged import clock, played, settled_sqlite, staged  # noqa: F401


@pytest.fixture
def lift(staged, acting, session):
    """Lift the first, or every, reservation."""

    def lift(*places, name="carol", proof="Étiquette corrigée, photo du 8 décembre."):
        listed = list_reservations(session, staged("reserved"))
        for place in places:
            lift_reservation(staged("reserved"), reservation=listed[place], proof=proof, actor=acting(name))
        return listed

    return lift


def test_lifting_keeps_proof_and_person(lift, acting, clock):
    first, second = lift(0)
    assert (first.proof, first.lifted_at, first.lifted_by_id) == (
        "Étiquette corrigée, photo du 8 décembre.", clock(), acting("carol").id
    )  # fmt: skip
    assert second.lifted_at is None


def test_lifting_moves_nothing_but_makes_other_screens_stale(lift, staged, acting):
    version = staged("reserved").version
    lift(0)
    assert staged("reserved").state is State.APPROVED_WITH_RESERVATIONS
    with pytest.raises(Stale):
        lift_reservations(staged("reserved"), actor=acting("dora"), version=version)


def test_reservation_is_lifted_once_with_its_proof(lift):
    with pytest.raises(Refused, match="proves"):
        lift(0, proof="")
    lift(0)
    with pytest.raises(AlreadyDone):
        lift(0)


def test_open_reservation_holds_the_approval(lift, staged, acting, session):
    lift(0)
    with pytest.raises(Refused, match="still open"):
        lift_reservations(staged("reserved"), actor=acting("carol"))
    assert session.scalars(select(Licence).where(Licence.dossier_id == staged("reserved").id)).all() == []


@pytest.mark.parametrize("name", ["carol", "rachid"])
def test_all_lifted_approves_and_gives_birth_to_the_licence(lift, staged, acting, session, name):
    lift(0, 1, name=name)
    born = lift_reservations(staged("reserved"), actor=acting(name))
    assert (staged("reserved").state, born.state) == (State.APPROVED, licence.State.TO_SIGN)
    assert list_events(session, staged("reserved"))[-1].facts["lifted"] == [one.statement for one in lift()]


@pytest.mark.parametrize("name", ["alice", "sami", "aude", "pia", "bob"])
def test_who_neither_keeps_nor_evaluates_lifts_nothing(lift, name):
    with pytest.raises(NotAllowed):
        lift(0, name=name)


def test_reservation_of_another_dossier_is_unknown(lift, staged, acting):
    with pytest.raises(WrongState):
        lift_reservation(staged("approved"), reservation=lift()[0], proof="x", actor=acting("carol"))


def test_adjourned_dossier_goes_back_to_its_rapporteur(staged, acting):
    resume_examination(staged("adjourned"), actor=acting("rachid"))
    assert staged("adjourned").state is State.EXAMINATION


def test_adjourned_dossier_returns_to_the_committee(staged, acting):
    return_to_committee(staged("adjourned"), actor=acting("carol"))
    assert staged("adjourned").state is State.READY


@pytest.mark.parametrize(("act", "name"), [(resume_examination, "sami"), (return_to_committee, "rachid"),
                                           (return_to_committee, "pia"), (resume_examination, "alice")])  # fmt: skip
def test_who_may_not_leaves_it_adjourned(staged, acting, act, name):
    with pytest.raises(NotAllowed):
        act(staged("adjourned"), actor=acting(name))
    assert staged("adjourned").state is State.ADJOURNED


@pytest.mark.parametrize("act", [resume_examination, return_to_committee])
def test_what_is_not_adjourned_stays(staged, acting, act):
    with pytest.raises(WrongState):
        act(staged("admissible"), actor=acting("carol"))


def test_open_reservations_are_recalled_on_their_days_then_the_product_is_refused(staged, lift, acting, session, clock):
    dossier = staged("reserved")
    lift(0)

    def reminders(days: int) -> int:
        clock.advance(days=days)
        for due in [due for due in list_due(acting(None)) if due.row_id == dossier.id]:
            settle(due, actor=acting(None))
        asked = select(Message).where(Message.kind == "reservation_reminder", Message.dossier_id == dossier.id)
        return len(session.scalars(asked).all())

    assert [reminders(59), reminders(1), reminders(0), reminders(19), reminders(1)] == [0, 1, 1, 1, 2]
    reminders(10)
    assert dossier.state is State.APPROVED_WITH_RESERVATIONS
    reminders(1)
    assert dossier.state is State.REFUSED
