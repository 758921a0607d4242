"""The opening number under the field of a label: the first right one is recorded, wrong ones counted, the fifth locks.

Nothing is kept of a label until somebody types a number for it, and never anything of whoever typed (TDM-1, §3.4). Who
opens a pack first is handed a receipt: with it they are told later that it was they, not that somebody was faster.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from hmac import compare_digest

from sqlalchemy import select

from certify.models import LabelGuess, LabelOpening, LabelSerial
from certify.operations.acting import Actor
from certify.operations.labels import identity_of
from certify.trust.keyring import GivenUp, Keyring
from certify.trust.pin import DIGITS, is_pin, receipt_tag
from certify.workflows.errors import Malformed, Refused
from certify.workflows.label import LIFE, Action, Bearer, Facts, State
from certify.workflows.machine import Term, Tone
from certify.workflows.numbering import SHORT_LENGTH, make_opening_receipt
from certify.workflows.words import N_, tidy

MOST_FAILURES = 5
LOCKED_FOR = timedelta(hours=24)

NO_PIN = N_("This label has no opening number, or nobody gave out such a label.")


GIVEN_UP = N_(
    "The key of these opening numbers was stolen once: this number proves nothing. Scan the code of the pack instead."
)


class Answer(Term):
    """What an opening number is answered; the label is the headline."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    FIRST = "first", N_("First opening: recorded now"), Tone.GOOD
    YOURS = "yours", N_("You opened this pack"), Tone.GOOD
    AGAIN = "again", N_("This pack was opened before"), Tone.YOURS
    WRONG = "wrong", N_("This is not the number of this label"), Tone.BAD
    LOCKED = "locked", N_("Too many wrong numbers"), Tone.QUIET
    NOT_ACTIVE = "not_active", N_("This label was not activated"), Tone.BAD
    VOID = "void", N_("This label is void"), Tone.BAD


@dataclass(frozen=True)
class Opened:
    """The answer; `at` and `region` are those of the first opening, `left` the tries that remain.

    `receipt` is that of the first opening, for whoever made it; `is_receipt_wrong`: the one that was shown is not that.
    """

    answer: Answer
    at: datetime | None = None
    region: str | None = None
    left: int = 0
    until: datetime | None = None
    receipt: str | None = None
    is_receipt_wrong: bool = False


@dataclass(frozen=True)
class Receipts:
    """What came with a number: the receipt `offered` with the form, and one `kept` from an earlier opening, if any.

    The first opening hands out the one offered: whoever sends a form again, since its answer was lost, is known by it.
    """

    offered: str | None = None
    kept: str | None = None


NO_RECEIPTS = Receipts()


def new_receipt() -> str:
    """Draw a receipt; it is worth nothing until a pack is opened with it."""
    return make_opening_receipt(secrets.token_bytes(SHORT_LENGTH - 1))


def open_pack(
    serial: str, typed: str, *, region: str | None, keys: Keyring, actor: Actor, receipts: Receipts = NO_RECEIPTS
) -> Opened:
    """Judge the number typed for the label of a serial; a right one opens it, a wrong one is counted.

    `region` is where the buyer says they are; nothing else is asked. Raises Malformed when no number belongs to it,
    Refused when its key was stolen, and NoKeys when the key is not at hand.
    """
    label = actor.session.scalars(select(LabelSerial).where(LabelSerial.serial == serial)).one_or_none()
    if label is None or not label.batch.has_pin:
        raise Malformed(NO_PIN)
    actor.hold(label)
    if label.state not in (State.ACTIVE, State.OPENED):
        return Opened(Answer.VOID if label.state is State.VOID else Answer.NOT_ACTIVE)
    guess = actor.session.get(LabelGuess, label.id, with_for_update=True)
    if guess and guess.locked_until and actor.at < guess.locked_until:
        return Opened(Answer.LOCKED, until=guess.locked_until)
    try:
        key = keys.pin_key_of(label.batch.pin_year)
    except GivenUp as given_up:
        raise Refused(GIVEN_UP) from given_up
    named = identity_of(label.batch, serial)
    if not is_pin(named, digits_of(typed), key):
        return _count(label, guess, actor=actor)
    first = actor.session.get(LabelOpening, label.id)
    if first:
        return _again(first, receipts, partial(receipt_tag, named, key=key))
    label.state = LIFE.decide(label.state, Action.OPEN, {Bearer.BUYER}, Facts(is_right_pin=True))
    receipt = receipts.offered or new_receipt()
    tag = receipt_tag(named, receipt, key)
    actor.session.add(LabelOpening(serial_id=label.id, at=actor.at, region=region, receipt=tag))
    actor.session.flush()
    return Opened(Answer.FIRST, actor.at, region, receipt=receipt)


def digits_of(typed: str) -> str:
    """Return the eight digits typed, spaces and dashes left out. Raises Malformed."""
    digits = re.sub(r"[ .\-]", "", tidy(typed))
    if not re.fullmatch(rf"[0-9]{{{DIGITS}}}", digits):
        raise Malformed(N_("The number under the field has %(count)s digits."), count=DIGITS)
    return digits


def _again(first: LabelOpening, receipts: Receipts, tag_of: Callable[[str], bytes]) -> Opened:
    """Tell whoever shows the receipt of the first opening that it was they; anybody else, when it was."""
    for receipt in filter(None, (receipts.kept, receipts.offered)):
        if first.receipt and compare_digest(tag_of(receipt), first.receipt):
            return Opened(Answer.YOURS, first.at, first.region, receipt=receipt)
    return Opened(Answer.AGAIN, first.at, first.region, is_receipt_wrong=receipts.kept is not None)


def _count(label: LabelSerial, guess: LabelGuess | None, *, actor: Actor) -> Opened:
    """Count a wrong number; the fifth locks the label for a day, and the count begins anew."""
    if guess is None:
        guess = LabelGuess(serial_id=label.id, failures=0)
        actor.session.add(guess)
    guess.failures += 1
    if guess.failures < MOST_FAILURES:
        guess.locked_until = None
        actor.session.flush()
        return Opened(Answer.WRONG, left=MOST_FAILURES - guess.failures)
    guess.failures, guess.locked_until = 0, actor.at + LOCKED_FOR
    actor.session.flush()
    return Opened(Answer.LOCKED, until=guess.locked_until)
