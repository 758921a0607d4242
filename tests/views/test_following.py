"""The pages of a meeting follow it: the revision changes when what its reader sees does, and for nothing else."""

from __future__ import annotations

import re

from certify.models.meeting import Interest
from certify.operations import ballots, minutes
from certify.queries.pulse import get_revision
from certify.workflows.voting import Choice
from tests.people import SEATS
from tests.sittings import at_work, of_visitor, on_stage  # noqa: F401


def revision(stage, name: str) -> str:
    """What somebody's pages compare."""
    return get_revision(stage.session, stage.meeting, reader=stage.acting(name).user)


def told(stage, act, *names: str) -> list[bool]:
    """Do something; answer for each whether their revision changed."""
    before = [revision(stage, name) for name in names]
    act()
    stage.session.flush()
    return [old != revision(stage, name) for old, name in zip(before, names, strict=True)]


def cast(stage, name: str):
    """Vote in favour."""
    return ballots.cast_ballot(stage.item, choice=Choice.FAVOURABLE, actor=stage.acting(name))


def test_a_page_says_the_revision_that_its_address_confirms(stage, visitor):
    stage.deliberate()
    stage.session.commit()
    bob = visitor("bob")
    page = bob.get(f"/meetings/{stage.meeting.id}").text
    url, shown = re.search(r'data-live="([^"]+)" data-revision="([^"]+)"', page).groups()
    answer = bob.get(url)
    assert (answer.status_code, answer.data, answer.headers["ETag"]) == (200, b"", f'"{shown}"')
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_whoever_shows_the_present_revision_gets_304(stage, visitor):
    stage.deliberate()
    stage.session.commit()
    bob, url = visitor("bob"), f"/meetings/{stage.meeting.id}/pulse"
    held = bob.get(url).headers["ETag"]
    statuses = [bob.client.get(url, headers={"If-None-Match": each}).status_code for each in (held, '"other"')]
    assert statuses == [304, 200]


def test_the_pulse_is_closed_to_whoever_has_no_part_in_meetings(stage, visitor):
    url = f"/meetings/{stage.meeting.id}/pulse"
    assert [visitor(name).get(url).status_code for name in ("alice", "adam")] == [403, 403]


def test_a_departure_shows_to_everybody(stage):
    stage.deliberate()
    assert told(stage, lambda: stage.leave("bob"), "pia", "brahim", "carol") == [True, True, True]


def test_a_ballot_shows_to_its_voter_and_to_who_presides_alone(stage):
    stage.deliberate()
    assert told(stage, lambda: cast(stage, "bob"), "pia", "bob", "brahim", "carol") == [True, True, False, False]


def test_a_recused_member_is_told_nothing_of_what_happens_to_the_dossier(stage):
    stage.deliberate(conflict="bob")
    acts = (
        lambda: ballots.ask_secrecy(stage.item, actor=stage.acting("brahim")),
        lambda: cast(stage, "brahim"),
        lambda: minutes.record_debate(stage.item, text="Longuement", actor=stage.acting("carol")),
    )
    assert [told(stage, act, "bob", "pia") for act in acts] == [[False, True]] * 3


def test_a_recused_member_sees_the_end_of_an_item_and_nothing_of_how_it_ended(stage):
    stage.deliberate(conflict="bob")
    for name in SEATS:
        if name != "bob":
            cast(stage, name)
    closing = ballots.close_item
    assert told(stage, lambda: closing(stage.item, actor=stage.acting("pia")), "bob", "brahim") == [True, True]
    state = lambda text: lambda: minutes.record_debate(stage.item, text=text, actor=stage.acting("carol"))  # noqa: E731
    assert told(stage, state("Le débat"), "bob", "brahim") == [False, True]


def test_a_conflict_confirmed_shows_to_whom_it_closes_the_dossier(stage):
    stage.deliberate()
    declared = {"interest": Interest.CONFLICT, "statement": "Parent d’une adhérente"}
    act = lambda: ballots.declare_interest(stage.item, **declared, actor=stage.acting("bob"))  # noqa: E731
    assert told(stage, act, "bob", "pia") == [True, True]
