"""The life of a committee meeting (`domain.md` §3.4): convened in time, opened, closed, minuted, signed.

The secretariat proposes the minutes; who sat approves them, each by a word or all by the time the regulation gives; the
secretary signs, then the president. A correction in between takes the first signature with it: what was signed is gone.
"""

from __future__ import annotations

from dataclasses import dataclass

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_


class State(Term):
    """Where a meeting stands: stored value, label, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    DRAFT = "draft", N_("In preparation"), Tone.QUIET
    CONVENED = "convened", N_("Convened"), Tone.GOOD
    OPEN = "open", N_("Open"), Tone.YOURS
    SUSPENDED = "suspended", N_("Suspended"), Tone.YOURS
    CLOSED = "closed", N_("Closed"), Tone.GOOD
    MINUTES_DRAFTED = "minutes_drafted", N_("Minutes proposed"), Tone.YOURS
    MINUTES_ATTESTED = "minutes_attested", N_("Signed by the secretary"), Tone.YOURS
    MINUTES_SIGNED = "minutes_signed", N_("Minutes signed"), Tone.GOOD
    NO_QUORUM = "no_quorum", N_("Quorum not reached"), Tone.BAD
    POSTPONED = "postponed", N_("Postponed"), Tone.QUIET
    CANCELLED = "cancelled", N_("Cancelled"), Tone.QUIET


class Action(Term):
    """What is done to a meeting; the label is what the button says."""

    CONVENE = "convene", N_("Convene the meeting")
    OPEN = "open", N_("Open the meeting")
    SUSPEND = "suspend", N_("Suspend the meeting")
    RESUME = "resume", N_("Resume the meeting")
    CLOSE = "close", N_("Close the meeting")
    DECLARE_NO_QUORUM = "declare_no_quorum", N_("Declare the quorum missing")
    DRAW_UP_MINUTES = "draw_up_minutes", N_("Draw up the minutes")
    CORRECT_MINUTES = "correct_minutes", N_("Correct the minutes")
    ATTEST_MINUTES = "attest_minutes", N_("Sign the minutes as secretary")
    SIGN_MINUTES = "sign_minutes", N_("Sign the minutes")
    POSTPONE = "postpone", N_("Postpone the meeting")
    CANCEL = "cancel", N_("Cancel the meeting")


@dataclass(frozen=True)
class Facts:
    """What the guards look at; whoever asks for a move states the facts that concern it."""

    items: int = 0
    seats: int = 0
    notice_is_kept: bool = False
    is_its_day: bool = False
    has_quorum: bool = False
    items_in_deliberation: int = 0
    items_unsettled: int = 0
    has_reason: bool = False
    remarks_open: int = 0
    approvals_awaited: int = 0
    reading_is_over: bool = False
    is_another_hand: bool = False


ITEMS = Guard(N_("The agenda is empty."), lambda f: f.items > 0)
SEATS = Guard(N_("Nobody sits on the committee yet."), lambda f: f.seats > 0)
NOTICE = Guard(N_("The members must be convened earlier than that."), lambda f: f.notice_is_kept)
ITS_DAY = Guard(N_("The meeting opens on its day, not before."), lambda f: f.is_its_day)
QUORUM = Guard(N_("The quorum of the meeting is not reached."), lambda f: f.has_quorum)
NO_QUORUM = Guard(N_("The quorum of the meeting is reached."), lambda f: not f.has_quorum)
NOTHING_OPEN = Guard(N_("An item is still in deliberation."), lambda f: f.items_in_deliberation == 0)
SETTLED = Guard(
    N_("Some items still lack their reasons, reservations or adjournment terms."), lambda f: f.items_unsettled == 0
)
REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)

ANSWERED = Guard(N_("A remark on the minutes still awaits the secretariat’s answer."), lambda f: f.remarks_open == 0)
APPROVED = Guard(
    N_("The members who sat have not all approved the minutes, and their time to read them is not over."),
    lambda f: f.approvals_awaited == 0 or f.reading_is_over,
)
ANOTHER_HAND = Guard(N_("Two different people sign the minutes."), lambda f: f.is_another_hand)

S, A, R = State, Action, Role

TABLE = (
    # source            action                target             who may                     conditions
    move(S.DRAFT, A.CONVENE, S.CONVENED, R.SECRETARIAT, SEATS, ITEMS, NOTICE),
    move(S.DRAFT, A.CANCEL, S.CANCELLED, R.SECRETARIAT, REASON),
    move(S.CONVENED, A.OPEN, S.OPEN, R.PRESIDENT, ITS_DAY, QUORUM),
    move(S.CONVENED, A.DECLARE_NO_QUORUM, S.NO_QUORUM, R.PRESIDENT, ITS_DAY, NO_QUORUM),
    move(S.CONVENED, A.POSTPONE, S.POSTPONED, R.SECRETARIAT, REASON),
    move(S.CONVENED, A.CANCEL, S.CANCELLED, R.SECRETARIAT, REASON),
    move(S.OPEN, A.CLOSE, S.CLOSED, R.PRESIDENT, NOTHING_OPEN),
    move(S.OPEN, A.SUSPEND, S.SUSPENDED, R.PRESIDENT, NOTHING_OPEN),
    move(S.SUSPENDED, A.RESUME, S.OPEN, R.PRESIDENT),
    move(S.SUSPENDED, A.CLOSE, S.CLOSED, R.PRESIDENT, NOTHING_OPEN),
    move(S.CLOSED, A.DRAW_UP_MINUTES, S.MINUTES_DRAFTED, R.SECRETARIAT, SETTLED),
    move(S.MINUTES_DRAFTED, A.ATTEST_MINUTES, S.MINUTES_ATTESTED, R.SECRETARIAT, SETTLED, ANSWERED, APPROVED),
    move(S.MINUTES_DRAFTED, A.CORRECT_MINUTES, S.CLOSED, R.SECRETARIAT, R.PRESIDENT, REASON),
    move(S.MINUTES_ATTESTED, A.SIGN_MINUTES, S.MINUTES_SIGNED, R.PRESIDENT, SETTLED, ANOTHER_HAND),
    move(S.MINUTES_ATTESTED, A.CORRECT_MINUTES, S.CLOSED, R.SECRETARIAT, R.PRESIDENT, REASON),
)

LIFE = Machine(State.DRAFT, TABLE)


def timetable(starts_at: str, items: int, minutes: int) -> tuple[str, ...]:
    """Estimate when each of `items` begins, at `minutes` each, and last when the agenda ends: ("09:30", "09:50", …)."""
    hour, minute = map(int, starts_at.split(":"))
    begin = hour * 60 + minute
    moments = (begin + place * minutes for place in range(items + 1))
    return tuple(f"{moment // 60 % 24:02}:{moment % 60:02}" for moment in moments)
