"""Whole meetings at random, beside a second statement of `domain.md` §3.5 written by hand.

The machine does with the rules what the operations do: it asks them and believes them. The law (`committee_law`) knows
nothing of them and has only the sheet of what happened.

Each meeting is played by its seed: without `MODEL_EXAMPLES`, always the same 600; `MODEL_EXAMPLES=5000` plays that many
others. Of those that depart from the law the shortest is shown, with its seed.
"""

from __future__ import annotations

import os
import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest

from certify.workflows import dossier, meeting, presidency, voting
from certify.workflows.errors import Refused, WorkflowError
from certify.workflows.permissions import Role, in_the_chair
from certify.workflows.presidency import ActingPresident, Holder
from certify.workflows.voting import Ballot, Choice, Outcome, SeatAt, VotingRule
from tests.workflows.committee_law import (
    ALTERNATE,
    TITULAR,
    Person,
    in_the_room,
    lawful_quorum,
    may_advise,
    may_hand_in,
    papers_in,
    presides,
    silent,
    speaks_for,
    tied,
    verdict,
)

RULE = VotingRule(minimum_voters=3, second_convocation_minimum=3, casting_vote=True, max_adjournments=1)
MEETINGS, STEPS = int(os.environ.get("MODEL_EXAMPLES", "0")), 40
PRESIDENT = in_the_chair({Role.MEMBER}, presides=True)
SINCE = [date(2020 + seat * 3 % 4, 1, 1) for seat in range(9)]
"""How long each seat is held: the order of standing in is not that of the seats."""

# The machine.


def some(most: int, *, first: int = 0) -> Callable[[Random], set[int]]:
    return lambda chance: set(chance.sample(range(first, 9), chance.randint(0, most)))


def likely(chance: Random) -> list[Choice]:
    """One choice for each seat, out of few, so that they meet."""
    return chance.choices(chance.sample(list(Choice), chance.randint(1, 3)), k=9)


def person(chance: Random) -> Person:
    return Person(chance.randrange(9), chance.choice((TITULAR, TITULAR, ALTERNATE)))


def yes_or_no(chance: Random) -> bool:
    return chance.random() < 0.5


def choice(chance: Random) -> Choice:
    return chance.choice(list(Choice))


def rule(**drawn: Callable[[Random], object]) -> Callable:
    """Let a method be a step of a meeting, with what it is given by chance."""

    def mark(step: Callable) -> Callable:
        step.drawn = drawn
        return step

    return mark


def precondition(holds: Callable[[Committee], bool]) -> Callable:
    """Take a step only where something holds."""

    def mark(step: Callable) -> Callable:
        step.holds = holds
        return step

    return mark


