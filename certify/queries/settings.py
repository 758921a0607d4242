"""What a demonstration has turned."""

from sqlalchemy.orm import Session

from certify.models import DemonstrationClock


def get_days_ahead(session: Session) -> int:
    """Return how many days the demonstration has been moved ahead; 0 when nobody touched it."""
    clock = session.get(DemonstrationClock, 1)
    return clock.days_ahead if clock else 0
