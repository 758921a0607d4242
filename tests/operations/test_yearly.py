"""The yearly declaration of interests: it opens papers and votes, feeds the suggestions, and is never altered."""

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, text
from sqlalchemy.exc import IntegrityError

from certify.models import DeclaredTie, Message, YearlyDeclaration
from certify.operations.ballots import cast_ballot
from certify.operations.timekeeping import list_due, settle
from certify.operations.yearly import declare_year
from certify.queries.declared import get_declared, list_owing
from certify.queries.documents import get_document
from certify.queries.interests import list_suggestions
from certify.queries.reports import get_reading
from certify.workflows.errors import Malformed, NotAllowed, Refused
from certify.workflows.interests import Ground, Nature
from certify.workflows.voting import Choice
from tests.sittings import at_work, on_stage  # noqa: F401


def tie(organisation="Coopérative Tighmi", **more):
    facts = {"nature": Nature.EMPLOYEE, "since": None, "until": None, "statement": None}
    return SimpleNamespace(**(facts | {"organisation": organisation} | more))


def forget(session, *tables):
    """Take the declarations away, as if nobody had declared: the triggers forbid it to everybody else."""
    names = ("declared_tie_is_never_deleted", "yearly_declaration_is_never_deleted")
    for name in names:
        session.execute(text(f"DROP TRIGGER {name}"))
    session.execute(delete(DeclaredTie))
    session.execute(delete(YearlyDeclaration))


def grounds(stage, name):
    found = list_suggestions(stage.session, stage.item)
    return next((each.grounds for each in found if each.user.email.startswith(name)), ())


@pytest.mark.parametrize(
    "organisation", ["Coopérative Tighmi", "  coopérative   TIGHMI ", "001561191000066", "تعاونية تيغمي"]
)
def test_a_declared_tie_is_suggested_by_name_and_by_number(stage, organisation):
    declare_year([tie(organisation)], actor=stage.acting("bob"))
    assert grounds(stage, "bob") == (Ground.YEARLY_TIE,)


def test_a_tie_counts_for_twenty_four_months_and_a_new_declaration_supersedes(stage):
    held = stage.meeting.held_on
    declare_year([tie(until=date(held.year - 2, held.month, held.day))], actor=stage.acting("bob"))
    assert grounds(stage, "bob") == (Ground.YEARLY_TIE,)
    declare_year([tie(until=date(held.year - 2, held.month, held.day - 1))], actor=stage.acting("bob"))
    assert grounds(stage, "bob") == ()
    declare_year([tie()], actor=stage.acting("bob"))
    declare_year([], actor=stage.acting("bob"))
    assert grounds(stage, "bob") == ()


def test_who_owes_the_declaration_opens_no_paper_and_does_not_vote(stage):
    forget(stage.session)
    stage.deliberate()
    bob, document = stage.acting("bob"), 1
    with pytest.raises(Refused):
        cast_ballot(stage.item, choice=Choice.FAVOURABLE, actor=bob)
    with pytest.raises(Refused):
        get_document(stage.session, document, reader=bob.user, today=bob.today)
    declare_year([], actor=bob)
    assert get_document(stage.session, document, reader=bob.user, today=bob.today).id == document
    cast_ballot(stage.item, choice=Choice.FAVOURABLE, actor=bob)


def test_who_owes_the_declaration_opens_no_report(stage):
    forget(stage.session)
    stage.deliberate()
    bob, carol = stage.acting("bob"), stage.acting("carol")
    with pytest.raises(Refused, match="Declare your interests for"):
        get_reading(stage.session, stage.item.dossier_id, reader=bob.user, today=bob.today)
    assert (
        get_reading(stage.session, stage.item.dossier_id, reader=carol.user, today=carol.today)[1].report.version == 1
    )
    declare_year([], actor=bob)
    assert get_reading(stage.session, stage.item.dossier_id, reader=bob.user, today=bob.today)[1].report.version == 1


