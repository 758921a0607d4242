"""What a paper that somebody holds proves: read from the file, held against what was issued, judged by one table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from certify.workflows.machine import Term, Tone
from certify.workflows.words import N_


class PaperSeal(StrEnum):
    """What the seal of a PDF says by itself: ours and whole, ours and changed since, somebody else’s, none."""

    INTACT = "intact"
    BROKEN = "broken"
    FOREIGN = "foreign"
    MISSING = "missing"


@dataclass(frozen=True)
class PaperReading:
    """What a PDF says of itself. `number` is the one it claims; `sealed_at`, when the seal says it was made.

    `digests` are the SHA-256 of the file, then of what it was before each addition, the newest first. `is_stamped`: a
    time-stamp proves the moment. `is_retired`: the sealing certificate has ended since, which takes nothing away.
    """

    seal: PaperSeal
    digests: tuple[str, ...]
    number: str | None = None
    sealed_at: datetime | None = None
    is_stamped: bool = False
    is_retired: bool = False


class Finding(Term):
    """The answer to whoever drops a paper: stored value, headline, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    GENUINE = "genuine", N_("This paper is genuine"), Tone.GOOD
    SUPERSEDED = "superseded", N_("This paper is genuine, and a newer one has replaced it"), Tone.YOURS
    OUTLIVED = "outlived", N_("This paper is genuine, but its authorisation no longer stands"), Tone.YOURS
    ALERTED = "alerted", N_("This paper is genuine, but counterfeits of its product were found"), Tone.YOURS
    CORRECTED = "corrected", N_("This paper is genuine, and has been corrected since"), Tone.YOURS
    ALTERED = "altered", N_("This paper was altered"), Tone.BAD
    FOREIGN = "foreign", N_("This paper was sealed by somebody else"), Tone.BAD
    UNRECORDED = "unrecorded", N_("This seal cannot be confirmed"), Tone.BAD
    UNKNOWN = "unknown", N_("This is not a paper of the label"), Tone.QUIET


class Difference(Term):
    """How an altered paper differs from the one issued."""

    BEHIND = "behind", N_("Something that shows nothing was added behind the seal, as archives do; the paper is whole.")
    ADDED = "added", N_("Something was added after the seal; what was sealed is still inside.")
    UNSEALED = "unsealed", N_("Its text is the one we issued, but its seal was removed.")
    CHANGED = "changed", N_("The file was changed: what it shows is no longer what we issued.")


class Match(StrEnum):
    """How a file relates to what was issued."""

    FILE = "file"
    """It is the very file."""
    WITHIN = "within"
    """It holds that file, and something after it."""
    BARE = "bare"
    """It is that file before its seal."""
    BEGINS = "begins"
    """It begins as that file and goes on otherwise."""
    CLAIMS = "claims"
    """It bears the number of a certificate that was issued, and is none of its files."""
    NONE = "none"
    """It is nothing that was issued."""


DIFFERENCES = {
    Match.WITHIN: Difference.ADDED,
    Match.BARE: Difference.UNSEALED,
    Match.BEGINS: Difference.CHANGED,
}
SAYS = {
    PaperSeal.INTACT: Finding.UNRECORDED,
    PaperSeal.BROKEN: Finding.ALTERED,
    PaperSeal.FOREIGN: Finding.FOREIGN,
    PaperSeal.MISSING: Finding.UNKNOWN,
}
"""What the seal says of a file that matches nothing issued."""


class Since(NamedTuple):
    """What became since of what a paper says.

    `is_newest`: no later version replaces it; `stands`: the licence that a certificate is about still does, and
    `is_alerted`: counterfeits of its product were found; `is_corrected`: an erratum stands beside it.
    """

    is_newest: bool = True
    stands: bool = True
    is_alerted: bool = False
    is_corrected: bool = False


NOTHING = Since()


def judge(seal: PaperSeal, match: Match, since: Since = NOTHING) -> tuple[Finding, Difference | None]:
    """Judge a paper by its seal, by what was issued, and by what became of it since.

    What was issued counts before the seal: whoever stole the key makes seals, and no papers. An archive may add a
    time-stamp behind a seal, which leaves it intact (ETSI EN 319 142).
    """
    if match is Match.FILE or (match is Match.WITHIN and seal is PaperSeal.INTACT):
        behind = Difference.BEHIND if match is Match.WITHIN else None
        return _genuine(since), behind
    if match in DIFFERENCES:
        return Finding.ALTERED, DIFFERENCES[match]
    if match is Match.CLAIMS and seal is PaperSeal.MISSING:
        return Finding.ALTERED, Difference.CHANGED
    finding = SAYS[seal]
    return finding, Difference.CHANGED if finding is Finding.ALTERED else None


def _genuine(since: Since) -> Finding:
    """Say of a genuine paper what whoever relies on it today must know first."""
    if not since.stands:
        return Finding.OUTLIVED
    if since.is_alerted:
        return Finding.ALERTED
    if not since.is_newest:
        return Finding.SUPERSEDED
    return Finding.CORRECTED if since.is_corrected else Finding.GENUINE
