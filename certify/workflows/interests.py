"""What may tie a member to a dossier: suggested from plain facts, ruled on by whoever presides.

`domain.md` §3.5 lists the ties; ISO/IEC 17065, 4.2 asks that each be found, weighed and written down. A suggestion
stops nothing by itself: the member declares, or whoever presides rules; one that is left open when the item opens
enters the journal.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from certify.workflows.clock import add_months
from certify.workflows.errors import Malformed, Refused
from certify.workflows.machine import Term
from certify.workflows.words import N_


class Ground(Term):
    """Why the system suggests that somebody has an interest."""

    SAME_ORGANISATION = "same_organisation", N_("Belongs to the organisation that asks")
    AUTHOR = "author", N_("Wrote the evaluation report of this dossier")
    DECLARED_TIE = "declared_tie", N_("Declared a tie to this applicant earlier")
    YEARLY_TIE = "yearly_tie", N_("Declared a tie to this applicant in the yearly declaration")
    COMPETITOR = "competitor", N_("Belongs to an organisation of the same value chain and province")


class Nature(Term):
    """What ties somebody to an organisation, as they say it in their yearly declaration."""

    EMPLOYEE = "employee", N_("Employed by it")
    CONSULTANT = "consultant", N_("Advises it")
    MEMBER = "member", N_("Member of it")
    RELATIVE = "relative", N_("A relative works there or belongs to it")
    SHAREHOLDER = "shareholder", N_("Holds a share in it")
    OTHER = "other", N_("Another tie")


class Ruling(Term):
    """What whoever presides says of a suggestion, always with a reason."""

    CONFIRMED = "confirmed", N_("Confirmed: the member is recused")
    DISMISSED = "dismissed", N_("Dismissed: the member sits")


WARNINGS = frozenset({Ground.COMPETITOR})
"""The grounds that are only told; the others are certain."""


@dataclass(frozen=True)
class Span:
    """From when to when a tie lasted; `until` is None while it lasts, `since` when nobody knows any more."""

    since: date | None
    until: date | None

    def counts_on(self, day: date, months: int) -> bool:
        """Tell whether the tie lasts on `day`, or ended less than `months` before."""
        return self.until is None or day <= add_months(self.until, months)


@dataclass(frozen=True)
class Known:
    """What is known of one member beside one dossier.

    `tied_on`: the last day on which they declared a conflict on another dossier of the same applicant.
    `ties`: those to the applicant that their yearly declaration in force states.
    """

    is_of_applicant: bool = False
    has_reported: bool = False
    tied_on: date | None = None
    competes: bool = False
    ties: tuple[Span, ...] = ()


def suggest(known: Known, *, today: date, months: int) -> tuple[Ground, ...]:
    """List the grounds that the facts give; a tie counts for `months` after it was declared, or ended."""
    holds = {
        Ground.SAME_ORGANISATION: known.is_of_applicant,
        Ground.AUTHOR: known.has_reported,
        Ground.DECLARED_TIE: known.tied_on is not None and today <= add_months(known.tied_on, months),
        Ground.YEARLY_TIE: any(tie.counts_on(today, months) for tie in known.ties),
        Ground.COMPETITOR: known.competes and not known.is_of_applicant,
    }
    return tuple(ground for ground, is_so in holds.items() if is_so)


def is_certain(ground: Ground) -> bool:
    """Tell whether a ground is a fact, rather than a warning."""
    return ground not in WARNINGS


def check_declared(years: Collection[int], today: date) -> None:
    """Let a member open papers and vote once they declared for the year of `today`; or raise Refused."""
    if today.year not in years:
        raise Refused(
            N_("Declare your interests for %(year)s first: until then the papers stay closed, and you cannot vote."),
            year=str(today.year),
        )


def check_tie(nature: Nature, span: Span, statement: str | None, today: date) -> None:
    """Check one tie of a yearly declaration; raise Malformed when its days or its words cannot be."""
    if span.since is not None and span.since > today:
        raise Malformed(N_("A tie is declared once it has begun: %(day)s is to come."), day=span.since)
    if span.since is not None and span.until is not None and span.until < span.since:
        raise Malformed(N_("The last day comes before the first."))
    if nature is Nature.OTHER and not statement:
        raise Malformed(N_("Say in a few words what this tie is."))
