"""The tasks of a mission: documents, visit, sampling; which are needed, and what still keeps each open (move 13)."""

from __future__ import annotations

from dataclasses import dataclass

from certify.workflows.machine import Term
from certify.workflows.words import N_


class Task(Term):
    """A part of the examination that is closed before the report is handed in."""

    DOCUMENTS = "documents", N_("Examination of the documents")
    VISIT = "visit", N_("Visit of the site")
    SAMPLING = "sampling", N_("Sampling and analysis")


class Settled(Term):
    """What the rapporteur ruled on a task, always in writing; the last word counts."""

    CONCLUDED = "concluded", N_("Concluded")
    NEEDED = "needed", N_("Needed")
    NOT_NEEDED = "not_needed", N_("Not needed")


class Lack(Term):
    """What keeps a task open; the label is the sentence that refuses the report."""

    UNREAD = "unread", N_("The examination of the documents is not concluded.")
    VISIT_UNDECIDED = "visit_undecided", N_("It is not decided yet whether a visit is needed.")
    UNVISITED = "unvisited", N_("A visit is needed, and none is made.")
    VISIT_AHEAD = "visit_ahead", N_("A visit is planned or under way: it must be closed, or cancelled, first.")
    SAMPLING_UNDECIDED = "sampling_undecided", N_("It is not decided yet whether a sample is needed.")
    UNSAMPLED = "unsampled", N_("A sample is needed, and none is analysed.")
    AT_LABORATORY = "at_laboratory", N_("A sample is still at the laboratory: its results are awaited.")


@dataclass(frozen=True)
class Known:
    """What is known of one task: the last ruling, whether the regulation imposes it, how many visits are made or
    analyses received (`made`), and how many are planned, under way or at a laboratory (`ahead`)."""

    standing: Settled | None = None
    is_systematic: bool = False
    made: int = 0
    ahead: int = 0

    @property
    def is_needed(self) -> bool | None:
        """Whether the task is needed; None while nobody decided. What was begun was needed."""
        if self.is_systematic or self.made or self.ahead or self.standing is Settled.NEEDED:
            return True
        return False if self.standing is Settled.NOT_NEEDED else None


SENTENCES = {
    Task.VISIT: (Lack.VISIT_AHEAD, Lack.VISIT_UNDECIDED, Lack.UNVISITED),
    Task.SAMPLING: (Lack.AT_LABORATORY, Lack.SAMPLING_UNDECIDED, Lack.UNSAMPLED),
}


def lack_of(task: Task, known: Known) -> Lack | None:
    """Return what keeps a task open; None when it is closed."""
    if task is Task.DOCUMENTS:
        return None if known.standing is Settled.CONCLUDED else Lack.UNREAD
    ahead, undecided, undone = SENTENCES[task]
    if known.ahead:
        return ahead
    if known.is_needed is None:
        return undecided
    return undone if known.is_needed and not known.made else None


def rulings_on(task: Task, known: Known) -> tuple[Settled, ...]:
    """List what may be ruled on a task now: what the regulation imposes, or was begun, is not set aside."""
    if task is Task.DOCUMENTS:
        return (Settled.CONCLUDED,)
    if known.is_systematic or known.made or known.ahead:
        return ()
    other = {Settled.NEEDED: Settled.NOT_NEEDED, Settled.NOT_NEEDED: Settled.NEEDED}
    return (other[known.standing],) if known.standing in other else (Settled.NOT_NEEDED, Settled.NEEDED)
