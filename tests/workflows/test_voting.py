"""The vote of the committee, beside a second statement of the law written by hand (`law`, from the French text)."""

from dataclasses import replace
from fractions import Fraction
from itertools import combinations_with_replacement

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.workflows.errors import AlreadyVoted, Conflicted, Malformed, NotAllowed
from certify.workflows.voting import (
    Ballot,
    Choice,
    Outcome,
    SeatAt,
    VotingRule,
    choices,
    may_vote,
    motions,
    quorum,
    same_words,
    tally,
)

RULE = VotingRule(minimum_voters=3, second_convocation_minimum=3, casting_vote=True, max_adjournments=1)
NO_CASTING = replace(RULE, casting_vote=False)
F, R, A, D, N = Choice
APPROVED, RESERVED, REFUSED, ADJOURNED = Outcome
PAPERS = {(choice, president): Ballot(choice, president) for choice in Choice for president in (False, True)}


def law(f, r, a, d, president):
    """The law in French words, as (outcome, outcome when approval is blocked, voix prépondérante?).

    L'ajournement passe à plus de la moitié des voix ; à défaut, l'homologation si les favorables dépassent la moitié ;
    à défaut, l'homologation sous réserve si favorables et favorables sous réserve, réunis, la dépassent ; à défaut, le
    refus si les défavorables l'atteignent. En cas de partage égal entre deux camps, la voix du président est
    prépondérante. Dans tous les autres cas, le dossier est ajourné.
    """
    half = (f + r + a + d) / 2
    if half == 0:
        return ADJOURNED, ADJOURNED, False
    if sorted([f + r, a, d]) == [0, half, half]:
        return partage(f, half, president)
    if a > half:
        return ADJOURNED, ADJOURNED, False
    if f + r > half:
        return (APPROVED if f > half else RESERVED), ADJOURNED, False
    return (REFUSED, REFUSED, False) if d >= half else (ADJOURNED, ADJOURNED, False)


def partage(f, half, president):
    """Le camp du président l'emporte ; s'il n'a pas voté, le dossier est ajourné."""
    if president in (None, N):
        return ADJOURNED, ADJOURNED, False
    if president is F and f + 1 > half + 0.5:
        return APPROVED, ADJOURNED, True
    return {
        F: (RESERVED, ADJOURNED, True),
        R: (RESERVED, ADJOURNED, True),
        A: (ADJOURNED, ADJOURNED, True),
        D: (REFUSED, REFUSED, True),
    }[president]


def every_vote(at_most):
    """Yield every composition of up to `at_most` ballots, with the president nowhere, then in each camp that votes."""
    for size in range(at_most + 1):
        for chosen in combinations_with_replacement(Choice, size):
            papers = [PAPERS[choice, False] for choice in chosen]
            yield chosen, None, papers
            for choice in dict.fromkeys(chosen):
                place = chosen.index(choice)
                yield chosen, choice, [*papers[:place], PAPERS[choice, True], *papers[place + 1 :]]


def test_tally_agrees_with_the_hand_written_law_on_every_vote():
    for chosen, president, papers in every_vote(9):
        free, closed, decisive = law(*(chosen.count(choice) for choice in (F, R, A, D)), president)
        for blocked, expected in ((False, free), (True, closed)):
            result = tally(papers, RULE, blocked=blocked)
            last = tally(papers, RULE, blocked=blocked, adjournments=1)
            assert (result.outcome, result.casting_vote) == (expected, decisive), (chosen, president, blocked)
            assert last.outcome is (None if expected is ADJOURNED else expected), (chosen, president, blocked)


def test_tally_without_a_casting_vote_never_lets_the_president_break_a_tie():
    for chosen, _president, papers in every_vote(5):
        free, _closed, _decisive = law(*(chosen.count(choice) for choice in (F, R, A, D)), None)
        result = tally(papers, NO_CASTING)
        assert (result.outcome, result.casting_vote) == (free, False), chosen


