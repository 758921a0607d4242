"""What a password must be."""

import pytest

from certify.workflows.errors import Malformed
from certify.workflows.passwords import check_password


def refusal(password, email="alice@example.ma"):
    with pytest.raises(Malformed) as refused:
        check_password(password, email)
    return str(refused.value)


@pytest.mark.parametrize(
    "password", ["olivier amande cumin", "تمور بوسكري الجيدة", "x7$kQ-pLw92m", "a" * 5 + "bcdefgh"]
)
def test_long_password_is_accepted(password):
    assert check_password(password, "alice@example.ma") is None


def test_short_password_is_refused_with_a_way_out():
    assert refusal("onze-lettre") == "Use at least 12 characters: three or four words you will remember do well."


def test_endless_password_is_refused():
    assert refusal("olivier " * 26) == "Use at most 200 characters."


@pytest.mark.parametrize("password", ["alice@example.ma", "Alice@Example.ma-2026", "ice@example.ma"])
def test_email_is_no_password(password):
    assert refusal(password) == "Choose something other than your e-mail address."


@pytest.mark.parametrize(
    "password",
    ["motdepasse2026", "Password-1234!", "123456789012", "aaaaaaaaaaaaaa", "azertyuiop12", "marocmaroc2026",
     "121212121212", "qwertyuiopas", "987654321098", "Label.Terroir.2026", "12345 678901 2345"],
)  # fmt: skip
def test_common_password_is_refused(password):
    assert refusal(password).startswith("This is among the first passwords anybody would try")
