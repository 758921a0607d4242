"""The office's lists read alike on SQLite and on PostgreSQL."""

from datetime import date

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import User
from certify.operations import admissibility
from certify.operations.acting import Actor
from certify.queries.admissibility import list_candidates
from certify.queries.casefile import get_casefile, list_changes
from certify.queries.desk import Filters, Task, get_desk
from certify.queries.licences import LicenceFilters, get_licences
from certify.workflows.licence import State
from certify.workflows.voting import Choice
from tests import decisions, factories


@pytest.fixture
def acting(any_app, clock):
    def acting(name):
        user = db.session.scalars(select(User).where(User.email == f"{name}@example.ma")).one()
        return Actor(db.session, user, clock())

    return acting


def test_desk_and_casefile(any_app, acting):
    office = acting("carol")
    dossier = factories.filed(acting("alice"), store=factories.store_in(any_app.instance_path))
    admissibility.take_up(dossier, actor=office)
    admissibility.propose_inadmissibility(dossier, ground="out_of_scope", reason="Hors champ.", actor=office)
    asked = Filters(task=Task.TO_SIGN, region="MA-09", filiere="honey", text="tighmi d'euphorbe")
    found = get_desk(db.session, reader=office.user, filters=asked, today=office.today)
    assert [(row.dossier.id, row.is_proposed, row.is_completed) for row in found.rows] == [(dossier.id, True, False)]
    assert {task: count for task, count in found.figures.items() if count} == {Task.TO_SIGN: 1}
    case = get_casefile(db.session, dossier, reader=office.user, today=office.today)
    assert (case.proposal.ground, case.conforming, len(case.journal)) == ("out_of_scope", 0, 2)
    assert "Inadmissibility proposed" in {change.what for change in list_changes(db.session, dossier, 3)}
    candidates = list_candidates(db.session, dossier, office.today, reader=office.user)
    assert [one.user.email for one in candidates] == ["rachid@example.ma"]


def test_licences(any_app, acting, clock):
    store = factories.store_in(any_app.instance_path)
    dossier = factories.reported(acting, store=store)
    decisions.decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    decisions.accept(dossier, acting)
    asked = LicenceFilters(state=State.TO_SIGN, region="MA-09", filiere="honey", text="tighmi")
    found = get_licences(db.session, reader=acting("sami").user, filters=asked, today=date(2026, 12, 7))
    assert (found.total, found.figures, found.ending) == (1, {State.TO_SIGN: 1}, 0)
