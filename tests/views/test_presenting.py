"""What every page writes the same way."""

from datetime import UTC, datetime

import pytest

from certify.queries.calendar import CASABLANCA
from certify.views.presenting import listed, moment


@pytest.mark.parametrize(
    ("at", "told"),
    [
        (datetime(2026, 7, 22, 9, 0, tzinfo=UTC), "22 juillet 2026, 10:00"),
        (datetime(2026, 7, 22, 23, 30, tzinfo=UTC), "23 juillet 2026, 00:30"),
        (datetime(2026, 3, 1, 9, 0, tzinfo=UTC), "1 mars 2026, 09:00"),  # Ramadan
        (datetime(2026, 11, 22, 9, 0, tzinfo=UTC), "22 novembre 2026, 09:00"),  # UTC for good
    ],
)
def test_a_moment_is_told_in_the_time_of_casablanca(app, at, told):
    assert at.astimezone(CASABLANCA).strftime("%H:%M") == told[-5:]
    with app.test_request_context("/?lang=fr"):
        assert moment(at) == told.replace(" ", "\N{NO-BREAK SPACE}")


@pytest.mark.parametrize(("language", "sign"), [("fr", ", "), ("ar", "، ")])
def test_a_list_is_parted_by_the_sign_of_its_language(app, language, sign):
    with app.test_request_context(f"/?lang={language}"):
        assert listed(["Miel <b>", "", "عسل"]) == f"<bdi>Miel &lt;b&gt;</bdi>{sign}<bdi>عسل</bdi>"
