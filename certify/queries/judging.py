"""Whether a paper that somebody holds is one that was issued, and what may be said of it to whoever that is.

Nobody's right is asked: who holds a file knows what is in it already. Of papers that are not public – receipts,
letters, minutes – a holder of the very bytes learns that they are genuine, their number and their day; anybody else
nothing, not even that there is such a paper. Of a certificate the public register says the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from certify.models import Paper, PaperCopy, PaperFile, RegisterEntry
from certify.models.paper import PaperKind
from certify.workflows.licence import State
from certify.workflows.papers import Difference, Finding, Match, PaperReading, PaperSeal, judge
from certify.workflows.verdict import Verdict, verdict_of

LOOKED_UP = 64


@dataclass(frozen=True)
class Judgement:
    """The answer: `paper` is None where nothing may be said of it; `entry` and `standing` are those of its licence.

    `newer` is the number of the certificate that replaces this one.
    """

    finding: Finding
    difference: Difference | None = None
    paper: Paper | None = None
    entry: RegisterEntry | None = None
    standing: Verdict | None = None
    newer: str | None = None


def judge_paper(session: Session, reading: PaperReading, *, today: date) -> Judgement:
    """Judge a file that was read, on a day in Casablanca."""
    match, paper = _match(session, reading)
    if paper is None:
        return Judgement(*judge(reading.seal, match))
    if paper.kind is not PaperKind.CERTIFICATE:
        return Judgement(*judge(reading.seal, match), paper)
    entry = session.scalars(select(RegisterEntry).where(RegisterEntry.licence_id == paper.licence_id)).one_or_none()
    standing = verdict_of(State(entry.state), entry.valid_from, entry.valid_to, today) if entry else Verdict.UNKNOWN
    newest = session.scalars(
        select(Paper.number)
        .where(Paper.kind == PaperKind.CERTIFICATE, Paper.licence_id == paper.licence_id)
        .order_by(Paper.version.desc())
        .limit(1)
    ).one()
    stands = standing in (Verdict.VALID, Verdict.NOT_YET)
    found = judge(reading.seal, match, is_newest=newest == paper.number, stands=stands)
    return Judgement(*found, paper, entry, standing, newest if newest != paper.number else None)


def judge_fingerprint(session: Session, sha256: str, *, today: date) -> Judgement:
    """Judge a file by its SHA-256 alone: genuine, without its seal, or unknown."""
    return judge_paper(session, PaperReading(PaperSeal.MISSING, (sha256,)), today=today)


def _match(session: Session, reading: PaperReading) -> tuple[Match, Paper | None]:
    """Hold the states of a file against every file that was issued; failing that, its number against certificates."""
    first, earlier = reading.digests[0], reading.digests[1:LOOKED_UP]
    for match, is_bare, digests in (
        (Match.FILE, False, [first]),
        (Match.WITHIN, False, earlier),
        (Match.BARE, True, [first]),
        (Match.BEGINS, True, earlier),
    ):
        paper = _find(session, digests, is_bare=is_bare)
        if paper:
            return match, paper
    claimed = select(Paper).where(Paper.kind == PaperKind.CERTIFICATE, Paper.number == reading.number)
    paper = session.scalars(claimed).one_or_none() if reading.number else None
    return (Match.CLAIMS, paper) if paper else (Match.NONE, None)


def _find(session: Session, digests: Sequence[str], *, is_bare: bool) -> Paper | None:
    if not digests:
        return None
    columns = [table.bare_sha256 if is_bare else table.sha256 for table in (PaperFile, PaperCopy)]
    holding = [
        select(table.paper_id).where(column.in_(digests))
        for table, column in zip((PaperFile, PaperCopy), columns, strict=True)
    ]
    asked = select(Paper).where(or_(*(Paper.id.in_(each) for each in holding)))
    return session.scalars(asked.order_by(Paper.id).limit(1)).first()
