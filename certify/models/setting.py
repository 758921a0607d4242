"""What a demonstration may turn: its clock."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped

from certify.models.base import Numbered


class DemonstrationClock(Numbered):
    """How many days a demonstration has been moved forward; at most one row, and none in production."""

    __tablename__ = "demonstration_clock"
    __table_args__ = (CheckConstraint("id = 1", name="single"), CheckConstraint("days_ahead >= 0", name="forward"))

    days_ahead: Mapped[int]
