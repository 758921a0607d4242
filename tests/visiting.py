"""Visits as far along as a test needs them: planned by Rachid, made by Ines and Ilyas a week later."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta

from certify.models import Dossier, Visit
from certify.operations import visits
from certify.operations.acting import Actor
from certify.operations.visits import Plan
from tests.times import NOON, Clock

Acting = Callable[[str], Actor]
DAY = (NOON + timedelta(days=7)).date()
PLAN = Plan(
    planned_on=DAY,
    starts_at="09:30",
    place="Miellerie de Tighmi, douar Tighmi",
    reason="Voir l’extraction et la traçabilité d’un lot.",
    to_prepare="Le registre des lots et l’accès aux ruchers.",
)


def planned(
    dossier: Dossier, acting: Acting, plan: Plan = PLAN, inspectors: Collection[str] = ("ines", "ilyas")
) -> Visit:
    """Plan a visit."""
    named = [acting(name).user for name in inspectors]
    return visits.plan_visit(dossier, plan, inspectors=named, actor=acting("rachid"))


def begun(dossier: Dossier, acting: Acting, clock: Clock) -> Visit:
    """Plan a visit, and let Ines begin it on its day."""
    visit = planned(dossier, acting)
    clock.advance(days=7)
    visits.begin_visit(visit, actor=acting("ines"))
    return visit


def made(dossier: Dossier, acting: Acting, clock: Clock) -> Visit:
    """Plan a visit, and let Ines make and close it a week later."""
    visit = begun(dossier, acting, clock)
    visits.close_visit(visit, summary="Tout a été vu.", actor=acting("ines"))
    return visit
