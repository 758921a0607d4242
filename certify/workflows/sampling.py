"""A sample: split in three, analysed blind, and which of two analyses counts (`domain.md` §3.3, move 9)."""

from __future__ import annotations

from collections.abc import Collection

from certify.workflows.machine import Term, Tone
from certify.workflows.words import N_


class Part(Term):
    """What one of the three parts of a sample is for."""

    ANALYSIS = "analysis", N_("Analysis")
    COUNTER_ANALYSIS = "counter_analysis", N_("Counter-analysis")
    WITNESS = "witness", N_("Witness")
    """Kept sealed; goes to no laboratory here."""


class Prevailing(Term):
    """Which analysis counts where two were made of one sample."""

    COUNTER_ANALYSIS = "counter_analysis", N_("The counter-analysis counts")
    ANALYSIS = "analysis", N_("The first analysis counts")


class Progress(Term):
    """How far a part of a sample is."""

    KEPT = "kept", N_("Kept")
    AWAITED = "awaited", N_("At the laboratory")
    RECEIVED = "received", N_("Results received")

    @property
    def tone(self) -> Tone:
        """Give the colour and the shape beside the word."""
        return {Progress.AWAITED: Tone.YOURS, Progress.RECEIVED: Tone.GOOD}.get(self, Tone.QUIET)


def prevails(parts: Collection[Part], rule: Prevailing) -> Part | None:
    """Return which of the parts that have a result for a criterion counts in the grid; None when none has."""
    order = (Part.ANALYSIS, Part.COUNTER_ANALYSIS)
    if rule is Prevailing.COUNTER_ANALYSIS:
        order = order[::-1]
    return next((part for part in order if part in parts), None)
