"""The verdict on a code: one law for the page, for machines and for a device without network (`trust.md` §3.10).

Whoever asks gathers what is known; the first row of LAW that holds gives the answer. TDM-1 names ten verdicts; three
more tell apart what it calls unknown or leaves out: a code mistyped, an authorisation that has not begun, a register
that does not answer. The last is never "invalid".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from certify.workflows.licence import State
from certify.workflows.machine import Term, Tone
from certify.workflows.words import N_


class Verdict(Term):
    """The one answer to whoever scans or types a code; the label is the headline of the page."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    VALID = "valid", N_("Valid label"), Tone.GOOD
    WATCHED = "watched", N_("Valid label, a code looked at a lot"), Tone.YOURS
    SUSPENDED = "suspended", N_("Suspended label"), Tone.YOURS
    WITHDRAWN = "withdrawn", N_("Withdrawn label"), Tone.BAD
    EXPIRED = "expired", N_("Expired label"), Tone.QUIET
    NOT_YET = "not_yet", N_("Label not yet valid"), Tone.QUIET
    SUSPECT = "suspect", N_("Suspected counterfeit"), Tone.BAD
    COUNTERFEIT = "counterfeit", N_("Forged code"), Tone.BAD
    UNKNOWN = "unknown", N_("Unknown code"), Tone.QUIET
    MISTYPED = "mistyped", N_("Mistyped code"), Tone.QUIET
    FOREIGN = "foreign", N_("This code is not of the label"), Tone.BAD
    STALE = "stale", N_("Status not checked (offline)"), Tone.QUIET
    CANNOT_CHECK = "cannot_check", N_("Cannot check right now"), Tone.QUIET

    @property
    def word(self) -> str:
        """The word that machines read: a code looked at a lot is valid, with a reason besides."""
        return Verdict.VALID.value if self is Verdict.WATCHED else self.value


class SealReading(Term):
    """What the seal of a code says by itself, without asking anybody."""

    GENUINE = "genuine", N_("The seal is genuine")
    FORGED = "forged", N_("The seal is forged")
    UNKNOWN_KEY = "unknown_key", N_("The seal is of an unknown key")
    COMPROMISED = "compromised", N_("The key of this seal was compromised")
    ENDED = "ended", N_("The key of this seal is past its term")
    UNSEALED = "unsealed", N_("This code bears no seal")
    UNREAD = "unread", N_("The seal cannot be read right now")


class CodeState(Term):
    """Where the code of one unit, lot or paper stands; one that names no such thing (a GTIN alone) has no state."""

    ABSENT = "absent", N_("never issued")
    PRINTED = "printed", N_("printed, not in use yet")
    ACTIVE = "active", N_("in use")
    VOID = "void", N_("destroyed, stolen or returned")


class Reason(Term):
    """Why a verdict is what it is; the stored words are what machines read, the label is a sentence of the page."""

    SEALED = "sealed", N_("The code bears the seal of the label: nobody else can make it.")
    UNSEALED = "unsealed", N_("The code carries no seal: it says which authorisation it names, not who printed it.")
    COMPROMISED_KEY = (
        *("compromised_key",),
        N_("The key of this seal was stolen once: the seal proves nothing, only the register counts."),
    )
    ENDED_KEY = (
        *("ended_key",),
        N_("The key of this seal is past its term: the seal proves nothing any more, only the register counts."),
    )
    FOREIGN_HOST = "foreign_host", N_("The address is not an address of the label.")
    MALFORMED = "malformed", N_("What was read cannot be a code of the label.")
    FORGED = "forged", N_("The seal was not made by the label, or not for this code.")
    UNKNOWN_KEY = "unknown_key", N_("The seal names a key that the label does not have.")
    NO_ANSWER = "no_answer", N_("The register does not answer.")
    NOT_ISSUED = "not_issued", N_("The label has not issued this code.")
    NOT_FOUND = "not_found", N_("The register does not hold this code.")
    VOID = "void", N_("This code was declared destroyed, stolen or returned.")
    NOT_ACTIVATED = "not_activated", N_("This code was printed, but no producer has put it on a pack.")
    COPIED = "copied", N_("Copies of this very code were found.")
    ALERT = "alert", N_("Counterfeits of this product were found.")
    NOT_LISTED = "not_listed", N_("What this device keeps does not name this code.")
    OLD_STATUS = "old_status", N_("What this device knows of the authorisations is too old.")
    WITHDRAWN = "withdrawn", N_("The authorisation was withdrawn.")
    SUSPENDED = "suspended", N_("The authorisation is suspended.")
    EXPIRED = "expired", N_("The authorisation is over.")
    NOT_YET = "not_yet", N_("The authorisation has not begun.")
    PACKED_BEFORE = "packed_before", N_("The lot was packed while the authorisation was in force.")
    WATCHED = "watched", N_("This code was looked at in several places: it may have been copied.")
    ACTIVATION_UNSEEN = (
        *("activation_unseen",),
        N_("Whether this numbered label was put into use was not checked: that needs the network."),
    )


