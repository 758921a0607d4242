"""What the public reads of a licence, changed behind everybody's back, is found out by the check of the journal."""
# ruff: noqa: F811

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from certify.extensions import db
from certify.models import RegisterEntry, RegisterGtin, SeenCode, User
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.auditing import disagreements
from certify.operations.cases import decide_case, report
from certify.operations.publishing import publish
from certify.workflows.case import Action
from certify.workflows.scanning import Caution, Tier, licence_path
from certify.workflows.verdict import Verdict
from certify.workflows.voting import Choice
from tests import decisions, factories
from tests.copies import copied
from tests.intruders import disarm
from tests.operations.test_publishing import audited
from tests.proofs import ISSUER
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401

REASON = "Vu à Tiznit."


@pytest.fixture
def suspended(session, app, licence_of, acting, clock):
    """A licence that was suspended, and published so."""
    licence = licence_of("signed")
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    session.commit()
    publish(session, Path(app.instance_path) / "public", issuer=ISSUER, at=clock())
    return licence


@pytest.fixture
def row(session, suspended) -> RegisterEntry:
    return session.get_one(RegisterEntry, suspended.mark)


@pytest.fixture
def found(session, app):
    def check() -> list[str]:
        session.commit()
        return list(disagreements(session, Path(app.instance_path) / "public", ISSUER))

    return check


def test_an_honest_register_holds(suspended, found):
    assert found() == []


def words(row, name: str) -> dict:
    return row.facts | {name: row.facts[name] | {"fr": "Autre"}}


ATTACKS = {
    "state": lambda row: "active",
    "valid_from": lambda row: row.valid_from.replace(year=2020),
    "valid_to": lambda row: row.valid_to.replace(year=2099),
    "photo": lambda row: "0" * 64,
    "history": lambda row: [*row.history[:-1], row.history[-1] | {"ground": "R06"}],
    "holder": lambda row: words(row, "holder"),
    "product": lambda row: words(row, "product"),
    "evidence": lambda row: row.facts | {"evidence": {"place": 7, "entry": 7, "vc": "A" * 43}},
    "moved": lambda row: row.facts | {"evidence": row.facts["evidence"] | {"moved": 0}},
}
COLUMNS = {"photo": "photo_sha256", "holder": "facts", "product": "facts", "evidence": "facts", "moved": "facts"}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_row_of_the_register_changed_is_found_out(session, suspended, row, name, found):
    disarm(session)
    said = "evidence" if name == "moved" else name
    setattr(row, COLUMNS.get(name, name), ATTACKS[name](row))
    assert found() == [
        f"licence {suspended.number}: the public register tells otherwise than its journal and its credential: {said}"
    ]


def test_a_row_changed_is_unseen_from_outside_and_the_command_tells(session, suspended, app, client_of, clock):
    disarm(session)
    session.execute(text("UPDATE register_entry SET state = 'active'"))
    session.commit()
    public = Path(app.instance_path) / "public"
    publish(session, public, issuer=ISSUER, at=clock())
    assert audited(public, clock).checkpoint.size > 0
    assert client_of(None).get(f"/v/{suspended.mark}.json").json["verdict"] == Verdict.VALID
    assert app.test_cli_runner().invoke(args=["journal", "check"]).exit_code == 1


def test_a_trade_item_led_to_another_licence_is_found_out(session, suspended, row, found):
    session.add(RegisterGtin(gtin="06111234567895", mark=row.mark))
    assert found() == [
        f"licence {suspended.number}: the public register tells otherwise than its journal and its credential: gtins"
    ]


def test_an_alert_silenced_in_the_register_is_found_out(session, licence_of, found, acting, *, app, clock):
    licence = licence_of("signed")
    path = licence_path(licence.mark)
    case = report(path, Tier.LICENCE, licence_id=licence.id, said="Faux", actor=acting(None)).case
    decide_case(case, Action.ALERT, reason=REASON, actor=acting("sami"))
    session.commit()
    publish(session, Path(app.instance_path) / "public", issuer=ISSUER, at=clock())
    assert found() == []
    session.get_one(RegisterEntry, licence.mark).caution = None
    assert found() == [
        "public log: it tells 1 licences, or other states than the tables, 1",
        f"licence {licence.number}: the public register tells otherwise than its journal and its credential: caution",
    ]


def test_an_alert_on_one_code_silenced_or_made_up_is_found_out(session, suspended, found, acting):
    case = copied(acting(None))
    decide_case(case, Action.CONFIRM, reason=REASON, actor=acting("carol"))
    assert found() == []
    seen = session.get_one(SeenCode, case.seen_id)
    seen.caution = seen.caution_at = None
    assert found() == [f"code {seen.path}: its copies were confirmed, and it is not under alert"]
    seen.caution, seen.caution_at = Caution.ALERT, acting(None).at
    decide_case(case, Action.LIFT, reason=REASON, actor=acting("carol"))
    assert found() == []
    seen.caution, seen.caution_at = Caution.ALERT, acting(None).at
    assert found() == [f"code {seen.path}: it is under alert, and no case says so"]


def test_a_row_changed_is_found_out_on_either_engine(any_app, clock, tmp_path):
    def acting(name: str) -> Actor:
        return Actor(db.session, db.session.query(User).filter_by(email=f"{name}@example.ma").one(), clock())

    store = factories.store_in(any_app.instance_path)
    dossier = factories.reported(acting, store=store)
    decisions.decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    licence = decisions.accept(dossier, acting)
    licences.sign_licence(licence, store=store, issuer=ISSUER, actor=acting("sami"))
    licences.withdraw(licence, reason="Analyse.", actor=acting("sami"))
    db.session.commit()
    publish(db.session, tmp_path / "public", issuer=ISSUER, at=clock())
    assert list(disagreements(db.session, tmp_path / "public", ISSUER)) == []
    disarm(db.session)
    db.session.execute(text("UPDATE register_entry SET state = 'active' WHERE number = :it"), {"it": licence.number})
    db.session.commit()
    assert list(disagreements(db.session, tmp_path / "public", ISSUER)) == [
        f"licence {licence.number}: the public register tells otherwise than its journal and its credential: state"
    ]
