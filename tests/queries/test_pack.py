"""The facts of the evidence pack are gathered alike from both databases."""

from __future__ import annotations

from certify.extensions import db
from certify.queries.pack import gather_pack
from certify.workflows.voting import Choice
from tests.decisions import decide_together
from tests.factories import reported
from tests.scenes import once


def test_both_databases_tell_a_refusal_in_the_same_order(any_app, acting, clock):
    dossier = once(reported)
    decide_together(acting, clock, {dossier: Choice.UNFAVOURABLE}, recused="bob")
    db.session.commit()
    gathered = gather_pack(db.session, dossier)
    facts = gathered.facts
    assert [paper["kind"]["code"] for paper in facts["papers"]] == ["receipt", "minutes", "decision"]
    assert [str(paper.kind) for paper in gathered.unprinted] == ["receipt", "minutes", "decision"]
    kinds = [document["kind"] for document in facts["documents"]]
    assert kinds == sorted(kinds)
    [item] = facts["meetings"]
    assert [seat["code"] for seat in item["seats"]] == ["S-pia", "S-bob", "S-brahim", "S-bouchra"]
    assert [ballot["seat"] for ballot in item["vote"]["ballots"]] == ["S-pia", "S-brahim", "S-bouchra"]
    assert [facts["people"][str(number)] for number in item["set_aside"]] == ["Bob Test"]
    assert [letter["kind"] for letter in facts["letters"]].count("meeting_convened") == 5
    assert [journal["path"] for journal in facts["journals"]] == [
        "journal/dossier.jsonl",
        f"journal/meeting-{item['meeting']}.jsonl",
    ]
