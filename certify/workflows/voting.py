"""The vote of the committee: who counts for the quorum of an item, what may be chosen, and what the ballots decide.

Everything is counted in whole numbers and for one item at a time. Nothing here knows who voted what in name.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from certify.workflows.errors import AlreadyVoted, Conflicted, Malformed, NotAllowed, WrongState
from certify.workflows.machine import Term
from certify.workflows.words import N_


class Choice(Term):
    """What a member may put on a ballot. An abstention is recorded and is not a vote cast."""

    FAVOURABLE = "favourable", N_("Favourable")
    FAVOURABLE_WITH_RESERVATIONS = "favourable_with_reservations", N_("Favourable with reservations")
    ADJOURN = "adjourn", N_("Adjourn")
    UNFAVOURABLE = "unfavourable", N_("Unfavourable")
    ABSTENTION = "abstention", N_("Abstention")


class Stance(Term):
    """Which way the opinion of a consultative member goes; it weighs in the debate and is never counted."""

    FAVOURABLE = "favourable", N_("Favourable opinion")
    UNFAVOURABLE = "unfavourable", N_("Unfavourable opinion")


class Outcome(Term):
    """What a vote decides about the dossier."""

    APPROVED = "approved", N_("Approved")
    APPROVED_WITH_RESERVATIONS = "approved_with_reservations", N_("Approved with reservations")
    REFUSED = "refused", N_("Refused")
    ADJOURNED = "adjourned", N_("Adjourned")


@dataclass(frozen=True)
class VotingRule:
    """The parameters of the committee section of the regulation.

    `minimum_voters`: seats that must remain entitled to vote on an item once recusals are set aside.
    `second_convocation_minimum`: seats that make a meeting valid when it is called a second time.
    `casting_vote`: the president's vote prevails on a tie. `max_adjournments`: how often one dossier may be adjourned.
    `quorum_share`, `majority_share`: more than this share of the seats, of the votes cast, is needed.
    """

    minimum_voters: int
    second_convocation_minimum: int
    casting_vote: bool
    max_adjournments: int
    quorum_share: Fraction = Fraction(1, 2)
    majority_share: Fraction = Fraction(1, 2)

    def seats_required(self, base: int) -> int:
        """Return how many of `base` seats make the quorum: more than its share; for a half, floor(N/2) + 1."""
        return int(base * self.quorum_share) + 1

    def votes_required(self, cast: int) -> int:
        """Return how many of `cast` votes carry a motion: more than the majority's share."""
        return int(cast * self.majority_share) + 1

    def votes_to_refuse(self, cast: int) -> int:
        """Return how many of `cast` votes refuse: enough that nothing else can carry; for a half, at least half."""
        return cast - self.votes_required(cast) + 1


@dataclass(frozen=True)
class SeatAt:
    """A seat as it stands for one item at one moment, whoever sits on it, titular or alternate.

    `present` says that somebody sits there now; `recused`, that this seat is closed out of this item.
    """

    seat_id: int
    is_voting: bool
    is_president: bool
    present: bool
    recused: bool


@dataclass(frozen=True)
class Quorum:
    """Whether an item may be decided now: the figures, and the sentence (`message` with `facts`) that says why."""

    base: int
    required: int
    present: int
    recused: int
    is_reached: bool
    message: str
    facts: Mapping[str, int]


REACHED = N_(
    "The quorum is reached: present %(present)d, required %(required)d, seats entitled to vote on this item %(base)d"
    " (recused: %(recused)d)."
)
NOT_REACHED = N_(
    "The quorum is not reached: present %(present)d, required %(required)d, missing %(missing)d, seats entitled to vote"
    " on this item %(base)d (recused: %(recused)d)."
)
REACHED_AGAIN = N_(
    "The quorum of a second convocation is reached: present %(present)d, required %(required)d (recused: %(recused)d)."
)
NOT_REACHED_AGAIN = N_(
    "The quorum of a second convocation is not reached: present %(present)d, required %(required)d, missing %(missing)d"
    " (recused: %(recused)d)."
)
TOO_FEW_VOTERS = N_(
    "This item cannot be decided at this meeting: once recusals are set aside (%(recused)d), the seats entitled to vote"
    " number %(base)d, and the regulation requires %(minimum)d. It goes to the next meeting, with alternates."
)


