"""Conflicts that the system suggests: found in the facts, confirmed or dismissed by whoever presides, kept."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from certify.models import ConflictRuling, Report, Visit, VisitInspector
from certify.models.meeting import Interest
from certify.operations import agenda, ballots, meetings, minutes
from certify.operations.interests import rule_on_conflict
from certify.operations.paper_minutes import minutes_facts
from certify.queries.committee import find_declaration, get_quorum
from certify.queries.dossiers import get_dossier, list_events
from certify.queries.interests import list_suggestions
from certify.queries.journal import find_break
from certify.queries.timeline import list_points
from certify.workflows.dossier import Action
from certify.workflows.errors import AlreadyDone, Conflicted, NotAllowed, Refused
from certify.workflows.interests import Ground, Ruling
from certify.workflows.voting import Choice
from tests.factories import filed, store_in
from tests.sittings import at_work, on_stage  # noqa: F401
from tests.visiting import PLAN

WHY = "Son frère y travaille encore."


def suggested(stage):
    return {each.user.name.split()[0].lower(): each.grounds for each in list_suggestions(stage.session, stage.item)}


def rule(stage, name, ruling, *, by="pia", reason=WHY):
    rule_on_conflict(stage.item, stage.acting(name).user, ruling=ruling, reason=reason, actor=stage.acting(by))


@pytest.fixture
def tied(stage):
    """The stage on which Bob declared a conflict on the other dossier of the same applicant."""
    stage.declare("bob", item=stage.other, conflict="bob")
    return stage


def test_nothing_is_suggested_without_a_fact(stage):
    assert suggested(stage) == {}


def test_a_conflict_on_another_dossier_of_the_applicant_is_suggested(tied):
    assert suggested(tied) == {"bob": (Ground.DECLARED_TIE,)}


def test_a_former_author_of_the_report_is_suggested(stage):
    report = stage.session.scalars(select(Report).where(Report.dossier_id == stage.item.dossier_id)).one()
    later = {name: getattr(report, name) for name in ("dossier_id", "proposal", "summary", "body", "submitted_at")}
    stage.session.add(Report(**later, version=2, sha256="0" * 64, submitted_by_id=stage.acting("brahim").id))
    stage.session.flush()
    assert suggested(stage) == {"brahim": (Ground.AUTHOR,)}


def test_a_competitor_of_the_same_value_chain_and_province_is_a_warning(stage, app):
    stage.acting("brahim").user.organisation_id = stage.acting("mallory").user.organisation_id
    assert suggested(stage) == {}
    filed(stage.acting("mallory"), store=store_in(app.instance_path))
    assert suggested(stage) == {"brahim": (Ground.COMPETITOR,)}
    stage.acting("mallory").user.organisation.province = 30
    assert suggested(stage) == {}


def test_a_confirmation_recuses_as_a_declaration_would(tied):
    tied.declare("bob")
    rule(tied, "bob", Ruling.CONFIRMED)
    declared = find_declaration(tied.session, tied.item, tied.acting("bob").user)
    assert (declared.interest, declared.statement, suggested(tied)) == (Interest.CONFLICT, WHY, {})
    assert get_quorum(tied.session, tied.meeting, tied.item).base == 3
    with pytest.raises(Conflicted):
        get_dossier(tied.session, tied.item.dossier_id, reader=tied.acting("bob").user)


def test_a_dismissal_leaves_the_member_and_is_not_suggested_again(tied):
    rule(tied, "bob", Ruling.DISMISSED)
    assert (suggested(tied), find_declaration(tied.session, tied.item, tied.acting("bob").user)) == ({}, None)
    with pytest.raises(AlreadyDone):
        rule(tied, "bob", Ruling.CONFIRMED)


def test_a_ruling_enters_the_journal_and_not_the_story_of_the_applicant(tied):
    before = len(list_points(tied.session, tied.item.dossier, tied.acting("pia").today))
    rule(tied, "bob", Ruling.DISMISSED)
    event = list_events(tied.session, tied.item.dossier)[-1]
    assert (event.action, event.reason, event.facts["ruling"]) == (Action.RULE_CONFLICT, WHY, "dismissed")
    assert (event.facts["member"], event.facts["grounds"]) == (tied.acting("bob").id, ["declared_tie"])
    assert find_break(tied.session) is None
    assert len(list_points(tied.session, tied.item.dossier, tied.acting("pia").today)) == before


def test_a_suggestion_left_open_enters_the_journal_when_the_item_opens(tied):
    tied.deliberate()
    event = list_events(tied.session, tied.item.dossier)[-1]
    assert event.facts["suggested"] == [{"member": tied.acting("bob").id, "grounds": ["declared_tie"]}]


@pytest.mark.parametrize(
    ("name", "by", "reason", "refusal"),
    [
        ("bob", "pia", None, Refused),
        ("bob", "brahim", WHY, NotAllowed),
        ("bob", "carol", WHY, NotAllowed),
        ("brahim", "pia", WHY, AlreadyDone),
        ("pia", "pia", WHY, NotAllowed),
    ],
)
def test_a_ruling_is_refused(tied, name, by, reason, refusal):
    with pytest.raises(refusal):
        rule(tied, name, Ruling.CONFIRMED, by=by, reason=reason)
    assert tied.session.scalars(select(ConflictRuling)).all() == []


def test_a_member_who_has_voted_is_not_recused(tied):
    tied.deliberate()
    tied.vote(bob=Choice.FAVOURABLE)
    with pytest.raises(Refused, match="ballot"):
        rule(tied, "bob", Ruling.CONFIRMED)


@pytest.mark.parametrize(("ruling", "left"), [(Ruling.CONFIRMED, True), (Ruling.DISMISSED, False)])
def test_the_minutes_tell_both(tied, ruling, left):
    rule(tied, "bob", ruling)
    tied.open()
    names = ("pia", "brahim", "bouchra") if left else ("pia", "bob", "brahim", "bouchra")
    tied.declare(*names)
    agenda.open_item(tied.item, actor=tied.acting("pia"))
    tied.vote(**dict.fromkeys(names, Choice.FAVOURABLE))
    ballots.close_item(tied.item, actor=tied.acting("pia"))
    meetings.close_meeting(tied.meeting, reason="Faute de temps.", actor=tied.acting("pia"))
    minutes.draw_up_minutes(tied.meeting, actor=tied.acting("carol"))
    [told] = minutes_facts(tied.meeting, "PV", actor=tied.acting("pia")).items[0].interests
    assert (told.left_room, WHY in told.nature.fr, "Pia Test" in told.nature.ar) == (left, True, True)


def test_an_inspector_is_set_aside_and_the_minutes_say_why(stage):
    bob, carol = stage.acting("bob"), stage.acting("carol")
    announced = {"created_by_id": carol.id, "created_at": carol.at, "announced_at": carol.at}
    plan = vars(replace(PLAN, planned_on=carol.today))
    visit = Visit(dossier_id=stage.item.dossier_id, state="planned", **plan, **announced)
    visit.named = [VisitInspector(user_id=bob.id)]
    stage.session.add(visit)
    stage.session.flush()
    assert suggested(stage) == {}
    stage.open()
    names = ("pia", "brahim", "bouchra")
    stage.declare(*names)
    agenda.open_item(stage.item, actor=stage.acting("pia"))
    stage.vote(**dict.fromkeys(names, Choice.FAVOURABLE))
    ballots.close_item(stage.item, actor=stage.acting("pia"))
    meetings.close_meeting(stage.meeting, reason="Faute de temps.", actor=stage.acting("pia"))
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    [told] = minutes_facts(stage.meeting, "PV", actor=stage.acting("pia")).items[0].interests
    assert (told.person.fr, told.nature.fr) == (
        "Bob Test",
        "inspecteur lors de la visite du site, auteur de son rapport",
    )
