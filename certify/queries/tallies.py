"""The sealed result of an item: how it is written as JSON at the close of the vote, and how it is read again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from certify.models import AgendaItem
from certify.queries.committee import Sentence
from certify.queries.regulations import get_regulation
from certify.workflows.presidency import Basis
from certify.workflows.regulation import Regulation
from certify.workflows.voting import Choice, Outcome, Quorum, Result


@dataclass(frozen=True)
class Presided:
    """Who presided when an item ended, on which seat (numbers of their rows), and why."""

    user_id: int
    seat_id: int
    basis: Basis


@dataclass(frozen=True)
class Tally:
    """The sealed result of an item; `totals` is empty when the item ended before its vote was complete.

    `casting_choice` is what the president of a secret vote stated openly to break a tie.
    """

    quorum: Quorum
    totals: Mapping[Choice, int]
    cast: int
    outcome: Outcome | None
    steps: tuple[Sentence, ...]
    casting_vote: bool
    blocking_facts: tuple[Sentence, ...]
    is_secret: bool = False
    casting_choice: Choice | None = None
    presided: Presided | None = None


def seal(
    quorum: Quorum,
    blocking_facts: Iterable[Sentence],
    result: Result | None = None,
    *,
    presided: Mapping[str, object] | None = None,
) -> dict[str, object]:
    """Write the JSON that is sealed when an item ends; without a result, the ballots stay uncounted for ever.

    `presided` is who presided then, on which seat, and why.
    """
    return {
        "presided": dict(presided) if presided else None,
        "quorum": asdict(quorum),
        "totals": dict(result.totals) if result else {},
        "cast": result.cast if result else 0,
        "outcome": result.outcome if result else None,
        "steps": [[message, dict(facts)] for message, facts in result.steps] if result else [],
        "casting_vote": result.casting_vote if result else False,
        "blocking_facts": [
            [message, {name: _plain(value) for name, value in facts.items()}] for message, facts in blocking_facts
        ],
    }


def _plain(value: object) -> object:
    """Write a fact: a day and a criterion of the regulation are marked as what they are."""
    if isinstance(value, date):
        return {"day": value.isoformat()}
    return {"criterion": value.code} if hasattr(value, "code") else value


def read_tally(item: AgendaItem) -> Tally | None:
    """Read the sealed result of a closed item, its sentences ready to be said; None when none was sealed."""
    kept = item.tally
    if kept is None:
        return None
    regulation = get_regulation(item.dossier.regulation)
    return Tally(
        quorum=Quorum(**kept["quorum"]),
        totals={Choice(choice): count for choice, count in kept["totals"].items()},
        cast=kept["cast"],
        outcome=Outcome(kept["outcome"]) if kept["outcome"] else None,
        steps=tuple((message, facts) for message, facts in kept["steps"]),
        casting_vote=kept["casting_vote"],
        blocking_facts=tuple(
            (message, {name: _live(regulation, value) for name, value in facts.items()})
            for message, facts in kept["blocking_facts"]
        ),
        is_secret=item.is_secret,
        casting_choice=Choice(kept["casting_choice"]) if kept.get("casting_choice") else None,
        presided=_presided(kept.get("presided")),
    )


def _presided(kept: Mapping[str, object] | None) -> Presided | None:
    """Read who presided; None for a result sealed before this was kept."""
    return Presided(kept["person"], kept["seat"], Basis(kept["basis"])) if kept else None


def _live(regulation: Regulation, value: object) -> object:
    if not isinstance(value, dict):
        return value
    return date.fromisoformat(value["day"]) if "day" in value else regulation.criterion(value["criterion"])
