"""The urn of a secret vote: a ballot goes in under a receipt drawn by lot; at the end nothing is left of the order."""

from __future__ import annotations

import secrets

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from certify.models import AgendaItem, RollEntry, Seat, SecretBallot, SecretStatement
from certify.operations.acting import Actor
from certify.workflows.voting import Choice

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What receipts are written with: nothing that the eye mistakes for something else."""

ORDERS = ((RollEntry, "seat_id"), (SecretBallot, "receipt"), (SecretStatement, "key"))
"""The tables of a secret vote, and the column whose order says nothing of the moment."""


def draw_receipt() -> str:
    """Draw three groups of four, such as "7KQ4-M2XD-9HTP": 59 bits of chance."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))


def put_in(item: AgendaItem, seat: Seat, *, choice: Choice, statement: str | None, actor: Actor) -> str:
    """Write that the seat voted, and apart from it what was voted; return the receipt, which is told to nobody else."""
    receipt = draw_receipt()
    actor.session.add(RollEntry(item_id=item.id, seat_id=seat.id, user_id=actor.id))
    actor.session.add(SecretBallot(receipt=receipt, item_id=item.id, choice=choice))
    if statement:
        actor.session.add(SecretStatement(key=draw_receipt(), item_id=item.id, choice=choice, statement=statement))
    actor.session.flush()
    return receipt


def shuffle(session: Session, item: AgendaItem) -> None:
    """Write the rows of a secret vote anew, in one transaction and in the order of their keys.

    Where each row lies and which transaction wrote it (ctid, xmin on PostgreSQL) then tell nothing.
    """
    session.flush()
    for kind, key in ORDERS:
        table = kind.__table__
        own = table.c.item_id == item.id
        rows = [dict(row) for row in session.execute(select(table).where(own).order_by(table.c[key])).mappings()]
        session.execute(delete(table).where(own))
        if rows:
            session.execute(insert(table), rows)