def quorum(seats: Iterable[SeatAt], rule: VotingRule, second_convocation: bool = False) -> Quorum:
    """Count the quorum of one item, by seat and net of recusals.

    A recused seat leaves both the base and the count, even while its holder is still in the room; a seat without a
    vote is in neither. The base is every other voting seat, present or not; more than the quorum's share of it must
    be present, or on a second convocation the fixed minimum. When fewer than `minimum_voters` seats remain entitled to
    vote, the quorum is never reached, however many are present: the item goes to the next meeting.
    """
    seats = tuple(seat for seat in seats if seat.is_voting)
    recused = {seat.seat_id for seat in seats if seat.recused}
    entitled = {seat.seat_id for seat in seats} - recused
    present = {seat.seat_id for seat in seats if seat.present} & entitled
    required = rule.second_convocation_minimum if second_convocation else rule.seats_required(len(entitled))
    decidable = len(entitled) >= rule.minimum_voters
    is_reached = decidable and len(present) >= required
    if not decidable:
        message = TOO_FEW_VOTERS
    elif second_convocation:
        message = REACHED_AGAIN if is_reached else NOT_REACHED_AGAIN
    else:
        message = REACHED if is_reached else NOT_REACHED
    figures = {"base": len(entitled), "required": required, "present": len(present), "recused": len(recused)}
    more = {"missing": max(0, required - len(present)), "minimum": rule.minimum_voters}
    return Quorum(**figures, is_reached=is_reached, message=message, facts=figures | more)


def choices(blocked: bool, adjournments: int, rule: VotingRule) -> tuple[Choice, ...]:
    """List what a member is offered, in the order of the ballot paper.

    A blocking fact (`blocked`) withholds both favourable choices; adjournments used up withhold `adjourn`.
    """
    withheld = set()
    if blocked:
        withheld |= {Choice.FAVOURABLE, Choice.FAVOURABLE_WITH_RESERVATIONS}
    if adjournments >= rule.max_adjournments:
        withheld.add(Choice.ADJOURN)
    return tuple(choice for choice in Choice if choice not in withheld)


def may_vote(seat: SeatAt, *, has_voted: bool, is_alternate: bool = False, titular_present: bool = False) -> None:
    """Let a seat vote on an item, or raise the reason why not.

    `has_voted` is true of the seat, whoever voted for it. Raises Conflicted when the seat is recused, NotAllowed when
    it has no vote, when nobody sits there, or when an alternate asks while the titular member is present, and
    AlreadyVoted when its ballot is cast. A conflict is told before anything else.
    """
    if seat.recused:
        raise Conflicted(N_("You declared an interest in this dossier: you leave the room and do not vote on it."))
    if not seat.is_voting:
        raise NotAllowed(N_("This seat has an advisory voice: it gives an opinion and does not vote."))
    if is_alternate and titular_present:
        raise NotAllowed(N_("The titular member is present and votes: the alternate does not."))
    if not seat.present:
        raise NotAllowed(N_("Only members present may vote: have your arrival recorded by the secretariat first."))
    if has_voted:
        raise AlreadyVoted(N_("This seat has already voted on this item, and a ballot is cast once."))


def may_advise(seat: SeatAt, *, is_over: bool) -> None:
    """Let a consultative seat give its opinion on an item until it ends, or raise the reason why not.

    Raises Conflicted when the seat is recused, NotAllowed when it has a vote, WrongState once the item ended.
    """
    if seat.recused:
        raise Conflicted(N_("You declared an interest in this dossier: you leave the room and give no opinion on it."))
    if seat.is_voting:
        raise NotAllowed(N_("This seat votes: an advisory opinion is for the seats without a vote."))
    if is_over:
        raise WrongState(N_("This item is over: an opinion is given before the vote is closed."))


@dataclass(frozen=True)
class Ballot:
    """What one seat chose; the president's ballot is marked, for it alone can break a tie."""

    choice: Choice
    is_president: bool = False


Step = tuple[str, Mapping[str, int]]


@dataclass(frozen=True)
class Result:
    """What the ballots decide. `totals` holds every choice, as cast; `cast` leaves abstentions out.

    `outcome` is None when no decision is possible: the item must be postponed. `steps` are sentences (msgid, facts)
    that give the reasoning in order. `casting_vote` is true when the president's ballot counted twice.
    """

    totals: Mapping[Choice, int]
    cast: int
    outcome: Outcome | None
    steps: tuple[Step, ...]
    casting_vote: bool


