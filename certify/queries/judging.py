"""Whether a paper that somebody holds is one that was issued, and what may be said of it to whoever that is.

Nobody's right is asked: who holds a file knows what is in it already. Of papers that are not public – receipts,
letters, minutes – a holder of the very bytes learns that they are genuine, their number and their day; anybody else
nothing, not even that there is such a paper. Of a certificate the public register says the rest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from certify.models import Paper, PaperCopy, PaperFile, RegisterEntry
from certify.models.paper import PaperKind
from certify.queries.public_register import verdict_on
from certify.workflows.licence import State
from certify.workflows.papers import Difference, Finding, Match, PaperReading, PaperSeal, Since, judge
from certify.workflows.verdict import Verdict, verdict_of

SHA256 = re.compile("[0-9a-f]{64}")
LOOKED_UP = 64
SUBJECTS = ("dossier_id", "meeting_id", "licence_id")


@dataclass(frozen=True)
class Judgement:
    """The answer: `paper` is None where nothing may be said of it; `entry` and `standing` are those of its licence.

    `newer` is the number of the paper that replaces this one, `errata` are those of the errata that correct it.
    """

    finding: Finding
    difference: Difference | None = None
    paper: Paper | None = None
    entry: RegisterEntry | None = None
    standing: Verdict | None = None
    newer: str | None = None
    errata: tuple[str, ...] = ()


def judge_paper(session: Session, reading: PaperReading, *, today: date) -> Judgement:
    """Judge a file that was read, on a day in Casablanca."""
    match, paper = _match(session, reading)
    if paper is None:
        return Judgement(*judge(reading.seal, match))
    newer, errata = _find_newer(session, paper), _list_errata(session, paper)
    since = Since(is_newest=newer is None, is_corrected=bool(errata))
    if paper.kind is not PaperKind.CERTIFICATE:
        return Judgement(*judge(reading.seal, match, since), paper, newer=newer, errata=errata)
    entry = session.scalars(select(RegisterEntry).where(RegisterEntry.licence_id == paper.licence_id)).one_or_none()
    standing = verdict_on(entry, today) if entry else Verdict.UNKNOWN
    by_itself = verdict_of(State(entry.state), entry.valid_from, entry.valid_to, today) if entry else standing
    stands = by_itself in (Verdict.VALID, Verdict.NOT_YET)  # an alert is no suspension
    since = since._replace(stands=stands, is_alerted=standing is Verdict.SUSPECT)
    return Judgement(*judge(reading.seal, match, since), paper, entry, standing, newer)


def judge_fingerprint(session: Session, sha256: str, *, today: date) -> Judgement:
    """Judge a file by its SHA-256 alone: genuine, without its seal, or unknown; what is no SHA-256 is of no file."""
    digest = sha256 if SHA256.fullmatch(sha256) else ""
    return judge_paper(session, PaperReading(PaperSeal.MISSING, (digest,)), today=today)


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


def _find_newer(session: Session, paper: Paper) -> str | None:
    """Return the number of the newest paper that replaces one: the same kind of paper on the same subject, in a later
    version. An erratum is counted beside those before it and replaces none of them.
    """
    if paper.kind is PaperKind.ERRATUM:
        return None
    subject = next(name for name in SUBJECTS if getattr(paper, name) is not None)
    later = select(Paper.number).filter_by(kind=paper.kind, **{subject: getattr(paper, subject)})
    later = later.where(Paper.version > paper.version).order_by(Paper.version.desc()).limit(1)
    return session.scalars(later).first()


def _list_errata(session: Session, paper: Paper) -> tuple[str, ...]:
    """List the numbers of the errata in force beside minutes; other papers have none."""
    if paper.kind is not PaperKind.MINUTES:
        return ()
    beside = select(Paper.number).filter_by(kind=PaperKind.ERRATUM, meeting_id=paper.meeting_id)
    return tuple(session.scalars(beside.order_by(Paper.version)))


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
