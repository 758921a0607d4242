"""What a value is held beside: earlier dossiers of the product, the value chain; never what is closed to the reader."""

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select, update

from certify.extensions import db
from certify.models import AgendaItem, Declaration, Dossier, Meeting, Organisation, Product
from certify.models.meeting import Interest
from certify.operations.evaluation import correct_report
from certify.queries.comparisons import compare
from certify.queries.evaluation import get_report, judged_grid
from certify.queries.reports import get_reading
from tests import factories
from tests.factories import graded, reported, sections, store_in
from tests.scenes import once

MOISTURE = "honey.moisture"
VALUES = ("15", "16", "17", "18", "19")


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


def report_others(acting, store, *values, of_one=False):
    """Report dossiers of as many other organisations (or of one), each with one of these moistures."""
    session, alice = acting("alice").session, acting("alice").user
    for number, value in enumerate(values):
        if not (of_one and number):
            alice.organisation_id = _like(session).id
            session.flush()
            session.expire(alice)
        reported(acting, store=store, honey_moisture=value)
    alice.organisation_id = 1
    session.flush()
    session.expire(alice)


def five_others(acting, store) -> None:
    """Five organisations, with one value each."""
    report_others(acting, store, *VALUES)


@pytest.fixture
def five(session):
    """The dossiers of five others, reported."""
    once(five_others)
    return session.scalars(select(Dossier).order_by(Dossier.id)).all()


def _like(session):
    """Make another organisation with a site, as Alice's is."""
    made = _copy(session.get_one(Organisation, 1), ice=f"{session.scalar(select(func.max(Organisation.id))):015}")
    session.add(made)
    session.flush()
    session.add(_copy(session.get_one(Organisation, 1).sites[0], organisation_id=made.id))
    session.flush()
    return made


def _copy(row, **changed):
    kept = {column.key: getattr(row, column.key) for column in type(row).__table__.columns if column.key != "id"}
    return type(row)(**(kept | changed))


def recuse(session, acting, name, dossier, *, position=1):
    """Write down that somebody has a conflict on a dossier."""
    meeting = Meeting(
        number=f"R-{dossier.id}", held_on=date(2026, 12, 1), starts_at="10:00", place="Rabat",
        regulation="2026-1", state="draft",
        created_by_id=acting("carol").user.id, created_at=acting(None).at,
    )  # fmt: skip
    session.add(meeting)
    session.flush()
    item = AgendaItem(meeting_id=meeting.id, dossier_id=dossier.id, position=position)
    session.add(item)
    session.flush()
    session.add(
        Declaration(
            item_id=item.id, user_id=acting(name).user.id, interest=Interest.CONFLICT,
            statement="Parente", declared_at=acting(None).at,
        )
    )  # fmt: skip
    session.flush()


def beside(session, dossier, acting, name="rachid"):
    return compare(session, dossier, judged_grid(session, dossier), reader=acting(name).user)[MOISTURE]


def test_five_other_organisations_make_a_spread(session, five, acting, store):
    spread = beside(session, graded(acting, store=store, honey_moisture="30"), acting).spread
    assert (spread.minimum, spread.median, spread.maximum, spread.count) == (Decimal(15), 17, 19, 5)


def test_four_make_none_and_one_organisation_counts_once(session, acting, store):
    report_others(acting, store, *VALUES[:3])
    report_others(acting, store, *VALUES[3:], "20", of_one=True)
    dossier = graded(acting, store=store)
    assert beside(session, dossier, acting).spread is None


def test_another_value_chain_does_not_count(session, five, acting, store):
    session.execute(update(Product).where(Product.dossier_id == five[0].id).values(filiere="olive_oil"))
    assert beside(session, graded(acting, store=store), acting).spread is None


def test_what_was_never_reported_does_not_count(session, acting, store):
    report_others(acting, store, *VALUES[:4])
    draft = graded(acting, store=store, honey_moisture="19")
    assert beside(session, graded(acting, store=store), acting).spread is None
    assert draft.state == "examination"


def test_a_dossier_that_is_closed_to_the_reader_counts_for_nothing(session, five, acting, store):
    dossier = graded(acting, store=store)
    recuse(session, acting, "rachid", five[2])
    assert beside(session, dossier, acting).spread is None
    assert beside(session, dossier, acting, "carol").spread.count == 5


def test_the_figures_are_frozen_and_shielded_from_who_is_recused(session, five, acting, store):
    dossier = reported(acting, store=store)
    report_others(acting, store, "40", "41", of_one=True)
    row = next(row for row in json.loads(get_report(session, dossier).body)["grid"] if row["criterion"] == MOISTURE)
    assert row["spread"] == {"minimum": "15", "q1": "16", "median": "17", "q3": "18", "maximum": "19", "count": "5"}
    recuse(session, acting, "aude", five[2])
    readers = [acting(name) for name in ("carol", "aude")]
    shown = {
        name: get_reading(session, dossier.id, reader=one.user, today=one.today)[1]
        for name, one in zip(("carol", "aude"), readers, strict=True)
    }
    spreads = {name: {row.compared.spread for row in reading.rows} for name, reading in shown.items()}
    assert (spreads["aude"], {spread.count for spread in spreads["carol"] if spread}) == ({None}, {5})


def test_earlier_dossiers_of_the_product_stand_beside_with_what_moved(session, acting, store, clock):
    first = once(reported, honey_moisture="21")
    clock.advance(days=3)
    other = reported(acting, store=store, honey_moisture="12")
    other.product.name_fr, other.product.name_ar = "Miel de thym", None
    clock.advance(days=3)
    dossier = graded(acting, store=store, honey_moisture="18")
    [earlier] = beside(session, dossier, acting).earlier
    assert (earlier.number, earlier.measured.value, earlier.verdict, earlier.moved) == (
        first.number, "21", "not_conform", True,
    )  # fmt: skip
    assert earlier.on == acting(None).today - timedelta(days=6)
    assert beside(session, first, acting).earlier == ()


def test_an_earlier_dossier_is_shielded_too(session, acting, store, clock):
    first = once(reported, honey_moisture="19")
    clock.advance(days=3)
    dossier = reported(acting, store=store)
    recuse(session, acting, "aude", first)
    for name, count in (("carol", 1), ("aude", 0)):
        rows = get_reading(session, dossier.id, reader=acting(name).user, today=acting(name).today)[1].rows
        assert len(next(row for row in rows if row.criterion.code == MOISTURE).compared.earlier) == count


def test_comparing_takes_two_queries(session, acting):
    dossier = once(graded)
    grid, asked = judged_grid(session, dossier), []
    listen = lambda *_: asked.append(1)  # noqa: E731
    reader = acting("rachid").user
    assert reader.roles
    event.listen(db.engine, "before_cursor_execute", listen)
    compare(session, dossier, grid, reader=reader)
    event.remove(db.engine, "before_cursor_execute", listen)
    assert len(asked) == 2


def test_a_correction_names_the_version_that_it_follows(session, acting):
    dossier = once(reported)
    first = get_report(session, dossier)
    second = correct_report(
        dossier, proposal="favourable", sections=sections("Corrigé."), reason="Une coquille.", actor=acting("rachid")
    )
    body = json.loads(second.body)
    assert (body["reason"], body["corrects"]) == ("Une coquille.", {"version": 1, "sha256": first.sha256})
    assert factories.sections("Corrigé.") == body["sections"]