class Standing(NamedTuple):
    """How a licence stands. `since` is the day of the last change, `is_prospective` whether it spares what was packed
    before: it does unless health or fraud is the ground.
    """

    state: State
    valid_from: date
    valid_to: date
    since: date | None = None
    is_prospective: bool = False
    is_alerted: bool = False


class Known(NamedTuple):
    """All that is known when a code is judged, on the day `today` in Casablanca.

    `seal` is None when the code cannot be read. Offline, `is_fresh` says that the status list has not passed its term,
    and `does_answer` that this device keeps anything. `packed_on` is the day on which the lot was packed.
    `names_unit`: the code names one label by its serial, or is twelve characters that no known licence bears; whether
    that was issued and put into use, the register alone knows.
    """

    today: date
    seal: SealReading | None = SealReading.UNSEALED
    is_online: bool = True
    is_host_ours: bool = True
    does_answer: bool = True
    is_fresh: bool = True
    code: CodeState | None = None
    licence: Standing | None = None
    is_copied: bool = False
    is_watched: bool = False
    packed_on: date | None = None
    names_unit: bool = False

    @property
    def is_sealed(self) -> bool:
        """Whether the seal verifies, even by a key that no longer counts."""
        return self.seal in (SealReading.GENUINE, SealReading.COMPROMISED, SealReading.ENDED)

    @property
    def is_unit_unseen(self) -> bool:
        """Whether a label is named of which only the register could say that it was issued and put into use."""
        return self.names_unit and not self.is_online

    @property
    def is_spared(self) -> bool:
        """Whether a change of the licence leaves out what was packed before it, as this lot was."""
        at = self.licence
        return bool(self.packed_on and at.is_prospective and at.since and self.packed_on < at.since)

    @property
    def was_packed_within(self) -> bool:
        """Whether the lot was packed within the validity."""
        at = self.licence
        return self.packed_on is not None and at.valid_from <= self.packed_on <= min(at.valid_to, self.today)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and its reasons: what the seal says first, where it was read, then what decided."""

    verdict: Verdict
    reasons: tuple[Reason, ...]


def is_over(known: Known) -> bool:
    """Tell whether a licence is past its term: the dates count even before the clock has moved the state."""
    return known.licence.state is State.EXPIRED or known.today > known.licence.valid_to


V, R, S = Verdict, Reason, SealReading

LAW: tuple[tuple[Callable[[Known], bool], Verdict, Reason | None], ...] = (
    # when                                                                       the answer       because
    (lambda k: not k.is_host_ours, V.FOREIGN, R.FOREIGN_HOST),
    (lambda k: k.seal is None, V.MISTYPED, R.MALFORMED),
    (lambda k: k.seal is S.FORGED, V.COUNTERFEIT, R.FORGED),
    (lambda k: k.seal is S.UNKNOWN_KEY and not k.is_online and not k.is_fresh, V.CANNOT_CHECK, R.UNKNOWN_KEY),
    (lambda k: k.seal is S.UNKNOWN_KEY, V.COUNTERFEIT, R.UNKNOWN_KEY),
    (lambda k: not k.does_answer or k.seal is S.UNREAD, V.CANNOT_CHECK, R.NO_ANSWER),
    (lambda k: k.seal in (S.COMPROMISED, S.ENDED) and not k.is_online, V.CANNOT_CHECK, None),
    (lambda k: k.code is CodeState.ABSENT and k.is_sealed, V.COUNTERFEIT, R.NOT_ISSUED),
    (lambda k: k.code is CodeState.ABSENT, V.UNKNOWN, R.NOT_FOUND),
    (lambda k: k.code is CodeState.VOID, V.SUSPECT, R.VOID),
    (lambda k: k.code is CodeState.PRINTED, V.SUSPECT, R.NOT_ACTIVATED),
    (lambda k: k.is_copied, V.SUSPECT, R.COPIED),
    (lambda k: not k.licence and not k.is_online and (k.is_sealed or not k.is_fresh), V.STALE, R.NOT_LISTED),
    (lambda k: not k.licence and k.is_unit_unseen, V.STALE, R.NOT_LISTED),
    (lambda k: not k.licence or k.licence.state is State.TO_SIGN, V.UNKNOWN, R.NOT_FOUND),
    (lambda k: not k.is_online and not k.is_fresh, V.STALE, R.OLD_STATUS),
    (lambda k: k.licence.is_alerted, V.SUSPECT, R.ALERT),
    (lambda k: k.licence.state is State.WITHDRAWN and not k.is_spared, V.WITHDRAWN, R.WITHDRAWN),
    (lambda k: is_over(k) and not k.was_packed_within, V.EXPIRED, R.EXPIRED),
    (lambda k: k.licence.state is State.SUSPENDED and not is_over(k) and not k.is_spared, V.SUSPENDED, R.SUSPENDED),
    (lambda k: k.today < k.licence.valid_from, V.NOT_YET, R.NOT_YET),
    (lambda k: k.is_unit_unseen and not k.is_sealed, V.STALE, R.NOT_LISTED),
    (lambda k: k.is_watched, V.WATCHED, R.WATCHED),
    (lambda _: True, V.VALID, None),
)
"""What is withdrawn stays so after its term; a suspension ends with it, as the licence does (`domain.md` §3.6, A8).
Anybody can write a serial: without a seal and without the register it names nothing that is known to exist.
"""

OF_SEAL = {S.GENUINE: R.SEALED, S.UNSEALED: R.UNSEALED, S.COMPROMISED: R.COMPROMISED_KEY, S.ENDED: R.ENDED_KEY}
SPARED = frozenset({V.VALID, V.WATCHED})


@lru_cache(4096)
def judge(known: Known) -> Judgement:
    """Give the verdict on a code, and why."""
    verdict, because = next((answer, why) for holds, answer, why in LAW if holds(known))
    reasons = (OF_SEAL.get(known.seal) if known.is_host_ours else None, because)
    spared = R.PACKED_BEFORE if verdict in SPARED and _is_kept_by_packing(known) else None
    unseen = R.ACTIVATION_UNSEEN if verdict in SPARED and known.is_unit_unseen else None
    return Judgement(verdict, tuple(reason for reason in (*reasons, spared, unseen) if reason))


def verdict_of(state: State | None, valid_from: date | None, valid_to: date | None, today: date) -> Verdict:
    """Judge a licence by itself, as a mark typed by hand is judged."""
    is_signed = state and valid_from and valid_to
    return judge(Known(today, licence=Standing(state, valid_from, valid_to) if is_signed else None)).verdict


def _is_kept_by_packing(known: Known) -> bool:
    """Tell whether it is the day of packing alone that makes a code valid."""
    return known.packed_on is not None and (known.licence.state is not State.ACTIVE or is_over(known))
