"""How a file is held against what was issued, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from certify.extensions import db
from certify.models import Dossier, Paper, PaperCopy, PaperFile, Product
from certify.models.dossier import Usage
from certify.models.paper import PaperKind
from certify.queries.judging import judge_fingerprint, judge_paper
from certify.workflows.dossier import State
from certify.workflows.papers import Difference, Finding, PaperReading, PaperSeal
from tests.times import NOON

FIRST, BARE, COPY, COPY_BARE, OTHER = (letter * 64 for letter in "abcde")
S, F, D = PaperSeal, Finding, Difference
TODAY = NOON.date()


@pytest.fixture
def receipt(any_app, user) -> Paper:
    """A receipt whose file was lost and made again."""
    made = {"state": State.FILED, "created_at": NOON, "changed_at": NOON, "filed_at": NOON}
    product = Product(name_fr="Miel", filiere="honey", usage=Usage.FOOD)
    people = {"organisation_id": 1, "created_by_id": user("alice").id}
    dossier = Dossier(number="DEM-2026-00001", regulation="2026-1", product=product, **people, **made)
    db.session.add(dossier)
    db.session.flush()
    paper = Paper(
        number="REC-DEM-2026-00001", kind=PaperKind.RECEIPT, dossier_id=dossier.id, facts="{}", issued_at=NOON
    )
    paper.file = PaperFile(sha256=FIRST, bare_sha256=BARE, size=1, printed_at=NOON)
    later = NOON + timedelta(days=1)
    paper.copies = [PaperCopy(sha256=COPY, bare_sha256=COPY_BARE, size=1, printed_at=later)]
    db.session.add(paper)
    db.session.commit()
    return paper


@pytest.mark.parametrize(
    ("seal", "digests", "expected"),
    [
        (S.INTACT, (FIRST, BARE), (F.GENUINE, None)),
        (S.INTACT, (COPY, COPY_BARE), (F.GENUINE, None)),
        (S.INTACT, (OTHER, FIRST, BARE), (F.GENUINE, D.BEHIND)),
        (S.BROKEN, (OTHER, FIRST, BARE), (F.ALTERED, D.ADDED)),
        (S.BROKEN, (OTHER, COPY), (F.ALTERED, D.ADDED)),
        (S.MISSING, (BARE,), (F.ALTERED, D.UNSEALED)),
        (S.BROKEN, (OTHER, COPY_BARE), (F.ALTERED, D.CHANGED)),
        (S.FOREIGN, (OTHER, BARE), (F.ALTERED, D.CHANGED)),
    ],
)
def test_whoever_holds_what_was_issued_learns_which_paper_it_was(receipt, seal, digests, expected):
    found = judge_paper(db.session, PaperReading(seal, digests), today=TODAY)
    assert (found.finding, found.difference, found.paper.number) == (*expected, receipt.number)


@pytest.mark.parametrize(
    ("seal", "finding"),
    [(S.INTACT, F.UNRECORDED), (S.BROKEN, F.ALTERED), (S.FOREIGN, F.FOREIGN), (S.MISSING, F.UNKNOWN)],
)
def test_whoever_knows_a_number_alone_learns_nothing(receipt, seal, finding):
    found = judge_paper(db.session, PaperReading(seal, (OTHER,), receipt.number), today=TODAY)
    assert (found.finding, found.paper) == (finding, None)


def test_paper_goes_out_as_it_was_last_made(receipt):
    assert (receipt.kept.sha256, receipt.file.sha256) == (COPY, FIRST)


@pytest.mark.parametrize(("sha256", "finding"), [(FIRST, F.GENUINE), (BARE, F.ALTERED), (OTHER, F.UNKNOWN)])
def test_fingerprint_is_looked_up(receipt, sha256, finding):
    assert judge_fingerprint(db.session, sha256, today=TODAY).finding is finding