class Committee:
    """One committee and its meetings, one item at a time, kept by the rules of the product."""

    quorum, tally, may_vote = map(staticmethod, (voting.quorum, voting.tally, voting.may_vote))
    may_opine, presiding = staticmethod(voting.may_advise), staticmethod(presidency.presiding)

    def __init__(self, seen: Counter, voters: int, advisory: int) -> None:
        self.seen, self.size, self.voters = seen, voters + advisory, range(voters)
        self.convene(second=False)

    def convene(self, *, second):
        self.sheet, self.second, self.state = [("convened",)], second, meeting.State.CONVENED
        self.sitting, self.items = {seat: [] for seat in range(self.size)}, 0
        self.call_item()

    def call_item(self):
        self.ties, self.ballots, self.is_open, self.is_blocked, self.adjournments = set(), {}, False, False, 0
        self.sheet.append(("item",))
        self.items += 1

    def place(self, seat, ties):
        here = sorted(self.sitting[seat], key=lambda person: person.holds == ALTERNATE)
        concerned = here[0] if here else Person(seat, TITULAR)
        return SeatAt(seat, seat in self.voters, seat == 0, present=bool(here), recused=concerned in ties)

    def count_seats(self, ties=frozenset()):
        """Count the quorum by the rules, and find the law of the same figures and mind."""
        reading = self.quorum([self.place(seat, ties) for seat in range(self.size)], RULE, self.second)
        figures = (reading.base, reading.required, reading.present, reading.is_reached)
        assert figures == lawful_quorum(self.sheet, self.voters, self.second, ties), self.sheet
        return reading.is_reached

    def holder(self, person, ties):
        alternate, here = person.holds == ALTERNATE, self.sitting[person.seat]
        speaks = person in here and not (alternate and Person(person.seat, TITULAR) in here)
        number = 2 * person.seat + alternate
        return Holder(number, person.seat, person.seat == 0, alternate, SINCE[person.seat], speaks, person in ties)

    def chair(self, ties=frozenset()):
        """Find who presides by the rules, and the law of the same mind."""
        roll = [self.holder(Person(seat, holds), ties) for seat in self.voters for holds in (ALTERNATE, TITULAR)]
        found = self.presiding(roll, ActingPresident.OLDEST_MANDATE)
        person = Person(found.seat_id, ALTERNATE if found.is_alternate else TITULAR) if found else None
        assert person == presides(self.sheet, self.voters, SINCE, ties), self.sheet
        return person

    @rule(person=person)
    def usurp(self, person):
        """Ask to act as president: whoever presides may, and nobody else, the president included."""
        if person.seat >= self.size:
            return
        roles = in_the_chair(
            {Role.MEMBER, *([Role.PRESIDENT] if person.seat == 0 else [])}, presides=self.chair(self.ties) == person
        )
        assert (Role.PRESIDENT in roles) is (presides(self.sheet, self.voters, SINCE, self.ties) == person)
        self.seen["president without the chair"] += person.seat == 0 and Role.PRESIDENT not in roles

    def conduct(self, action, **facts):
        """Move the meeting; answer whether it moved."""
        try:
            self.state = meeting.LIFE.decide(self.state, action, PRESIDENT, meeting.Facts(**facts))
        except WorkflowError:
            return False
        return True

    @rule(person=person, is_remote=yes_or_no)
    def arrive(self, person, is_remote):
        if person.seat < self.size and person not in self.sitting[person.seat]:
            self.sitting[person.seat].append(person)
            self.sheet.append(("in", person, is_remote))

    @rule(absent=some(3))
    def gather(self, absent):
        for seat in range(self.size):
            if seat not in absent:
                self.arrive(Person(seat, TITULAR), False)
            elif seat % 2:
                self.arrive(Person(seat, ALTERNATE), True)
        if self.state is meeting.State.CONVENED:
            self.open_meeting()

    @rule(person=person)
    def leave(self, person):
        if person in self.sitting.get(person.seat, ()):
            self.sitting[person.seat].remove(person)
            self.sheet.append(("out", person))

    @rule(person=person)
    @precondition(lambda self: len(self.ties) < 3)
    def declare_conflict(self, person):
        if person.seat < self.size and person not in self.ballots.values():
            self.ties.add(person)
            self.sheet.append(("tied", person))

    @rule()
    @precondition(lambda self: self.state is meeting.State.CONVENED)
    def open_meeting(self):
        reached = self.count_seats()
        assert self.conduct(meeting.Action.OPEN, is_its_day=True, has_quorum=reached) is reached

    @rule()
    @precondition(lambda self: self.state is meeting.State.CONVENED and any(self.sitting.values()))
    def declare_no_quorum(self):
        reached = self.count_seats()
        if self.conduct(meeting.Action.DECLARE_NO_QUORUM, is_its_day=True, has_quorum=reached):
            assert not reached
            self.seen["second convocation"] += not self.second
            self.convene(second=not self.second)

    @rule()
    @precondition(lambda self: self.state is not meeting.State.CONVENED)
    def pause(self):
        suspended = self.state is meeting.State.SUSPENDED
        action = meeting.Action.RESUME if suspended else meeting.Action.SUSPEND
        assert self.conduct(action, items_in_deliberation=int(self.is_open)) is (suspended or not self.is_open)

    @rule(second=yes_or_no)
    @precondition(lambda self: self.items > 1)
    def close_meeting(self, second):
        if self.conduct(meeting.Action.CLOSE, items_in_deliberation=int(self.is_open)):
            assert not self.is_open
            self.convene(second=second)

    @rule(is_blocked=yes_or_no, adjournments=yes_or_no)
    @precondition(lambda self: not self.is_open)
    def open_item(self, is_blocked, adjournments):
        meets, reached = self.state is meeting.State.OPEN, self.count_seats(self.ties)
        facts = dossier.Facts(meeting_is_open=meets, item_has_quorum=reached)
        try:
            dossier.LIFE.decide(dossier.State.ON_AGENDA, dossier.Action.OPEN_ITEM, PRESIDENT, facts)
        except Refused:
            assert not (meets and reached)
            return
        assert meets
        assert reached
        self.chair(self.ties)
        self.is_open, self.is_blocked, self.adjournments = True, is_blocked, int(adjournments)

    @rule(person=person, choice=choice)
    @precondition(lambda self: self.is_open)
    def vote(self, person, choice):
        if person.seat >= self.size or choice not in voting.choices(self.is_blocked, self.adjournments, RULE):
            return
        here, seat = self.sitting[person.seat], self.place(person.seat, self.ties)
        titular_sits = Person(person.seat, TITULAR) in here
        sits = person in here and not (person.holds == ALTERNATE and titular_sits)
        asking = SeatAt(seat.seat_id, seat.is_voting, seat.is_president, sits, person in self.ties)
        try:
            voted, by_alternate = person.seat in self.ballots, person.holds == ALTERNATE
            self.may_vote(asking, has_voted=voted, is_alternate=by_alternate, titular_present=titular_sits)
        except WorkflowError:
            assert not may_hand_in(self.sheet, self.voters, person), (person, self.sheet)
            self.seen["recused in the room"] += sits and person in self.ties
            return
        assert may_hand_in(self.sheet, self.voters, person), (person, self.sheet)
        self.ballots[person.seat] = person
        self.seen["paper of an alternate"] += by_alternate
        self.sheet.append(("paper", person, choice))

    @rule(person=person)
    def advise(self, person):
        """Ask for an opinion: given by a seat without a vote alone, and no count is other for it."""
        if person.seat >= self.size:
            return
        seat = self.place(person.seat, self.ties)
        asking = SeatAt(seat.seat_id, seat.is_voting, seat.is_president, seat.present, person in self.ties)
        before = (silent(self.sheet, self.voters), len(self.ballots))
        try:
            self.may_opine(asking, is_over=False)
        except WorkflowError:
            assert not may_advise(self.sheet, self.voters, person, False), (person, self.sheet)
            return
        assert may_advise(self.sheet, self.voters, person, False), (person, self.sheet)
        self.seen["opinion"] += 1
        self.count_seats(self.ties)
        assert before == (silent(self.sheet, self.voters), len(self.ballots))

    @rule(chosen=likely)
    @precondition(lambda self: self.is_open)
    def vote_in_turn(self, chosen):
        for seat, choice in enumerate(chosen[: self.size]):
            offered = voting.choices(self.is_blocked, self.adjournments, RULE)
            person = speaks_for(self.sheet, seat) or Person(seat, TITULAR)
            self.vote(person, choice if choice in offered else offered[0])

    @rule(absent=some(2), chosen=likely, fact_appears=yes_or_no)
    @precondition(lambda self: not self.is_open)
    def deliberate(self, absent, chosen, fact_appears):
        self.gather(absent)
        self.open_item(is_blocked=False, adjournments=int(len(absent) > 1))
        if self.is_open:
            self.vote_in_turn(chosen)
            self.close_item(fact_appears)

    @rule(also_absent=some(1, first=1))
    @precondition(lambda self: not self.is_open)
    def split_without_the_president(self, also_absent):
        """Deliberate while nobody sits on the seat that presides, one for and one against in turn."""
        for person in list(self.sitting[0]):
            self.leave(person)
        self.gather({0, *also_absent})
        self.open_item(is_blocked=False, adjournments=0)
        if self.is_open:
            self.vote_in_turn([Choice.FAVOURABLE, Choice.UNFAVOURABLE] * 4 + [Choice.ABSTENTION])
            self.close_item(fact_appears=False)

    @rule(fact_appears=yes_or_no)
    @precondition(lambda self: self.is_open)
    def close_item(self, fact_appears):
        self.is_blocked |= fact_appears
        papers, chair = papers_in(self.sheet), self.chair(self.ties)
        result = self.tally(
            [Ballot(choice, is_president=chair is not None and person.seat == chair.seat) for person, choice in papers],
            RULE,
            blocked=self.is_blocked,
            adjournments=self.adjournments,
        )
        awaited = [self.place(seat, self.ties) for seat in self.voters if seat not in self.ballots]
        missing = sum(seat.present and not seat.recused for seat in awaited)
        if not self.decides(self.count_seats(self.ties), missing, result.outcome):
            return
        has_quorum = lawful_quorum(self.sheet, self.voters, self.second, tied(self.sheet))[-1]
        assert (has_quorum, silent(self.sheet, self.voters)) == (True, []), self.sheet
        assert chair in in_the_room(self.sheet)
        expected = verdict(papers, chair.seat, blocked=self.is_blocked, adjournments=self.adjournments)
        assert (result.outcome, result.casting_vote) == expected, self.sheet
        assert {choice: count for choice, count in result.totals.items() if count} == Counter(c for _, c in papers)
        self.seen.update({str(result.outcome): 1, "casting vote": result.casting_vote})
        self.seen["stood in"] += chair.seat > 0
        self.seen["casting vote of who stood in"] += chair.seat > 0 and result.casting_vote
        self.call_item()

    def decides(self, reached, missing, outcome):
        """Ask the life of the dossier; ballots without an outcome are postponed once the same two conditions hold."""
        if outcome is None:
            return reached and not missing
        facts = dossier.Facts(item_has_quorum=reached, ballots_missing=missing, outcome=outcome)
        try:
            dossier.LIFE.decide(dossier.State.DELIBERATION, dossier.Action.CLOSE_ITEM, PRESIDENT, facts)
        except Refused:
            assert missing or not reached
            self.seen["close refused"] += 1
            return False
        return True

    @rule()
    @precondition(lambda self: self.is_open and len(self.ballots) > 1)
    def postpone_item(self):
        facts = dossier.Facts(has_reason=True)
        after = dossier.LIFE.decide(dossier.State.DELIBERATION, dossier.Action.POSTPONE_ITEM, PRESIDENT, facts)
        assert after is dossier.State.READY
        self.call_item()


