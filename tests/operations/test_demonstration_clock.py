"""The clock of a demonstration: forward, for everybody."""

import pytest

from certify.operations.demonstration_clock import FARTHEST, advance_demonstration
from certify.queries.settings import get_days_ahead
from certify.workflows.errors import Malformed


def test_clock_starts_today_and_adds_up(session, acting):
    assert get_days_ahead(session) == 0
    for days in (1, 30, FARTHEST):
        advance_demonstration(days, actor=acting(None))
    session.expire_all()
    assert get_days_ahead(session) == 31 + FARTHEST


@pytest.mark.parametrize("days", [0, -1, FARTHEST + 1])
def test_clock_never_goes_back_nor_too_far(session, acting, days):
    with pytest.raises(Malformed):
        advance_demonstration(days, actor=acting(None))
    assert get_days_ahead(session) == 0