COUNTED = N_(
    "Votes cast: %(cast)d. Favourable: %(favourable)d; favourable with reservations: %(reserved)d;"
    " adjourn: %(adjourn)d; unfavourable: %(unfavourable)d. Abstentions, which are not votes cast: %(abstention)d."
)
NOTHING_CAST = N_("No vote was cast: adjournment follows.")
BLOCKED = N_("A blocking fact stands in the dossier: it cannot be approved, whatever the vote.")
ADJOURNED = N_("Adjourn: %(adjourn)d of %(cast)d votes cast (required: %(required)d). Adjournment follows.")
APPROVED = N_("Favourable: %(favourable)d of %(cast)d votes cast (required: %(required)d). The dossier is approved.")
RESERVED = N_(
    "Favourable, with or without reservations: %(in_favour)d of %(cast)d votes cast (required: %(required)d),"
    " of which without reservations: %(favourable)d. The dossier is approved with reservations."
)
REFUSED = N_(
    "Unfavourable: %(unfavourable)d of %(cast)d votes cast (enough to refuse: %(to_refuse)d). The dossier is refused."
)
NO_MAJORITY = N_(
    "No majority among %(cast)d votes cast (in favour: %(in_favour)d; unfavourable: %(unfavourable)d;"
    " adjourn: %(adjourn)d). Adjournment follows."
)
MAJORITY_BLOCKED = N_(
    "In favour: %(in_favour)d of %(cast)d votes cast, but approval is not possible. Adjournment follows."
)
TIED_AGAINST = N_("Tie: in favour %(in_favour)d and unfavourable %(unfavourable)d, of %(cast)d votes cast.")
TIED_ADJOURN = N_("Tie: in favour %(in_favour)d and adjourn %(adjourn)d, of %(cast)d votes cast.")
TIED_WITHOUT_FAVOUR = N_("Tie: unfavourable %(unfavourable)d and adjourn %(adjourn)d, of %(cast)d votes cast.")
CAST_TWICE = N_(
    "The president’s vote prevails and counts twice, which makes %(cast)d. Favourable: %(favourable)d;"
    " favourable with reservations: %(reserved)d; adjourn: %(adjourn)d; unfavourable: %(unfavourable)d."
)
NO_CASTING_VOTE = N_("The president cast no vote, so nothing breaks the tie: adjournment follows.")
NO_CASTING_RULE = N_("The regulation gives no casting vote, so nothing breaks the tie: adjournment follows.")
USED_UP = N_(
    "Adjournments already used: %(adjournments)d; allowed: %(maximum)d. No further adjournment is possible:"
    " no decision is taken, and the item must be postponed."
)


def tally(ballots: Iterable[Ballot], rule: VotingRule, *, blocked: bool = False, adjournments: int = 0) -> Result:
    """Count the ballots of one item and say what they decide, and why.

    The rules apply in this order to the votes cast, abstentions left out: (1) `adjourn` holds the majority:
    adjourned; (2) `favourable` holds more than half: approved; (3) both favourable choices together hold more than
    half: approved with reservations; (4) `unfavourable` holds at least half: refused; otherwise adjourned. A blocking
    fact (`blocked`) closes (2) and (3) whatever the vote.

    A tie comes before these rules. It is a tie when two of the three camps (in favour with or without reservations,
    unfavourable, adjourn) each hold exactly half of the votes cast. The president's ballot then counts twice and the
    same rules decide on the new totals. When the president cast no vote (absent, recused, abstained), or the regulation
    gives no casting vote, the item is adjourned: a tie alone never refuses.

    No vote cast adjourns. An item that would be adjourned once more than the regulation allows has no outcome: it must
    be postponed. Raises Malformed when more than one ballot claims to be the president's.
    """
    ballots = tuple(ballots)
    president = [ballot.choice for ballot in ballots if ballot.is_president]
    if len(president) > 1:
        raise Malformed(N_("Only one ballot can be the president’s."))
    totals = dict.fromkeys(Choice, 0)
    for ballot in ballots:
        totals[ballot.choice] += 1
    count = _Count(
        favourable=totals[Choice.FAVOURABLE],
        reserved=totals[Choice.FAVOURABLE_WITH_RESERVATIONS],
        adjourn=totals[Choice.ADJOURN],
        unfavourable=totals[Choice.UNFAVOURABLE],
    )
    steps = [(COUNTED, count.facts() | {"abstention": totals[Choice.ABSTENTION]})]
    if blocked:
        steps.append((BLOCKED, {}))
    outcome, reasons, casting_vote = _decide(count, president[0] if president else None, rule, blocked)
    steps += reasons
    if outcome is Outcome.ADJOURNED and adjournments >= rule.max_adjournments:
        steps.append((USED_UP, {"adjournments": adjournments, "maximum": rule.max_adjournments}))
        outcome = None
    return Result(totals, count.cast, outcome, tuple(steps), casting_vote)