def meet(committee: Committee, chance: Random) -> None:
    """Take STEPS by chance; how often each is tried differs from one meeting to the next, so that some go far."""
    steps = [step for step in vars(Committee).values() if hasattr(step, "drawn")]
    weights = [chance.random() ** 2 for _ in steps]
    for _ in range(STEPS):
        [step] = chance.choices(steps, weights)
        if getattr(step, "holds", bool)(committee):
            step(committee, **{name: draw(chance) for name, draw in step.drawn.items()})


def departure(committee: type[Committee], seed: int, seen: Counter) -> tuple[int, str] | None:
    """Play the meeting of a seed; return its length and what departed from the law, if anything."""
    chance = Random(seed)
    played = committee(seen, chance.randint(3, 8), chance.randint(0, 2))
    try:
        meet(played, chance)
    except AssertionError as fault:
        return len(played.sheet), f"meeting {seed}: {fault}\n{played.sheet}"
    return None


def seeds():
    return (secrets.randbits(64) for _ in range(MEETINGS)) if MEETINGS else range(600)


def test_no_meeting_departs_from_the_law():
    met = Counter()
    departures = list(filter(None, (departure(Committee, seed, met) for seed in seeds())))
    assert not departures, min(departures)[1]
    people_met = {"paper of an alternate", "recused in the room", "opinion"}
    people_met |= {"stood in", "casting vote of who stood in", "president without the chair"}
    assert {"second convocation", "casting vote", "close refused", "None", *people_met, *Outcome} <= set(+met), met


