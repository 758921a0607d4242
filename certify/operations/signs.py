"""The official list of recognised signs, taken in as it is published: French dates, ranks missing or given twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlite_utils.utils import Format, rows_from_file

from certify.models import RecognisedSign

COLUMNS = ("signe", "rang", "denomination", "arrete", "date", "type", "url")
SIGNS = ("IG", "AO", "LA")
NATURES = {"reconnaissance": "recognition", "modification": "amendment"}
MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre")
MONTHS += ("novembre", "décembre")


@dataclass
class Imported:
    """What an import did: rows added, corrected or already there, and the faulty lines by their number in the file."""

    added: int = 0
    corrected: int = 0
    unchanged: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def import_signs(file: BinaryIO, *, session: Session) -> Imported:
    """Take in a tab-separated list; a sign is known by its kind and the number of its order.

    A line that cannot be read is reported and the rest still loads; the same list again changes nothing. Raises
    ValueError when the file is not such a list at all.
    """
    known = {(sign.sign, sign.order_number): sign for sign in session.scalars(select(RecognisedSign))}
    report, seen = Imported(), set()
    for number, row in _lines(file):
        try:
            read = read_sign(row)
        except ValueError as fault:
            report.faults.append((number, str(fault)))
            continue
        key = (read["sign"], read["order_number"])
        if key in seen:
            report.faults.append((number, f"order {key[1]} already stands on an earlier line"))
            continue
        seen.add(key)
        _take(read, known.get(key), session, report)
    return report


def _lines(file: BinaryIO) -> Iterator[tuple[int, Mapping[str, str | None]]]:
    rows, _ = rows_from_file(file, format=Format.TSV, encoding="utf-8-sig")
    for number, row in enumerate(rows, 2):
        if number == 2 and (lacking := [column for column in COLUMNS if column not in row]):
            raise ValueError(f"this is not the list of signs: no column {', '.join(lacking)}")
        yield number, row


def _take(read: dict[str, object], sign: RecognisedSign | None, session: Session, report: Imported) -> None:
    if sign is None:
        session.add(RecognisedSign(**read))
        report.added += 1
    elif any(getattr(sign, name) != value for name, value in read.items()):
        for name, value in read.items():
            setattr(sign, name, value)
        report.corrected += 1
    else:
        report.unchanged += 1


def read_sign(row: Mapping[str, str | None]) -> dict[str, object]:
    """Read one line into the columns of the table. Raises ValueError saying what is wrong with it."""
    cells = {column: (row.get(column) or "").strip() for column in COLUMNS}
    if cells["signe"] not in SIGNS:
        raise ValueError(f"“{cells['signe']}” is not a sign (IG, AO or LA)")
    if cells["type"] not in NATURES:
        raise ValueError(f"“{cells['type']}” is neither reconnaissance nor modification")
    for column in ("denomination", "arrete", "url"):
        if not cells[column]:
            raise ValueError(f"no {column}")
    if cells["rang"] and not cells["rang"].isdecimal():
        raise ValueError(f"“{cells['rang']}” is not a rank")
    return {
        "sign": cells["signe"],
        "rank": int(cells["rang"]) if cells["rang"] else None,
        "name": cells["denomination"],
        "order_number": cells["arrete"],
        "signed_on": read_date(cells["date"]),
        "nature": NATURES[cells["type"]],
        "url": cells["url"],
    }


def read_date(text: str) -> date:
    """Read a date as the Bulletin officiel writes it: 1er mars 2016. Raises ValueError when it is none."""
    try:
        day, month, year = text.lower().split()
        return date(int(year), MONTHS.index(month) + 1, int(day.removesuffix("er")))
    except ValueError as fault:
        raise ValueError(f"“{text}” is not a date") from fault
