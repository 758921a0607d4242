"""The counters behind the numbers: one row a series and year, moved under a lock, so that none is given twice."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from certify.models.base import Base


class NumberSeries(Base):
    """The last number given in a series ("dossier", "meeting", "licence") in a year."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]
