"""Two people at the same moment, on real connections: one wins, the other changes nothing."""

from threading import Barrier, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from certify.extensions import db
from certify.models import (
    Complement,
    Credential,
    Dossier,
    Event,
    Inadmissibility,
    LedgerEntry,
    Licence,
    Notification,
    NumberSeries,
    Paper,
    User,
)
from certify.models.document import Standing
from certify.operations import admissibility, auditing, licences, notifications
from certify.operations.acting import Actor
from certify.operations.publishing import publish
from certify.queries.admissibility import list_current_documents
from certify.workflows.errors import WorkflowError
from certify.workflows.voting import Choice
from tests import decisions, factories
from tests.proofs import ISSUER
from tests.scenes import once

LOST = (WorkflowError, IntegrityError, StaleDataError)


@pytest.fixture
def acting(any_app, clock):
    def acting(name):
        user = db.session.scalars(select(User).where(User.email == f"{name}@example.ma")).one()
        return Actor(db.session, user, clock())

    return acting


@pytest.fixture
def store(any_app):
    return factories.store_in(any_app.instance_path)


@pytest.fixture
def at_once(any_app, acting):
    """Let several people act at once, each on a connection of their own; return how many succeeded."""

    def at_once(*acts):
        db.session.commit()
        start, won = Barrier(len(acts), timeout=20), []

        def run(name, act):
            with any_app.app_context():
                start.wait()
                try:
                    act(acting(name))
                    db.session.commit()
                    won.append(name)
                except LOST:
                    db.session.rollback()
                finally:
                    db.session.remove()

        threads = [Thread(target=run, args=each) for each in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        db.session.expire_all()
        return len(won)

    return at_once


def in_check(acting, store):
    dossier = factories.filed(acting("alice"), store=store)
    admissibility.take_up(dossier, actor=acting("carol"))
    return dossier


def count(table, *conditions):
    return len(db.session.scalars(select(table).where(*conditions)).all())


def test_licence_is_signed_once(acting, clock, store, at_once):
    dossier = once(factories.reported)
    decisions.decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    licence = decisions.accept(dossier, acting)
    db.session.commit()
    number, version = licence.id, licence.version

    def sign(actor):
        held = actor.session.get(Licence, number)
        licences.sign_licence(held, store=store, issuer=ISSUER, version=version, actor=actor)

    assert at_once(*[("sami", sign)] * 4) == 1
    assert count(Paper, Paper.licence_id == number) == 1
    assert db.session.get(NumberSeries, ("licence", 2026)).last == 1
    told = select(Event.action).where(Event.licence_id == number).order_by(Event.sequence)
    assert db.session.scalars(told).all() == ["accept_terms", "sign"]


def test_licences_signed_at_once_take_one_place_each_in_list_and_log(acting, clock, store, at_once):
    products = [factories.reported(acting, store=store) for _ in range(3)]
    decisions.decide_together(acting, clock, dict.fromkeys(products, Choice.FAVOURABLE))
    numbers = [decisions.accept(dossier, acting).id for dossier in products]

    def signing(number):
        return lambda actor: licences.sign_licence(
            actor.session.get(Licence, number), store=store, issuer=ISSUER, actor=actor
        )

    assert at_once(*(("sami", signing(number)) for number in numbers)) == 3
    assert sorted(db.session.scalars(select(Credential.place))) == [0, 1, 2]
    kinds = db.session.scalars(select(LedgerEntry.kind).order_by(LedgerEntry.position)).all()
    public = store.root.parent / "public"
    publish(db.session, public, issuer=ISSUER, at=clock())
    found = list(auditing.disagreements(db.session, public, ISSUER))
    assert (kinds, found) == (["decision"] * 3 + ["decision", "issue"] * 3, [])


def test_complement_is_asked_once(acting, store, at_once):
    number = in_check(acting, store).id

    def ask(actor):
        points = [("statutes", f"Pour {actor.user.name}.")]
        admissibility.request_complement(actor.session.get(Dossier, number), points, actor=actor)

    assert at_once(("carol", ask), ("dora", ask)) == 1
    assert count(Complement, Complement.dossier_id == number) == 1


def test_file_takes_one_way(acting, store, at_once):
    dossier = in_check(acting, store)
    conforming = {one.id: (Standing.CONFORMING, None) for one in list_current_documents(db.session, dossier)}
    admissibility.check_documents(dossier, conforming, actor=acting("carol"))
    db.session.commit()
    number, version = dossier.id, dossier.version

    def admit(actor):
        admissibility.declare_admissible(actor.session.get(Dossier, number), version=version, actor=actor)

    def propose(actor):
        words = {"ground": "out_of_scope", "reason": "Hors champ."}
        admissibility.propose_inadmissibility(actor.session.get(Dossier, number), **words, version=version, actor=actor)

    assert at_once(("carol", admit), ("dora", propose)) == 1
    proposed = count(Inadmissibility, Inadmissibility.dossier_id == number)
    assert (db.session.get(Dossier, number).state == "admissible") != bool(proposed)


def test_proposal_is_signed_or_dropped(acting, store, at_once):
    dossier = in_check(acting, store)
    admissibility.propose_inadmissibility(dossier, ground="out_of_scope", reason="Hors champ.", actor=acting("carol"))
    number = dossier.id

    def sign(actor):
        admissibility.sign_inadmissibility(actor.session.get(Dossier, number), actor=actor)

    def drop(actor):
        admissibility.drop_inadmissibility(actor.session.get(Dossier, number), actor=actor)

    assert at_once(("dora", sign), ("carol", drop)) == 1
    letters = count(Paper, Paper.dossier_id == number, Paper.kind == "decision")
    assert (db.session.get(Dossier, number).state == "inadmissible") == bool(letters)


def test_decision_is_notified_once(acting, store, at_once):
    dossier = in_check(acting, store)
    admissibility.propose_inadmissibility(dossier, ground="out_of_scope", reason="Hors champ.", actor=acting("carol"))
    admissibility.sign_inadmissibility(dossier, actor=acting("dora"))
    number = dossier.id

    def notify(actor):
        dossier = actor.session.get(Dossier, number)
        notifications.record_notification(dossier, channel="account", received_on=actor.today, actor=actor)

    assert at_once(("carol", notify), ("dora", notify)) == 1
    assert count(Notification, Notification.dossier_id == number) == 1
