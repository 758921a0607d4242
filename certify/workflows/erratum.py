"""The life of an erratum to signed minutes (`domain.md` §3.5), and what it may never touch.

Signed minutes are not edited. An erratum is an act beside them: drawn up by the secretariat, signed by the secretary,
then by the president. It mends the account of a meeting, never what the meeting decided: an outcome, a vote, a ballot,
a date of effect or a state stand until another decision takes their place. So there is no move here of a meeting, of a
dossier or of a licence, and a passage that tells of one of these five is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_, tidy


class State(Term):
    """Where an erratum stands: stored value, label, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    INTENDED = "intended", N_("Not drawn up yet"), Tone.QUIET
    DRAWN_UP = "drawn_up", N_("To be signed by the secretary"), Tone.YOURS
    ATTESTED = "attested", N_("Signed by the secretary"), Tone.YOURS
    SIGNED = "signed", N_("In force"), Tone.GOOD
    DROPPED = "dropped", N_("Given up before it was signed"), Tone.QUIET


class Action(Term):
    """What is done to an erratum; the label is what the button says. The journal of the meeting keeps each."""

    DRAW_UP = "draw_up_erratum", N_("Draw up an erratum")
    ATTEST = "attest_erratum", N_("Sign the erratum as secretary")
    SIGN = "sign_erratum", N_("Sign the erratum")
    DROP = "drop_erratum", N_("Give up the erratum")


class Passage(Term):
    """What of the minutes an erratum is about."""

    PARTICULARS = "particulars", N_("Place, hours or convocation")
    ATTENDANCE = "attendance", N_("Who was there, and when")
    NAMES = "names", N_("A name or a title")
    INTERESTS = "interests", N_("Interests and departures")
    PAPERS = "papers", N_("The documents seen")
    DEBATE = "debate", N_("The summary of the debate")
    WORDING = "wording", N_("A slip in the wording, which leaves the meaning as it is")
    OUTCOME = "outcome", N_("The outcome of an item")
    VOTE = "vote", N_("The count of a vote, or its quorum")
    BALLOT = "ballot", N_("A ballot")
    EFFECT = "effect", N_("The day from which a decision has effect")
    STATE = "state", N_("The state of a dossier, a licence or a meeting")


FIXED = frozenset({Passage.OUTCOME, Passage.VOTE, Passage.BALLOT, Passage.EFFECT, Passage.STATE})
"""What no erratum changes."""

MENDABLE = tuple(passage for passage in Passage if passage not in FIXED)

DECISIVE = re.compile(
    r"\b(?:(?:dé|un)?favou?rables?|approu?v\w*|refus\w*|homologu\w*|ajourn\w*|adjourn\w*|reject\w*|rejet\w*"
    r"|réserv\w*|reserv\w*|abst\w+|quorum|tie|suspend\w*|suspen\w*|retir\w*|withdr\w*|grant\w*|accord\w*|voix|votes?|ballots?|bulletins?)\b"
    r"|(?:ب|ال|بال|لل)?موافق\w*|(?:ب|ال|بال)?رفض\w*|رافض\w*|مرفوض\w*|تأجيل\w*|التأجيل|مؤجل\w*|امتناع\w*|ممتنع\w*|النصاب"
    r"|تحفظ\w*|متحفظ\w*|تصويت\w*|التصويت|صوت\w*|أصوات|الأصوات|سحب\w*",
    re.IGNORECASE,
)
"""The words that tell what was decided and how it was counted, in the three languages."""

FIGURES = re.compile(r"\d+")


@dataclass(frozen=True)
class Facts:
    """What the guards look at; whoever asks for a move states the facts that concern it."""

    minutes_are_signed: bool = False
    passage: Passage | None = None
    says: str = ""
    should_say: str = ""
    has_reason: bool = False
    is_another_hand: bool = False


def keeps_decision(says: str, should_say: str, passage: Passage | None) -> bool:
    """Tell whether two wordings tell of the same decision: as many of each decisive word, and then of each figure.

    The debate is what people said, whatever was decided then: it is not held to that.
    """
    if passage is Passage.DEBATE:
        return True
    before, after = tidy(says).casefold(), tidy(should_say).casefold()
    told = Counter(DECISIVE.findall(before))
    if told != Counter(DECISIVE.findall(after)):
        return False
    return not told or Counter(FIGURES.findall(before)) == Counter(FIGURES.findall(after))


MINUTES = Guard(
    N_("The minutes are not signed yet: correct them instead of adding an erratum."), lambda f: f.minutes_are_signed
)
OPEN_TO_IT = Guard(
    N_("An erratum never changes an outcome, a vote, a ballot, a date of effect or a state: a new decision does."),
    lambda f: f.passage not in FIXED,
)
SAME_DECISION = Guard(
    N_(
        "The two wordings do not tell of the same decision or count. An erratum never changes an outcome, a vote, a"
        " ballot, a date of effect or a state; quote only the words that are wrong."
    ),
    lambda f: keeps_decision(f.says, f.should_say, f.passage),
)
DIFFERENT = Guard(N_("Both wordings are the same: there is nothing to mend."), lambda f: f.says != f.should_say)
REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)
ANOTHER_HAND = Guard(N_("Two different people sign the erratum."), lambda f: f.is_another_hand)

S, A, R = State, Action, Role

TABLE = (
    # source           action      target       who may         conditions
    move(S.INTENDED, A.DRAW_UP, S.DRAWN_UP, R.SECRETARIAT, MINUTES, OPEN_TO_IT, DIFFERENT, SAME_DECISION, REASON),
    move(S.DRAWN_UP, A.ATTEST, S.ATTESTED, R.SECRETARIAT),
    move(S.DRAWN_UP, A.DROP, S.DROPPED, R.SECRETARIAT, REASON),
    move(S.ATTESTED, A.SIGN, S.SIGNED, R.PRESIDENT, ANOTHER_HAND),
    move(S.ATTESTED, A.DROP, S.DROPPED, R.SECRETARIAT, R.PRESIDENT, REASON),
)

LIFE = Machine(State.INTENDED, TABLE)
