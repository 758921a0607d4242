"""What may tie a member to a dossier: suggested from plain facts, ruled on by whoever presides.

`domain.md` §3.5 lists the ties; ISO/IEC 17065, 4.2 asks that each be found, weighed and written down. A suggestion
stops nothing by itself: the member declares, or whoever presides rules; one that is left open when the item opens
enters the journal.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from certify.workflows.clock import add_months
from certify.workflows.machine import Term
from certify.workflows.words import N_


class Ground(Term):
    """Why the system suggests that somebody has an interest."""

    SAME_ORGANISATION = "same_organisation", N_("Belongs to the organisation that asks")
    AUTHOR = "author", N_("Wrote the evaluation report of this dossier")
    DECLARED_TIE = "declared_tie", N_("Declared a tie to this applicant earlier")
    COMPETITOR = "competitor", N_("Belongs to an organisation of the same value chain and province")


class Ruling(Term):
    """What whoever presides says of a suggestion, always with a reason."""

    CONFIRMED = "confirmed", N_("Confirmed: the member is recused")
    DISMISSED = "dismissed", N_("Dismissed: the member sits")


WARNINGS = frozenset({Ground.COMPETITOR})
"""The grounds that are only told; the others are certain."""


@dataclass(frozen=True)
class Known:
    """What is known of one member beside one dossier.

    `tied_on`: the last day on which they declared a conflict on another dossier of the same applicant.
    """

    is_of_applicant: bool = False
    has_reported: bool = False
    tied_on: date | None = None
    competes: bool = False


def suggest(known: Known, *, today: date, months: int) -> tuple[Ground, ...]:
    """List the grounds that the facts give; a declared tie counts for `months` after it was declared."""
    holds = {
        Ground.SAME_ORGANISATION: known.is_of_applicant,
        Ground.AUTHOR: known.has_reported,
        Ground.DECLARED_TIE: known.tied_on is not None and today <= add_months(known.tied_on, months),
        Ground.COMPETITOR: known.competes and not known.is_of_applicant,
    }
    return tuple(ground for ground, is_so in holds.items() if is_so)


def is_certain(ground: Ground) -> bool:
    """Tell whether a ground is a fact, rather than a warning."""
    return ground not in WARNINGS
