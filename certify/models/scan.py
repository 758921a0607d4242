"""The scans of codes, without anybody in them: an hour, a region, and a pseudonym that nobody can follow past midnight.

No address, no cookie, no exact time or place is ever written (TDM-1, §3.13). Rows lie by their key, not in the order in
which they came (WITHOUT ROWID). After a while they become counts, and are gone.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from certify.models.base import Base, Numbered, term, to
from certify.workflows.scanning import Caution, Channel, Standing, Tier


class SeenCode(Numbered):
    """A code that was scanned or reported: what it is, and what its page is careful about.

    `code` is SHA-256 of `path`, its first eight bytes. `packed_on` is known of units packed; of lots, too, with the
    `units` in use, both as of the entry `counted_to` of the public log. `is_fresh`: scans came since it was last
    weighed. The codes under alert are the published list.
    """

    __tablename__ = "seen_code"
    __table_args__ = (
        CheckConstraint("(caution IS NULL) = (caution_at IS NULL)", name="caution_is_dated"),
        CheckConstraint("length(code) = 8", name="code_length"),
    )

    code: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    path: Mapped[str] = mapped_column(String(120), unique=True)
    tier: Mapped[Tier] = term(Tier)
    licence_id: Mapped[int | None] = to("licence.id", index=True)
    units: Mapped[int | None]
    packed_on: Mapped[date | None]
    counted_to: Mapped[int | None]
    is_fresh: Mapped[bool] = mapped_column(index=True)
    caution: Mapped[Caution | None] = term(Caution, index=True)
    caution_at: Mapped[datetime | None]


class ScanRow(Base):
    """One telephone looked at one code within one hour; that it did so twice is not kept."""

    __tablename__ = "scan"
    __table_args__ = ({"sqlite_with_rowid": False},)

    code: Mapped[bytes] = to("seen_code.code", primary_key=True)
    hour: Mapped[datetime] = mapped_column(primary_key=True, index=True)
    region: Mapped[str] = mapped_column(String(5), primary_key=True)
    visitor: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    channel: Mapped[Channel] = term(Channel, primary_key=True)
    standing: Mapped[Standing] = term(Standing, primary_key=True)


class ScanCount(Base):
    """What is left of the scans of a licence in a region and a month (its first day) once the rows are gone."""

    __tablename__ = "scan_count"

    licence_id: Mapped[int] = to("licence.id", primary_key=True)
    region: Mapped[str] = mapped_column(String(5), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    count: Mapped[int]