def same_words(text: str) -> str:
    """Return what two reservations share that say the same: letters without their form, spaces, capitals, last stop."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split()).rstrip(" .;؛۔")


@dataclass(frozen=True)
class _Count:
    """The votes cast, by choice."""

    favourable: int
    reserved: int
    adjourn: int
    unfavourable: int

    @property
    def cast(self) -> int:
        return self.favourable + self.reserved + self.adjourn + self.unfavourable

    @property
    def in_favour(self) -> int:
        return self.favourable + self.reserved

    def tie(self) -> str | None:
        """Return the sentence that states the tie; None when no two camps share the votes cast equally."""
        if not self.adjourn and self.in_favour == self.unfavourable:
            return TIED_AGAINST
        if not self.unfavourable and self.in_favour == self.adjourn:
            return TIED_ADJOURN
        if not self.in_favour and self.unfavourable == self.adjourn:
            return TIED_WITHOUT_FAVOUR
        return None

    def with_one_more(self, choice: Choice) -> "_Count":
        return _Count(
            self.favourable + (choice is Choice.FAVOURABLE),
            self.reserved + (choice is Choice.FAVOURABLE_WITH_RESERVATIONS),
            self.adjourn + (choice is Choice.ADJOURN),
            self.unfavourable + (choice is Choice.UNFAVOURABLE),
        )

    def facts(self) -> dict[str, int]:
        return vars(self) | {"cast": self.cast, "in_favour": self.in_favour}


def _decide(
    count: _Count, president: Choice | None, rule: VotingRule, blocked: bool
) -> tuple[Outcome, list[Step], bool]:
    """Decide with the tie and the casting vote; the last value says whether the casting vote was used."""
    if not count.cast:
        return Outcome.ADJOURNED, [(NOTHING_CAST, {})], False
    tie = count.tie()
    if tie is None:
        outcome, reason = _majority(count, rule, blocked)
        return outcome, [reason], False
    stated = (tie, count.facts())
    if not rule.casting_vote:
        return Outcome.ADJOURNED, [stated, (NO_CASTING_RULE, {})], False
    if president in {None, Choice.ABSTENTION}:
        return Outcome.ADJOURNED, [stated, (NO_CASTING_VOTE, {})], False
    count = count.with_one_more(president)
    outcome, reason = _majority(count, rule, blocked)
    return outcome, [stated, (CAST_TWICE, count.facts()), reason], True


def _majority(count: _Count, rule: VotingRule, blocked: bool) -> tuple[Outcome, Step]:
    """Apply rules (1) to (4) in their order, and state the one that decides."""
    required, to_refuse = rule.votes_required(count.cast), rule.votes_to_refuse(count.cast)
    if count.adjourn >= required:
        outcome, sentence = Outcome.ADJOURNED, ADJOURNED
    elif count.favourable >= required and not blocked:
        outcome, sentence = Outcome.APPROVED, APPROVED
    elif count.in_favour >= required and not blocked:
        outcome, sentence = Outcome.APPROVED_WITH_RESERVATIONS, RESERVED
    elif count.unfavourable >= to_refuse:
        outcome, sentence = Outcome.REFUSED, REFUSED
    else:
        outcome, sentence = Outcome.ADJOURNED, MAJORITY_BLOCKED if count.in_favour >= required else NO_MAJORITY
    return outcome, (sentence, count.facts() | {"required": required, "to_refuse": to_refuse})
