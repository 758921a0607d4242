"""How a file is held against what was issued, on both databases."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

import pytest

from certify.extensions import db
from certify.models import Dossier, Meeting, Paper, PaperCopy, PaperFile, Product
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


@pytest.fixture
def meeting(any_app, user) -> int:
    """A meeting; its key."""
    said = {"state": "closed", "held_on": TODAY, "starts_at": "10:00", "place": "Rabat", "regulation": "2026-1"}
    row = Meeting(number="CH-2026-01", **said, created_by_id=user("carol").id, created_at=NOON)
    db.session.add(row)
    db.session.commit()
    return row.id


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


def later(receipt: Paper, kind: PaperKind, version: int = 1, **subject: int) -> Paper:
    """A further paper on the same dossier, or on another subject, printed."""
    subject = subject or {"dossier_id": receipt.dossier_id}
    paper = Paper(number=f"{kind}-{version}", kind=kind, version=version, **subject, facts="{}", issued_at=NOON)
    paper.file = PaperFile(sha256=sha256(paper.number.encode()).hexdigest(), size=1, printed_at=NOON)
    db.session.add(paper)
    db.session.commit()
    return paper


def found_of(paper: Paper) -> tuple:
    found = judge_fingerprint(db.session, paper.file.sha256, today=TODAY)
    return found.finding, found.newer, found.errata


def test_any_paper_is_superseded_by_a_later_version_on_the_same_subject_alone(receipt):
    first = later(receipt, PaperKind.DECISION)
    assert [found_of(paper) for paper in (receipt, first)] == [(F.GENUINE, None, ())] * 2
    second, third = (later(receipt, PaperKind.DECISION, version) for version in (2, 3))
    assert [found_of(paper) for paper in (first, second)] == [(F.SUPERSEDED, third.number, ())] * 2
    assert [found_of(paper) for paper in (receipt, third)] == [(F.GENUINE, None, ())] * 2


def test_minutes_are_corrected_by_their_errata_of_which_none_replaces_another(receipt, meeting):
    minutes = later(receipt, PaperKind.MINUTES, meeting_id=meeting)
    assert found_of(minutes) == (F.GENUINE, None, ())
    errata = [later(receipt, PaperKind.ERRATUM, rank, meeting_id=meeting) for rank in (1, 2)]
    assert found_of(minutes) == (F.CORRECTED, None, ("erratum-1", "erratum-2"))
    assert [found_of(paper) for paper in errata] == [(F.GENUINE, None, ())] * 2


def test_paper_goes_out_as_it_was_last_made(receipt):
    assert (receipt.kept.sha256, receipt.file.sha256) == (COPY, FIRST)


@pytest.mark.parametrize(("fingerprint", "finding"), [(FIRST, F.GENUINE), (BARE, F.ALTERED), (OTHER, F.UNKNOWN)])
def test_fingerprint_is_looked_up(receipt, fingerprint, finding):
    assert judge_fingerprint(db.session, fingerprint, today=TODAY).finding is finding
