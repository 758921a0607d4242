"""The official list of recognised signs of origin and quality (law 25-06) that a product may claim."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certify.models.base import Numbered


class RecognisedSign(Numbered):
    """One ministerial order: a recognition, or the amendment of one. The rank in the list is missing on amendments."""

    __tablename__ = "recognised_sign"
    __table_args__ = (
        UniqueConstraint("sign", "order_number"),
        CheckConstraint("sign IN ('IG', 'AO', 'LA')", name="sign"),
        CheckConstraint("nature IN ('recognition', 'amendment')", name="nature"),
    )

    sign: Mapped[str] = mapped_column(String(2))
    rank: Mapped[int | None]
    name: Mapped[str]
    order_number: Mapped[str] = mapped_column(String(16))
    signed_on: Mapped[date]
    nature: Mapped[str] = mapped_column(String(12))
    url: Mapped[str]