# One letter a ballot: f favourable, r with reservations, a adjourn, d unfavourable, n abstention; the president’s in
# capitals.
BY_HAND = [
    ("", ADJOURNED, False),
    ("nnn", ADJOURNED, False),
    ("fffdd", APPROVED, False),
    ("fffddnnn", APPROVED, False),
    ("ffrrd", RESERVED, False),
    ("rrrDd", RESERVED, False),
    ("aaafF", ADJOURNED, False),
    ("ddfa", REFUSED, False),
    ("ddda", REFUSED, False),
    ("ffaad", ADJOURNED, False),
    ("Ffdd", APPROVED, True),
    ("Frdd", RESERVED, True),
    ("fRdd", RESERVED, True),
    ("ffDd", REFUSED, True),
    ("ffddN", ADJOURNED, False),
    ("ffdd", ADJOURNED, False),
    ("ffAa", ADJOURNED, True),
    ("Ffaa", APPROVED, True),
    ("Ddaa", REFUSED, True),
    ("ddAa", ADJOURNED, True),
]
LETTERS = dict(zip("fradn", Choice, strict=True))


def ballots(letters):
    return [Ballot(LETTERS[letter.lower()], letter.isupper()) for letter in letters]


@pytest.mark.parametrize(("letters", "outcome", "casting_vote"), BY_HAND)
def test_tally_decides_votes_counted_by_hand(letters, outcome, casting_vote):
    result = tally(ballots(letters), RULE)
    assert (result.outcome, result.casting_vote) == (outcome, casting_vote)


@pytest.mark.parametrize("letters", ["fffff", "ffffD", "rrrrr", "Ffdd", "ffrrd"])
def test_tally_blocked_never_approves(letters):
    assert tally(ballots(letters), RULE, blocked=True).outcome is ADJOURNED


@given(st.permutations(ballots("Fffrrraddnn")))
@settings(max_examples=20, deadline=None)
def test_tally_does_not_depend_on_the_order_of_the_ballots(papers):
    assert tally(papers, RULE) == tally(ballots("Fffrrraddnn"), RULE)


def test_tally_keeps_totals_as_cast_and_leaves_abstentions_out():
    result = tally(ballots("Ffddn"), RULE)
    assert (result.totals, result.cast) == ({F: 2, R: 0, A: 0, D: 2, N: 1}, 4)


def test_tally_refuses_two_presidents():
    with pytest.raises(Malformed, match="president"):
        tally(ballots("FD"), RULE)


def said(letters, **more):
    return [sentence % facts for sentence, facts in tally(ballots(letters), RULE, **more).steps]


def test_steps_tell_a_plain_majority():
    assert said("fffrddn") == [
        "Votes cast: 6. Favourable: 3; favourable with reservations: 1; adjourn: 0; unfavourable: 2."
        " Abstentions, which are not votes cast: 1.",
        "Favourable, with or without reservations: 4 of 6 votes cast (required: 4),"
        " of which without reservations: 3. The dossier is approved with reservations.",
    ]


def test_steps_tell_a_tie_and_the_casting_vote():
    assert said("frDd")[1:] == [
        "Tie: in favour 2 and unfavourable 2, of 4 votes cast.",
        "The president’s vote prevails and counts twice, which makes 5. Favourable: 1;"
        " favourable with reservations: 1; adjourn: 0; unfavourable: 3.",
        "Unfavourable: 3 of 5 votes cast (enough to refuse: 3). The dossier is refused.",
    ]


def test_steps_tell_a_blocked_item_that_can_be_adjourned_no_more():
    assert said("fffd", blocked=True, adjournments=1)[1:] == [
        "A blocking fact stands in the dossier: it cannot be approved, whatever the vote.",
        "In favour: 3 of 4 votes cast, but approval is not possible. Adjournment follows.",
        "Adjournments already used: 1; allowed: 1. No further adjournment is possible:"
        " no decision is taken, and the item must be postponed.",
    ]


