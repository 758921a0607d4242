"""The letter to the secretariat when cases of suspected copies open: of all that opened, and at most one an hour.

A case opens when a code is weighed or when somebody reports; the clock writes of it afterwards. That it was told of and
the letters are one transaction, so that a clock that is killed leaves neither, and two clocks write once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select, update

from certify.models import CopyCase, Dossier
from certify.operations.acting import Actor
from certify.operations.outbox import about, write
from certify.queries.calendar import casablanca_today
from certify.queries.cases import list_places, list_waiting
from certify.queries.reference import list_regions
from certify.queries.users import list_users_with
from certify.workflows.permissions import Role

KIND = "copies_suspected"

EVERY = timedelta(hours=1)
"""How long the next letter waits: of a flood the office hears at once, then once an hour."""

MOST_LISTED = 10
"""Cases that a letter describes; the list on the screen has them all."""


def tell_cases(case: CopyCase, *, actor: Actor) -> None:
    """Write to the secretariat of the cases that it was not told of; `case` is one of them, and held.

    Everybody reads of those cases only that are open to them, and of none that was closed meanwhile. Nothing is written
    within an hour of the last letter.
    """
    last = actor.session.scalar(select(func.max(CopyCase.told_at)))
    if case.told_at is not None or (last and actor.at < last + EVERY):
        return
    untold = update(CopyCase).where(CopyCase.told_at.is_(None)).values(told_at=actor.at).returning(CopyCase.id)
    numbers = sorted(actor.session.scalars(untold, execution_options={"synchronize_session": False}))
    for user in list_users_with(actor.session, Role.SECRETARIAT):
        if cases := list_waiting(actor.session, numbers, reader=user):
            dossier = _dossier_of(cases)
            facts = (about(dossier, actor) if dossier else {}) | _facts(cases, actor=actor)
            write(user, KIND, key=f"{KIND}:{numbers[0]}:{user.id}", facts=facts, dossier=dossier, actor=actor)


def _dossier_of(cases: Sequence[CopyCase]) -> Dossier | None:
    """Return the dossier that all the cases are about; a letter about several products names none of them.

    A letter about a dossier never leaves for whom it was closed to since, and it may be about one only.
    """
    (first, *others) = {case.licence.dossier if case.licence else None for case in cases}
    return None if others else first


def _facts(cases: Sequence[CopyCase], *, actor: Actor) -> dict[str, object]:
    place = f"/{cases[0].id}" if len(cases) == 1 else ""
    return {
        "path": f"/office/copies{place}",
        "count": len(cases),
        "cases": [_told(case, actor=actor) for case in cases[:MOST_LISTED]],
        "more": max(0, len(cases) - MOST_LISTED),
    }


def _told(case: CopyCase, *, actor: Actor) -> dict[str, object]:
    """Say what raised a case: nothing of the figures can find a person, and what a reader wrote is not repeated."""
    places = list_places(actor.session, case)
    regions = [region for region in list_regions() if region.code in places]
    said = {"signal": case.signal, "visits": case.visits, "since": casablanca_today(case.since)}
    said |= {f"regions_{code}": [region.label[code] for region in regions] for code in ("fr", "ar", "en")}
    return said | {"abroad": sorted(places - {region.code for region in regions})}
