"""Two people at the same moment: one wins, the other is answered, and no promise breaks."""

import threading
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from certify.extensions import db
from certify.models import Message, Organisation, User, UserRole
from certify.operations import users
from certify.operations.acting import Actor
from certify.operations.demonstration_clock import advance_demonstration
from certify.operations.passwords import stamp
from certify.operations.sign_up import confirm_address, sign_up
from certify.queries.settings import get_days_ahead
from certify.workflows.permissions import Role

KEY = "only for tests"
ICE = "000000001000070"


@pytest.fixture
def race(any_app, clock):
    """`race(first, second, …)` runs each act in a transaction of its own at the same moment; returns the errors."""
    if db.engine.dialect.name == "postgresql":  # the people of the tests came with numbers of their own
        db.session.execute(text("SELECT setval('organisation_id_seq', 10)"))

    def run(*acts):
        db.session.commit()
        start, errors = threading.Barrier(len(acts)), []

        def one(act):
            with any_app.app_context():
                start.wait()
                try:
                    act(Actor(db.session, None, clock()))
                    db.session.commit()
                except Exception as error:  # whatever it is, the test says which one it expected
                    db.session.rollback()
                    errors.append(type(error).__name__)
                db.session.remove()

        threads = [threading.Thread(target=one, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.session.rollback()
        return errors

    return run


def claim(email, ice=ICE, name="Coopérative"):
    return SimpleNamespace(
        name="Nadia", email=email, locale="fr", password="olivier amande cumin", name_fr=name, name_ar=None,
        kind="cooperative", trade="producer", ice=ice,
    )  # fmt: skip


def coming(email, **said):
    return lambda actor: sign_up(claim(email, **said), key=KEY, actor=actor)


def known(email):
    return db.session.scalars(select(User).where(User.email == email)).one()


def test_same_organisation_twice_is_one_organisation(race):
    emails = [f"person{number}@example.ma" for number in range(4)]
    assert race(*(coming(email) for email in emails)) == []
    organisation = db.session.scalars(select(Organisation).where(Organisation.ice == ICE)).one()
    tied = [email for email in emails if known(email).organisation_id == organisation.id]
    able = [email for email in emails if known(email).password_hash]
    assert len(tied) == 1
    assert able == tied


def test_same_address_twice_is_one_account(race):
    ices = (ICE, "000000002000043", ICE)
    assert race(*(coming("nadia@example.ma", ice=ice) for ice in ices)) == []
    assert known("nadia@example.ma").organisation.ice in ices
    assert len(db.session.scalars(select(Message.kind)).all()) == 3


def test_confirming_while_another_signs_up_leaves_one_owner(race):
    coming("first@example.ma")(Actor(db.session, None, known("alice@example.ma").created_at))
    db.session.commit()
    trace = stamp(known("first@example.ma").password_hash)

    def confirm(actor):
        confirm_address(known("first@example.ma"), trace=trace, actor=actor)

    errors = race(confirm, coming("second@example.ma"))
    first, second = known("first@example.ma"), known("second@example.ma")
    owners = [user for user in (first, second) if user.organisation_id]
    assert len(owners) == 1
    assert errors == ([] if first.confirmed_at else ["Refused"])
    assert (first.confirmed_at is None) == (owners == [second])


def test_signing_up_while_the_address_is_confirmed_takes_nothing_over(race):
    coming("nadia@example.ma")(Actor(db.session, None, known("alice@example.ma").created_at))
    db.session.commit()
    kept = known("nadia@example.ma").password_hash

    def confirm(actor):
        confirm_address(known("nadia@example.ma"), trace=stamp(kept), actor=actor)

    errors = race(confirm, coming("nadia@example.ma", name="Autre"))
    nadia = known("nadia@example.ma")
    assert (nadia.confirmed_at is not None, errors) in [(True, []), (False, ["Refused"])]
    assert (nadia.password_hash == kept) == (nadia.confirmed_at is not None)


def test_one_link_opened_twice_sets_one_password(race):
    trace = stamp(known("alice@example.ma").password_hash)

    def reset(password):
        return lambda actor: users.set_password(known("alice@example.ma"), password, trace=trace, actor=actor)

    assert race(reset("olivier amande cumin"), reset("cumin amande olivier")) == ["Refused"]
    assert len(db.session.scalars(select(Message.kind)).all()) == 1


def test_two_administrators_cannot_dismiss_each_other(race):
    db.session.add(UserRole(user_id=known("bob@example.ma").id, role=Role.ADMINISTRATOR))
    db.session.commit()

    def dismiss(name):
        return lambda actor: users.change_roles(known(f"{name}@example.ma"), set(), actor=actor)

    assert race(dismiss("adam"), dismiss("bob")) == ["Refused"]
    left = select(UserRole.user_id).where(UserRole.role == Role.ADMINISTRATOR)
    assert len(db.session.scalars(left).all()) == 1


def test_closing_one_while_dismissing_the_other_leaves_an_administrator(race):
    db.session.add(UserRole(user_id=known("bob@example.ma").id, role=Role.ADMINISTRATOR))
    db.session.commit()
    errors = race(
        lambda actor: users.close_account(known("adam@example.ma"), actor=actor),
        lambda actor: users.change_roles(known("bob@example.ma"), set(), actor=actor),
    )
    assert errors == ["Refused"]


def test_one_address_is_invited_once(race):
    nadia = SimpleNamespace(name="Nadia", email="nadia@example.ma", locale="fr")

    def invite(actor):
        users.open_account(nadia, roles={Role.AUDITOR}, key=KEY, actor=actor)

    assert race(invite, invite) in (["Refused"], ["IntegrityError"])
    assert known("nadia@example.ma").roles == {Role.AUDITOR}


def test_clock_moved_by_two_moves_twice(race):
    assert race(*[lambda actor: advance_demonstration(10, actor=actor)] * 3) == []
    assert get_days_ahead(db.session) == 30