@pytest.mark.parametrize(
    ("blocked", "adjournments", "offered"),
    [(False, 0, (F, R, A, D, N)), (True, 0, (A, D, N)), (False, 1, (F, R, D, N)), (True, 1, (D, N))],
)
def test_choices_withhold_what_cannot_be_decided(blocked, adjournments, offered):
    assert choices(blocked, adjournments, RULE) == offered


def room(letters):
    """Seats in words: p present, a absent, r recused and gone, R recused yet in the room, v present without a vote."""
    return [
        SeatAt(number, letter != "v", is_president=not number, present=letter in "pRv", recused=letter in "rR")
        for number, letter in enumerate(letters)
    ]


@pytest.mark.parametrize(
    ("letters", "second", "figures"),
    [
        ("pppppaaaa", False, (9, 5, 5, 0, True)),
        ("ppppaaaaa", False, (9, 5, 4, 0, False)),
        ("ppppaaaav", False, (8, 5, 4, 0, False)),
        ("ppppraaa", False, (7, 4, 4, 1, True)),
        ("pppRRaaa", False, (6, 4, 3, 2, False)),
        ("pprrr", False, (2, 2, 2, 3, False)),
        ("ppprr", False, (3, 2, 3, 2, True)),
        ("pppaaaaaa", True, (9, 3, 3, 0, True)),
        ("ppaaaaaaa", True, (9, 3, 2, 0, False)),
        ("pprrrrrrr", True, (2, 3, 2, 7, False)),
        ("", False, (0, 1, 0, 0, False)),
    ],
)
def test_quorum_counts_seats_net_of_recusals(letters, second, figures):
    reading = quorum(room(letters), RULE, second)
    assert (reading.base, reading.required, reading.present, reading.recused, reading.is_reached) == figures


@pytest.mark.parametrize(
    ("letters", "second", "sentence"),
    [
        ("pppprra", False, "is reached: present 4, required 3, seats entitled to vote on this item 5 (recused: 2)."),
        ("ppraaa", False, "is not reached: present 2, required 3, missing 1, seats entitled to vote on this item 5"),
        ("pppaaaa", True, "The quorum of a second convocation is reached: present 3, required 3 (recused: 0)."),
        ("ppaaaaa", True, "The quorum of a second convocation is not reached: present 2, required 3, missing 1"),
        ("pprr", True, "once recusals are set aside (2), the seats entitled to vote number 2, and the regulation"),
    ],
)
def test_quorum_says_why(letters, second, sentence):
    reading = quorum(room(letters), RULE, second)
    assert sentence in reading.message % reading.facts


def test_quorum_counts_a_seat_once_when_titular_and_alternate_both_sit():
    assert quorum(room("ppp") + room("ppp"), RULE) == quorum(room("ppp"), RULE)


rooms = st.text("parRv", max_size=11)


@given(rooms, st.booleans())
@settings(max_examples=25, deadline=None)
def test_quorum_ignores_whether_a_recused_member_left(letters, second):
    assert quorum(room(letters), RULE, second) == quorum(room(letters.replace("R", "r")), RULE, second)


@given(rooms, st.booleans())
@settings(max_examples=25, deadline=None)
def test_quorum_is_reached_exactly_when_enough_seats_may_decide(letters, second):
    voters, sitting = letters.count("p") + letters.count("a"), letters.count("p")
    enough = sitting >= 3 if second else sitting > voters / 2
    assert quorum(room(letters), RULE, second).is_reached is (voters >= 3 and enough)


@given(rooms, st.data())
@settings(max_examples=25, deadline=None)
def test_quorum_one_more_recusal_never_adds_a_presence(letters, data):
    seats = room(letters + "p")
    place = data.draw(st.integers(0, len(letters)))
    after = [*seats[:place], replace(seats[place], recused=True), *seats[place + 1 :]]
    before, now = quorum(seats, RULE), quorum(after, RULE)
    assert (now.present <= before.present, now.base <= before.base) == (True, True)


