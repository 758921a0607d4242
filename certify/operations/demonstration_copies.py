"""What the demonstration shows of copies: a jar whose code turns up in too many towns, and a reader who wrote."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import CopyCase, Licence, SeenCode
from certify.operations.acting import Actor
from certify.operations.case_letters import tell_cases
from certify.operations.cases import report, weigh_code
from certify.operations.scanning import Look, Seen, keep_scans
from certify.workflows import licence as licences
from certify.workflows.scanning import Channel, Standing, Tier, code_of, licence_path

COPIED, GIVEN = "/01/06111234567895/21/7K9M4T2XP8QJ", "/01/06111234567895/21/3N5R8V1ZC0DA"
"""Two invented jars: one copied by somebody, one that was given away and shown around."""

PLACES = ("MA-06", "MA-06", "MA-06", "MA-06", "MA-04", "MA-07", "MA-09", "MA-01", "MA-03", "MA-02", "FR", "?")


def play_copies(session: Session, *, at: datetime) -> None:
    """Write the looks at two jars and at some marks; the clock weighs them, somebody reports, the office is told."""
    asked = select(Licence).where(Licence.state == licences.State.ACTIVE).order_by(Licence.id).limit(4)
    first, second, third, fourth = session.scalars(asked)
    chance = random.Random(2026)
    looks = [_look(chance, at, Seen(COPIED, Tier.UNIT, Standing.IN_USE, first.id), PLACES, 40) for _ in range(34)]
    looks += [
        _look(chance, at, Seen(GIVEN, Tier.UNIT, Standing.IN_USE, second.id), (place,), 9)
        for place in ("MA-09", "MA-09", "MA-06", "MA-01")
    ]
    for licence in (first, second, third):
        seen = Seen(licence_path(licence.mark), Tier.LICENCE, Standing.IN_USE, licence.id)
        looks += [_look(chance, at, seen, PLACES, 80) for _ in range(25)]
    keep_scans(session, looks)
    clock = Actor(session, None, at)
    for path in (COPIED, GIVEN):
        weigh_code(session.scalars(select(SeenCode).where(SeenCode.code == code_of(path))).one(), actor=clock)
    report(
        licence_path(fourth.mark),
        Tier.LICENCE,
        licence_id=fourth.id,
        said="Le bocal est plus petit que sur la photo, et le nom du producteur est écrit autrement.",
        bought="Souk hebdomadaire, étal près de l’entrée",
        region="MA-09",
        actor=clock,
    )
    tell_cases(session.scalars(select(CopyCase).order_by(CopyCase.id).limit(1)).one(), actor=clock)


def _look(chance: random.Random, at: datetime, seen: Seen, places: tuple[str, ...], days: int) -> Look:
    hour = (at - timedelta(hours=chance.uniform(1, days * 24))).replace(minute=0, second=0, microsecond=0)
    return Look(seen, hour, chance.choice(places), chance.randbytes(6), Channel.CAMERA)
