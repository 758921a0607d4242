"""The law of a deliberation (`domain.md` §3.5), written a second time by hand, from a clerk's sheet alone.

The sheet lists in order who came in, who went out, who is tied to the dossier, who handed in which paper; each question
reads it again from the top. Nothing here knows the rules of the product: words are plain strings.
"""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

TITULAR, ALTERNATE = "titular", "alternate"


class Person(NamedTuple):
    """One of the two people of a seat; seat 0 presides."""

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
    here = in_the_room(sheet)
    return next((person for person in (Person(seat, TITULAR), Person(seat, ALTERNATE)) if person in here), None)


def entitled(sheet, voters, ties):
    """The seats with a vote whose person, or while nobody sits there whose titular, is not tied to the dossier."""
    return [seat for seat in voters if (speaks_for(sheet, seat) or Person(seat, TITULAR)) not in ties]


def lawful_quorum(sheet, voters, second, ties=frozenset()):
    """Seats left once recusals are set aside; how many must be there; how many are; is that enough."""
    left = entitled(sheet, voters, ties)
    here = [seat for seat in left if speaks_for(sheet, seat)]
    needed = 3 if second else len(left) // 2 + 1
    return len(left), needed, len(here), len(left) >= 3 and len(here) >= needed


def may_hand_in(sheet, voters, person):
    """Somebody entitled, in the room, the titular before the alternate, for a seat that has not voted yet."""
    papers = {other.seat for other, _ in papers_in(sheet)}
    sits = person == speaks_for(sheet, person.seat)
    return sits and person not in tied(sheet) and person.seat in voters and person.seat not in papers


def papers_in(sheet):
    return [what for verb, *what in since_item(sheet) if verb == "paper"]


def verdict(papers, *, blocked, adjournments):
    """What the papers decide: the outcome, and whether the president's counted twice."""
    cast = [(person, choice) for person, choice in papers if choice != "abstention"]
    president = next((choice for person, choice in cast if person.seat == 0), None)
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
    voted = {person.seat for person, _ in papers_in(sheet)}
    return [seat for seat in entitled(sheet, voters, tied(sheet)) if speaks_for(sheet, seat) and seat not in voted]


def may_advise(sheet, voters, person, is_over):
    """Whoever holds a seat without a vote says what they think until the end, unless they are tied to the dossier."""
    return person.seat not in voters and person not in tied(sheet) and not is_over
