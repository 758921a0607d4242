"""Copied codes for tests: scans written as the recorder writes them, without waiting for anybody to look."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from certify.extensions import db
from certify.models import CopyCase, SeenCode
from certify.operations.acting import Actor
from certify.operations.cases import weigh_code
from certify.operations.scanning import Look, Seen, keep_scans
from certify.workflows.scanning import Channel, Standing, Tier, code_of

JAR = Seen("/01/06111234567895/21/7K9M4T2XP8QJ", Tier.UNIT, Standing.IN_USE)
FAR = ("MA-06", "MA-09", "MA-01", "MA-12", "MA-04", "MA-07")
"""Six looks in six regions: enough for a case."""

VISITORS = count(1)


def looked(*regions: str, at: datetime, seen: Seen = JAR, every: float = 48) -> None:
    """Write a look in each region, each by somebody else, so many hours apart; the last one at `at`; and commit."""
    hours = [at - timedelta(hours=every * rank) for rank in range(len(regions))]
    keep_scans(
        db.session,
        [
            Look(
                seen,
                hour.replace(minute=0, second=0, microsecond=0),
                region,
                next(VISITORS).to_bytes(6),
                Channel.CAMERA,
            )
            for region, hour in zip(reversed(regions), hours, strict=True)
        ],
    )
    db.session.commit()


def code_row(seen: Seen = JAR) -> SeenCode:
    """Return the row of a code as it now is."""
    db.session.expire_all()
    return db.session.query(SeenCode).filter_by(code=code_of(seen.path)).one()


def cases() -> list[CopyCase]:
    """List all cases as they now are."""
    db.session.expire_all()
    return db.session.query(CopyCase).order_by(CopyCase.id).all()


def copied(actor: Actor, seen: Seen = JAR) -> CopyCase:
    """Have a code looked at all over the country, and its case opened by the clock; and commit."""
    looked(*FAR, at=actor.at, seen=seen)
    weigh_code(code_row(seen), actor=Actor(db.session, None, actor.at))
    db.session.commit()
    return cases()[-1]
