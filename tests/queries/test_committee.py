"""The committee as it sits: seats, quorum, what is left to declare and to vote, blocking facts, the sealed tally."""

from __future__ import annotations

from datetime import date

from sqlalchemy import event

from certify.extensions import db
from certify.models import Mandate, Measurement, Seat
from certify.models.organisation import SanitaryRegime
from certify.operations import ballots
from certify.operations.agenda import put_on_agenda
from certify.queries.committee import (
    NOT_RESPECTED,
    OVER_LIMIT,
    blocking_facts,
    get_quorum,
    get_turnout,
    list_places,
    list_undeclared,
    rule_of,
)
from certify.queries.evaluation import SANITARY_EXPIRED
from certify.queries.interests import list_suggestions
from certify.queries.meetings import agenda_closes_on, list_agenda, notice_of
from certify.queries.presidency import roles_at
from certify.queries.sitting import get_sitting
from certify.queries.tallies import read_tally
from certify.workflows.permissions import Role
from certify.workflows.voting import Choice, Outcome
from tests.people import SEATS
from tests.sittings import DAY, at_work, on_stage  # noqa: F401


def seats(stage, item=None):
    return {
        place.seat.code: (place.sitting.name if place.sitting else None, place.is_recused)
        for place in list_places(stage.session, stage.meeting, item)
    }


def test_a_seat_stands_while_somebody_holds_it(stage):
    stage.session.add(Seat(code="S-empty", body_fr="Siège vacant", body_ar="مقعد شاغر"))
    stage.session.flush()
    assert seats(stage) == {f"S-{name}": (None, False) for name in SEATS}


def test_a_seat_is_set_aside_by_who_sits_there_or_else_by_its_titular(stage):
    stage.declare("bob", conflict="bob")
    assert seats(stage, stage.item)["S-bob"] == (None, True)
    stage.gather("badr")
    assert seats(stage, stage.item)["S-bob"] == ("Badr Test", False)
    assert seats(stage, stage.other)["S-bob"] == ("Badr Test", False)


def test_whoever_evaluates_or_belongs_to_the_applicant_is_set_aside_without_a_word(stage, user):
    stage.gather()
    stage.item.dossier.rapporteur_id = user("bob").id
    user("brahim").organisation_id = stage.item.dossier.organisation_id
    stage.session.flush()
    aside = {code for code, (_name, is_recused) in seats(stage, stage.item).items() if is_recused}
    assert aside == {"S-bob", "S-brahim"}
    assert [person.name for person in list_undeclared(stage.session, stage.item)] == ["Pia Test", "Bouchra Test"]


def test_an_advisory_seat_is_in_neither_base_nor_count(stage):
    stage.gather()
    stage.meeting.attendances[-1].seat.is_voting = False
    quorum = get_quorum(stage.session, stage.meeting, stage.item)
    assert (quorum.base, quorum.required, quorum.present) == (3, 2, 3)


def test_the_turnout_counts_ballots_and_those_awaited(stage):
    stage.deliberate("pia", "bob", "bouchra")
    stage.vote(bob=Choice.FAVOURABLE)
    turnout = get_turnout(stage.session, stage.item)
    assert (turnout.cast, turnout.missing, turnout.expected) == (1, 2, 3)


def test_the_president_presides_on_the_seat_alone(stage, user):
    assert roles_at(stage.session, stage.meeting, user("pia")) == {Role.PRESIDENT}
    stage.meeting.held_on = date(2025, 12, 1)
    stage.session.flush()
    assert roles_at(stage.session, stage.meeting, user("pia")) == frozenset()


def test_the_rule_of_the_vote_is_the_regulation_s(stage):
    rule = rule_of(stage.meeting, stage.item.dossier)
    assert (rule.minimum_voters, rule.second_convocation_minimum, rule.casting_vote, rule.max_adjournments) == (
        3,
        3,
        True,
        1,
    )


