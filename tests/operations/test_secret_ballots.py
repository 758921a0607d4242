"""A secret vote: each voter finds their ballot, anybody recounts, and nothing in the database joins the two."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DatabaseError, IntegrityError

from certify.extensions import db
from certify.models import Ballot, Base, Event, Message, RollEntry, SecretBallot, SecretStatement
from certify.models.meeting import ItemEnd
from certify.operations import agenda, ballots
from certify.operations.paper_minutes import _casting_vote
from certify.queries.committee import list_papers, list_statements
from certify.queries.tallies import read_tally
from certify.workflows.errors import AlreadyDone, AlreadyVoted, NotAllowed, Refused, WrongState
from certify.workflows.evidence import fingerprint
from certify.workflows.voting import Choice
from tests.operations.test_committee_races import at_once, casting, closing, item_in
from tests.people import SEATS
from tests.scenes import acting_at, once
from tests.sittings import WORDS, Stage, convened
from tests.times import Clock

VOTES = {
    "bouchra": Choice.FAVOURABLE_WITH_RESERVATIONS,
    "pia": Choice.FAVOURABLE,
    "brahim": Choice.UNFAVOURABLE,
    "bob": Choice.FAVOURABLE,
}
"""In the order in which they vote, which is that of no key."""

TIED = dict(zip(SEATS, (Choice.FAVOURABLE, Choice.FAVOURABLE, Choice.UNFAVOURABLE, Choice.UNFAVOURABLE), strict=True))
TABLES = (RollEntry, SecretBallot, SecretStatement)


@pytest.fixture
def stage(any_app: Flask, clock: Clock) -> Stage:
    """An item in deliberation whose vote is secret, on each kind of database in turn."""
    once(secret)
    return Stage(db.session, acting_at(clock, db.session), clock)


def secret(acting, clock, store):
    """Open an item, and ask that its vote be secret."""
    convened(acting, store)
    ballots.ask_secrecy(Stage(db.session, acting, clock).deliberate(), actor=acting("brahim"))


def vote(stage: Stage, **choices: Choice) -> dict[str, str]:
    """Cast secret ballots, each in a transaction of its own; return the receipts by name."""
    receipts = {}
    for name, choice in choices.items():
        actor = stage.acting(name)
        receipts[name] = ballots.cast_ballot(stage.item, choice=choice, statement=WORDS.get(choice), actor=actor)
        db.session.commit()
    return receipts


def close(stage: Stage, **more: object):
    """Close the vote as the president."""
    result = ballots.close_item(stage.item, actor=stage.acting("pia"), **more)
    db.session.commit()
    return result


def test_each_receipt_is_found_and_the_recount_is_the_tally(stage):
    receipts = vote(stage, **VOTES)
    result = close(stage)
    listed = {paper.receipt: paper.choice for paper in list_papers(db.session, stage.item)}
    assert {name: listed[receipt] for name, receipt in receipts.items()} == VOTES
    assert Counter(listed.values()) == Counter({choice: n for choice, n in result.totals.items() if n})
    assert (len(listed), read_tally(stage.item).is_secret, stage.item.ended) == (4, True, ItemEnd(result.outcome))
    words = WORDS[Choice.FAVOURABLE_WITH_RESERVATIONS]
    assert list_statements(db.session, stage.item, Choice.FAVOURABLE_WITH_RESERVATIONS) == [words]


def test_the_list_of_receipts_is_sealed_and_the_journal_holds_totals_alone(stage):
    receipts = vote(stage, **VOTES)
    close(stage)
    listed = [[paper.receipt, str(paper.choice)] for paper in list_papers(db.session, stage.item)]
    event = db.session.query(Event).filter_by(action="close_item").one()
    assert stage.item.tally["papers"] == fingerprint({"papers": listed})
    assert event.facts["tally"] == fingerprint(stage.item.tally)
    assert not [name for name in (*receipts.values(), *map(str, WORDS.values())) if name in str(vars(event))]


def test_no_table_holds_a_voter_beside_a_choice(stage):
    vote(stage, **VOTES)
    close(stage)
    names = {kind.__tablename__: set(kind.__table__.columns.keys()) for kind in TABLES}
    assert names["roll_entry"] == {"item_id", "seat_id", "user_id"}
    assert names["secret_ballot"] == {"receipt", "item_id", "choice"}
    assert names["secret_statement"] == {"key", "item_id", "choice", "statement"}
    assert db.session.query(Ballot).count() == 0
    moments = [c for kind in TABLES for c in kind.__table__.columns if isinstance(c.type, sa.DateTime)]
    assert moments == []


def test_nothing_else_in_the_database_names_a_receipt_or_was_written_with_a_vote(stage):
    before = {kind: db.session.query(kind).count() for kind in (Event, Message)}
    receipts = vote(stage, **VOTES)
    assert {kind: db.session.query(kind).count() for kind in (Event, Message)} == before
    close(stage)
    elsewhere = [table for table in Base.metadata.sorted_tables if table is not SecretBallot.__table__]
    found = [(table.name, row) for table in elsewhere for row in raw(table) if any(r in row for r in receipts.values())]
    assert found == []


def raw(table: sa.Table) -> list[str]:
    """Return every row of a table as one text, whatever its types."""
    names = ", ".join(f"CAST({column.name} AS TEXT)" for column in table.columns)
    return [str(tuple(row)) for row in db.session.execute(sa.text(f"SELECT {names} FROM {table.name}"))]


def test_neither_place_nor_transaction_tells_the_order(stage):
    vote(stage, **VOTES)
    close(stage)
    for kind, key in ((RollEntry, "seat_id"), (SecretBallot, "receipt"), (SecretStatement, "key")):
        lying = list(db.session.scalars(sa.text(f"SELECT {key} FROM {kind.__tablename__}{by_place()}")))
        assert lying == sorted(lying), kind
    if db.engine.dialect.name == "postgresql":
        writers = [set(db.session.scalars(sa.text(f"SELECT xmin FROM {kind.__tablename__}"))) for kind in TABLES]
        assert (len(writers[0]), writers[0], writers[1]) == (1, writers[1], writers[2])
    else:
        for kind in TABLES:
            with pytest.raises(DatabaseError, match="no such column: rowid"):
                db.session.execute(sa.text(f"SELECT rowid FROM {kind.__tablename__}"))


def by_place() -> str:
    return " ORDER BY ctid" if db.engine.dialect.name == "postgresql" else ""


def test_an_item_postponed_keeps_no_order_either(stage):
    vote(stage, bouchra=Choice.ABSTENTION, bob=Choice.FAVOURABLE)
    agenda.postpone_item(stage.item, reason="Panne", actor=stage.acting("pia"))
    db.session.commit()
    lying = list(db.session.scalars(sa.text(f"SELECT seat_id FROM roll_entry{by_place()}")))
    assert (lying, stage.item.tally["totals"]) == (sorted(lying), {})


@pytest.mark.parametrize(("name", "refusal"), [("carol", NotAllowed), ("badr", NotAllowed), ("bob", AlreadyDone)])
def test_only_a_member_present_asks_and_once(stage, name, refusal):
    with pytest.raises(refusal):
        ballots.ask_secrecy(stage.item, actor=stage.acting(name))


def test_nobody_votes_twice_or_late(stage):
    vote(stage, **VOTES)
    with pytest.raises(AlreadyVoted):
        vote(stage, bob=Choice.ABSTENTION)
    close(stage)
    with pytest.raises(WrongState):
        vote(stage, bob=Choice.ABSTENTION)


def test_a_vote_awaited_keeps_the_vote_open_and_tells_nothing_of_a_tie(stage):
    vote(stage, **{name: TIED[name] for name in SEATS[:3]})
    assert ballots.casting_choices(stage.item, actor=stage.acting("pia")) == ()
    with pytest.raises(Refused, match="have not voted"):
        close(stage)


@pytest.mark.parametrize(
    ("stated", "end", "said"),
    [
        (Choice.FAVOURABLE, ItemEnd.APPROVED, "favourable"),
        (Choice.UNFAVOURABLE, ItemEnd.REFUSED, "unfavourable"),
        (Choice.ABSTENTION, ItemEnd.ADJOURNED, None),
    ],
)
def test_a_tie_is_broken_openly_and_the_ballot_of_the_president_stays_secret(stage, stated, end, said):
    vote(stage, **TIED)
    with pytest.raises(Refused, match="tied"):
        close(stage)
    with pytest.raises(Refused, match="tied"):
        close(stage, casting=Choice.ADJOURN)
    result = close(stage, casting=stated)
    tally = read_tally(stage.item)
    told = _casting_vote(stage.item, tally, actor=stage.acting("pia")) if tally.casting_vote else None
    assert (stage.item.ended, result.casting_vote, told and told.choice) == (end, said is not None, said)
    assert result.totals == dict.fromkeys(Choice, 0) | {Choice.FAVOURABLE: 2, Choice.UNFAVOURABLE: 2}


def test_a_ballot_taken_out_of_the_urn_is_noticed(stage):
    vote(stage, **VOTES)
    db.session.execute(sa.delete(SecretBallot).where(SecretBallot.choice == Choice.UNFAVOURABLE))
    with pytest.raises(Refused, match="not as many"):
        close(stage)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE secret_ballot SET choice = 'abstention'",
        "DELETE FROM secret_ballot",
        "DELETE FROM roll_entry",
        "UPDATE secret_statement SET statement = 'x'",
        "INSERT INTO secret_ballot (receipt, item_id, choice) SELECT 'X', item_id, choice FROM secret_ballot LIMIT 1",
        "UPDATE agenda_item SET is_secret = false",
    ],
)
def test_the_database_seals_a_closed_secret_vote(stage, statement):
    vote(stage, **VOTES)
    close(stage)
    with pytest.raises(IntegrityError):
        db.session.execute(sa.text(statement))
    db.session.rollback()


def test_the_database_refuses_a_ballot_with_a_name_in_a_secret_vote(stage):
    values = {"item_id": stage.item.id, "seat_id": 2, "user_id": stage.acting("bob").id}
    db.session.add(Ballot(**values, choice=Choice.FAVOURABLE, cast_at=stage.clock()))
    with pytest.raises(IntegrityError, match="name nobody"):
        db.session.flush()
    db.session.rollback()


def test_everybody_votes_secretly_at_once_and_once(any_app, stage, clock):
    met = at_once(any_app, clock, *map(casting, SEATS), casting("bob"))
    assert met == ["AlreadyVoted", *["done"] * 4]
    assert [db.session.query(kind).count() for kind in TABLES] == [4, 4, 0]


def test_a_secret_ballot_against_a_close_is_counted_or_refused(any_app, stage, clock):
    vote(stage, **dict.fromkeys(SEATS[:3], Choice.FAVOURABLE))
    met = at_once(any_app, clock, casting("bouchra"), closing(None))
    item = item_in(stage.acting)
    counted = item.tally["cast"] if item.tally else None
    assert (met, counted, db.session.query(RollEntry).count()) in [
        (["done", "done"], 4, 4),
        (["Refused", "done"], None, 4),
    ]


def test_a_first_open_ballot_against_a_wish_for_secrecy_is_one_or_the_other(any_app, clock):
    acting = acting_at(clock, db.session)
    once(convened)
    Stage(db.session, acting, clock).deliberate()
    asking = lambda acting: ballots.ask_secrecy(item_in(acting), actor=acting("brahim"))  # noqa: E731
    met = at_once(any_app, clock, casting("bob"), asking)
    found = (met, item_in(acting).is_secret, db.session.query(Ballot).count(), db.session.query(SecretBallot).count())
    assert found in [(["done", "done"], True, 0, 1), (["Refused", "done"], False, 1, 0)]