def test_a_document_opens_once_the_member_has_declared_on_its_item(stage):
    bob, brahim, document = stage.acting("bob"), stage.acting("brahim"), 1
    with pytest.raises(Refused, match="documents open then"):
        get_document(stage.session, document, reader=bob.user, today=bob.today)
    stage.declare("bob")
    assert get_document(stage.session, document, reader=bob.user, today=bob.today).id == document
    with pytest.raises(Refused):
        get_document(stage.session, document, reader=brahim.user, today=brahim.today)


def test_a_declaration_of_last_year_opens_nothing(stage):
    forget(stage.session)
    declare_year([], actor=stage.acting("bob"))
    stage.clock.advance(days=60)
    owing = list_owing(stage.session, stage.acting("bob").today)
    assert [one.declaration for one in owing] == [None] * 5


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"organisation": ""}, "Name the organisation"),
        ({"nature": Nature.OTHER}, "what this tie is"),
        ({"since": date(2026, 3, 1), "until": date(2026, 2, 1)}, "before the first"),
        ({"since": date(2030, 1, 1)}, "is to come"),
    ],
)
def test_a_tie_that_cannot_be_is_refused_and_nothing_is_kept(stage, wrong, sentence):
    before = len(stage.session.scalars(select(YearlyDeclaration)).all())
    with pytest.raises(Malformed, match=sentence):
        declare_year([tie(**wrong)], actor=stage.acting("bob"))
    assert len(stage.session.scalars(select(YearlyDeclaration)).all()) == before


def test_only_the_committee_declares(stage):
    with pytest.raises(NotAllowed):
        declare_year([], actor=stage.acting("alice"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE yearly_declaration SET year = 2030",
        "DELETE FROM yearly_declaration",
        "UPDATE declared_tie SET statement = 'x'",
        "DELETE FROM declared_tie",
        "INSERT INTO declared_tie (declaration_id, organisation_name, nature) VALUES (1, 'x', 'member')",
    ],
)
def test_a_declaration_is_never_altered(stage, change):
    declare_year([tie()], actor=stage.acting("bob"))
    with pytest.raises(IntegrityError):
        stage.session.execute(text(change))


@pytest.mark.parametrize(
    ("name", "may"), [("bob", True), ("pia", True), ("carol", True), ("aude", True), ("brahim", False), ("adam", False)]
)
def test_a_declaration_is_personal(stage, name, may):
    made = declare_year([tie()], actor=stage.acting("bob"))
    reader = stage.acting(name).user
    if may:
        assert get_declared(stage.session, made.id, reader=reader).closed == 0
    else:
        with pytest.raises(NotAllowed):
            get_declared(stage.session, made.id, reader=reader)


def test_a_tie_to_an_organisation_closed_to_the_reader_is_not_told(stage):
    made = declare_year([tie(), tie("Ailleurs")], actor=stage.acting("bob"))
    stage.declare("pia", conflict="pia")
    told = get_declared(stage.session, made.id, reader=stage.acting("pia").user)
    assert ([each.organisation_name for each in told.ties], told.closed) == (["Ailleurs"], 1)


def test_who_owes_it_is_reminded_on_the_days_of_the_regulation_and_once_each(stage, user):
    forget(stage.session)
    stage.clock.advance(days=(date(2027, 1, 1) - stage.acting("bob").today).days)
    declare_year([], actor=stage.acting("bob"))
    for _ in range(40):
        for due in list_due(stage.acting(None)):
            if due.duty == "remind_declaration":
                settle(due, actor=stage.acting(None))
        stage.clock.advance(days=1)
    asked = select(Message).where(Message.kind == "declaration_due", Message.recipient_id == user("brahim").id)
    days = [(message.written_at.date() - date(2027, 1, 1)) for message in stage.session.scalars(asked)]
    assert days == [timedelta(days=0), timedelta(days=14), timedelta(days=30)]
    bob = select(Message).where(Message.kind == "declaration_due", Message.recipient_id == user("bob").id)
    assert stage.session.scalars(bob).all() == []