def test_nothing_blocks_a_sound_dossier(stage):
    assert blocking_facts(stage.session, stage.item.dossier, DAY) == ()


def test_the_sanitary_standing_blocks(stage):
    site = stage.item.dossier.site
    site.sanitary_valid_to = date(2026, 12, 6)
    assert blocking_facts(stage.session, stage.item.dossier, DAY) == ((SANITARY_EXPIRED, {"day": date(2026, 12, 6)}),)
    site.sanitary_regime = SanitaryRegime.EXEMPT
    assert blocking_facts(stage.session, stage.item.dossier, DAY) == ()


def measured(stage, criterion, value):
    rows = stage.session.query(Measurement).filter_by(dossier_id=stage.item.dossier_id, criterion=criterion)
    rows.one().value = value
    stage.session.flush()
    return blocking_facts(stage.session, stage.item.dossier, DAY)


def test_a_legal_limit_blocks_and_another_limit_does_not(stage):
    [(message, facts)] = measured(stage, "general.microbiology", "absent")
    assert (message, facts["criterion"].code) == (NOT_RESPECTED, "general.microbiology")
    measured(stage, "general.microbiology", "present")
    assert measured(stage, "honey.hmf", "95") == ()
    assert "%(limit)s" in OVER_LIMIT


def test_the_sealed_tally_is_read_as_it_was_counted(stage):
    stage.deliberate()
    stage.vote(**dict.fromkeys(SEATS, Choice.FAVOURABLE))
    stage.item.dossier.site.sanitary_valid_to = date(2026, 12, 1)
    result = ballots.close_item(stage.item, actor=stage.acting("pia"))
    stage.session.expire_all()
    tally = read_tally(stage.item)
    assert (tally.outcome, tally.totals, tally.cast) == (Outcome.ADJOURNED, result.totals, 4)
    assert [message for message, _ in tally.steps] == [message for message, _ in result.steps]
    assert tally.blocking_facts == ((SANITARY_EXPIRED, {"day": date(2026, 12, 1)}),)
    assert (tally.quorum.present, tally.quorum.is_reached) == (4, True)


def test_notice_and_agenda_follow_the_regulation(stage):
    notice = notice_of(stage.meeting, date(2026, 11, 27))
    assert (notice.earliest, notice.is_kept, agenda_closes_on(stage.meeting)) == (DAY, True, date(2026, 12, 2))
    assert notice_of(stage.meeting, date(2026, 11, 28)).is_kept is False


def test_an_agenda_hides_what_is_closed_and_keeps_its_position(stage, user):
    stage.declare("bob", conflict="bob")
    lines = list_agenda(stage.session, stage.meeting, reader=user("bob"))
    assert [(line.position, line.item, line.is_recused) for line in lines] == [
        (1, None, True),
        (2, stage.other, False),
    ]


def test_a_page_of_a_meeting_makes_a_fixed_number_of_queries(stage, user):
    def queries() -> int:
        made = []
        stage.session.flush()
        stage.session.expire_all()
        bob, meeting = user("bob"), stage.meeting
        event.listen(db.engine, "before_cursor_execute", lambda *_: made.append(1))
        sitting = get_sitting(stage.session, meeting, reader=bob, today=DAY)
        for line in sitting.lines:
            assert line.item.dossier.product.name_fr and line.item.dossier.organisation.name_fr
        return len(made)

    short = queries()
    put_on_agenda(stage.meeting, stage.spare, actor=stage.acting("carol"))
    assert queries() == short


def test_what_is_suggested_is_asked_of_all_members_together(stage):
    def queries() -> int:
        made = []
        stage.session.flush()
        stage.session.expire_all()
        item = stage.item
        event.listen(db.engine, "before_cursor_execute", lambda *_: made.append(1))
        list_suggestions(stage.session, item)
        return len(made)

    many = queries()
    for mandate in stage.session.query(Mandate).filter(Mandate.seat_id > 1):
        mandate.ends_on = date(2026, 11, 30)
    assert queries() == many