def counting_recused(seats, *more):
    return voting.quorum([SeatAt(*[*vars(seat).values()][:4], recused=False) for seat in seats], *more)


def forgetting_second_convocation(seats, rule, _second):
    return voting.quorum(seats, rule)


def letting_absent_vote(seat, **asked):
    voting.may_vote(SeatAt(*[*vars(seat).values()][:3], present=True, recused=seat.recused), **asked)


def letting_both_vote(seat, *, has_voted, **asked):
    voting.may_vote(seat, has_voted=False, **asked)


def counting_abstentions(papers, rule, **more):
    turned = [Ballot(Choice.UNFAVOURABLE, b.is_president) if b.choice is Choice.ABSTENTION else b for b in papers]
    return voting.tally(turned, rule, **more)


def forgetting_blocking_facts(papers, rule, *, blocked, adjournments):
    return voting.tally(papers, rule, adjournments=adjournments)


def counting_advisers(seats, *more):
    return voting.quorum([SeatAt(seat.seat_id, True, *[*vars(seat).values()][2:]) for seat in seats], *more)


def letting_everybody_advise(seat, *, is_over):
    return None


def letting_recused_preside(roll, acting):
    return presidency.presiding([replace(each, recused=False) for each in roll], acting)


def letting_absent_preside(roll, acting):
    return presidency.presiding([replace(each, present=True) for each in roll], acting)


def forgetting_the_oldest(roll, _acting):
    return presidency.presiding(roll, ActingPresident.SEAT_ORDER)


@pytest.mark.parametrize(
    ("what", "faulty"),
    [
        ("presiding", letting_recused_preside),
        ("presiding", letting_absent_preside),
        ("presiding", forgetting_the_oldest),
        ("quorum", counting_advisers),
        ("may_opine", letting_everybody_advise),
        ("quorum", counting_recused),
        ("quorum", forgetting_second_convocation),
        ("may_vote", letting_absent_vote),
        ("may_vote", letting_both_vote),
        ("tally", counting_abstentions),
        ("tally", forgetting_blocking_facts),
    ],
)
def test_a_faulty_rule_is_found_out(what, faulty):
    mistaken = type("Mistaken", (Committee,), {what: staticmethod(faulty)})
    assert any(departure(mistaken, seed, Counter()) for seed in range(600))