SEAT = SeatAt(1, is_voting=True, is_president=False, present=True, recused=False)


@pytest.mark.parametrize(
    ("seat", "asked", "refusal"),
    [
        (replace(SEAT, recused=True), {}, Conflicted),
        (replace(SEAT, recused=True, present=False), {"has_voted": True}, Conflicted),
        (replace(SEAT, is_voting=False), {}, NotAllowed),
        (replace(SEAT, present=False), {}, NotAllowed),
        (SEAT, {"is_alternate": True, "titular_present": True}, NotAllowed),
        (SEAT, {"has_voted": True}, AlreadyVoted),
        (SEAT, {"has_voted": True, "is_alternate": True}, AlreadyVoted),
    ],
)
def test_may_vote_refuses(seat, asked, refusal):
    with pytest.raises(refusal) as caught:
        may_vote(seat, **{"has_voted": False} | asked)
    assert caught.type is refusal


@pytest.mark.parametrize("asked", [{}, {"is_alternate": True}, {"titular_present": True}])
def test_may_vote_lets_a_present_seat_vote_once(asked):
    assert may_vote(SEAT, has_voted=False, **asked) is None


def test_quorum_and_majority_are_parameters_of_the_regulation():
    strict = VotingRule(
        minimum_voters=3,
        second_convocation_minimum=3,
        casting_vote=True,
        max_adjournments=1,
        quorum_share=Fraction(2, 3),
        majority_share=Fraction(2, 3),
    )
    assert [strict.seats_required(base) for base in (3, 6, 7, 9)] == [3, 5, 5, 7]
    four_of_six = [Ballot(Choice.FAVOURABLE)] * 4 + [Ballot(Choice.UNFAVOURABLE)] * 2
    five_of_six = [Ballot(Choice.FAVOURABLE)] * 5 + [Ballot(Choice.UNFAVOURABLE)]
    assert tally(four_of_six, strict).outcome is Outcome.REFUSED
    assert tally(five_of_six, strict).outcome is Outcome.APPROVED


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Corriger l’étiquette.", " corriger  l’Étiquette ", True),
        ("تصحيح الملصق.", "تصحيح الملصق", True),
        ("Corriger l’étiquette du pot", "Corriger l’étiquette", False),
        ("Corriger l’étiquette", "Corriger l’etiquette", False),
    ],
)
def test_reservations_that_say_the_same_are_one(one, other, is_same):
    assert (same_words(one) == same_words(other)) is is_same


FOLLOWS = {A: ADJOURNED, F: APPROVED, R: RESERVED, D: REFUSED}


@pytest.mark.parametrize("blocked", [True, False])
def test_the_motions_tell_how_the_outcome_came_about(blocked):
    order = [A, D] if blocked else [A, F, R, D]
    for cast in combinations_with_replacement(Choice, 5):
        result = tally([PAPERS[choice, place == 0] for place, choice in enumerate(cast)], RULE, blocked=blocked)
        put = motions(result.steps)
        assert [motion.choice for motion in put] == order[: len(put)]
        assert [motion.is_carried for motion in put[:-1]] == [False] * len(put[:-1])
        if put and put[-1].is_carried:
            assert result.outcome is FOLLOWS[put[-1].choice]
        else:
            assert (result.outcome, len(put)) in ((ADJOURNED, 0), (ADJOURNED, len(order)))


def test_a_motion_counts_both_ways_of_being_in_favour_and_what_it_needs():
    ballots = [Ballot(choice) for choice in (F, F, R, D, D)]
    told = [(each.votes, each.required, each.is_carried) for each in motions(tally(ballots, RULE).steps)]
    assert told == [(0, 3, False), (2, 3, False), (3, 3, True)]
    assert motions(tally([Ballot(N)], RULE).steps) == ()
