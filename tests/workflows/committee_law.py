"""The law of a deliberation (`domain.md` §3.5), written a second time by hand, from a clerk's sheet alone.

The sheet lists in order who came in, who went out, who is tied to the dossier, who handed in which paper; each question
reads it again from the top. Nothing here knows the rules of the product: words are plain strings.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

TITULAR, ALTERNATE = "titular", "alternate"


class Person(NamedTuple):
    """One of the two people of a seat; seat 0 is that of the president."""

    seat: int
    holds: str


def since_item(sheet):
    called = [place for place, (verb, *_) in enumerate(sheet) if verb == "item"]
    return sheet[called[-1] :] if called else []


def in_the_room(sheet):
    room = set()
    for verb, *what in sheet:
        if verb == "in":
            room.add(what[0])
        if verb == "out":
            room.remove(what[0])
        if verb == "convened":
            room.clear()
    return room


def tied(sheet):
    return {what[0] for verb, *what in since_item(sheet) if verb == "tied"}


def speaks_for(sheet, seat):
    """Who sits there: the titular, or in the titular's absence the alternate."""
    return speaking(in_the_room(sheet), seat)


def speaking(room, seat):
    return next((person for person in (Person(seat, TITULAR), Person(seat, ALTERNATE)) if person in room), None)


def entitled(sheet, voters, ties):
    """The seats with a vote whose person, or while nobody sits there whose titular, is not tied to the dossier."""
    room = in_the_room(sheet)
    return [seat for seat in voters if (speaking(room, seat) or Person(seat, TITULAR)) not in ties]


def lawful_quorum(sheet, voters, second, ties=frozenset()):
    """Seats left once recusals are set aside; how many must be there; how many are; is that enough."""
    left, room = entitled(sheet, voters, ties), in_the_room(sheet)
    here = [seat for seat in left if speaking(room, seat)]
    needed = 3 if second else len(left) // 2 + 1
    return len(left), needed, len(here), len(left) >= 3 and len(here) >= needed


def may_hand_in(sheet, voters, person):
    """Somebody entitled, in the room, the titular before the alternate, for a seat that has not voted yet."""
    papers = {other.seat for other, _ in papers_in(sheet)}
    sits = person == speaks_for(sheet, person.seat)
    return sits and person not in tied(sheet) and person.seat in voters and person.seat not in papers


def papers_in(sheet):
    return [what for verb, *what in since_item(sheet) if verb == "paper"]


def presides(sheet, voters, since, ties=frozenset()):
    """The titular of seat 0, else its alternate, else the titulars of the other voting seats and then their alternates.

    Of these the longest in office first (`since`, by seat), and the lower seat of two; only who speaks for their seat
    and is not tied. To an empty room, the first who is not tied, though from afar.
    """
    longest = sorted((seat for seat in voters if seat), key=lambda seat: (since[seat], seat))
    queue = [Person(0, TITULAR), Person(0, ALTERNATE)]
    queue += [Person(seat, holds) for holds in (TITULAR, ALTERNATE) for seat in longest]
    room = in_the_room(sheet)
    here = [person for person in queue if person == speaking(room, person.seat)]
    return next((person for person in here or queue if person not in ties), None)


def verdict(papers, chair, *, blocked, adjournments):
    """What the papers decide: the outcome, and whether the paper of the seat that presides counted twice."""
    cast = [(person, choice) for person, choice in papers if choice != "abstention"]
    president = next((choice for person, choice in cast if person.seat == chair), None)
    count = Counter(choice for _, choice in cast)
    in_favour = count["favourable"] + count["favourable_with_reservations"]
    two_camps = sorted([in_favour, count["unfavourable"], count["adjourn"]])
    twice = bool(cast) and two_camps[0] == 0 and two_camps[1] == two_camps[2]
    if twice and president is None:
        return _unless_used_up("adjourned", adjournments), False
    if twice:
        count[president] += 1
    return _unless_used_up(majority(count, blocked), adjournments), twice


def majority(count, blocked):
    total = count.total()
    in_favour = count["favourable"] + count["favourable_with_reservations"]
    if total == 0 or count["adjourn"] * 2 > total:
        return "adjourned"
    if not blocked and count["favourable"] * 2 > total:
        return "approved"
    if not blocked and in_favour * 2 > total:
        return "approved_with_reservations"
    return "refused" if count["unfavourable"] * 2 >= total else "adjourned"


def _unless_used_up(outcome, adjournments):
    return None if outcome == "adjourned" and adjournments else outcome


def silent(sheet, voters):
    """The seats whose paper is awaited: entitled, somebody sits there, nothing handed in."""
    voted, room = {person.seat for person, _ in papers_in(sheet)}, in_the_room(sheet)
    return [seat for seat in entitled(sheet, voters, tied(sheet)) if speaking(room, seat) and seat not in voted]


def may_advise(sheet, voters, person, is_over):
    """Whoever holds a seat without a vote says what they think until the end, unless they are tied to the dossier."""
    return person.seat not in voters and person not in tied(sheet) and not is_over
