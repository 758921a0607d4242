"""The pages on which a suggested conflict is seen and ruled on."""

from __future__ import annotations

import pytest

from tests.sittings import at_work, of_visitor, on_stage  # noqa: F401

TIE = "Declared a tie to this applicant earlier"


@pytest.fixture
def tied(stage):
    """The stage on which Bob declared a conflict on the other dossier of the same applicant."""
    stage.declare("bob", item=stage.other, conflict="bob")
    return stage


@pytest.fixture
def page(tied, user):
    """Where the president rules on Bob."""
    return f"/committee/items/{tied.item.id}/conflicts/{user('bob').id}"


def test_who_presides_and_the_member_see_the_suggestion_and_nobody_else(tied, visitor):
    path = f"/committee/items/{tied.item.id}"
    seen = {name: TIE in visitor(name).get(path).text for name in ("pia", "bob", "brahim", "carol", "aude")}
    assert seen == {"pia": True, "bob": True, "brahim": False, "carol": False, "aude": False}
    assert TIE in visitor("bob").get(f"{path}/interest").text


def test_the_president_confirms_and_the_member_is_closed_out(tied, visitor, page):
    pia = visitor("pia")
    assert TIE in pia.get(page).text
    answer = pia.post(page, ruling="confirmed", reason="Il y a travaillé.", version=tied.item.dossier.version)
    assert (answer.status_code, visitor("bob").get(f"/committee/items/{tied.item.id}").status_code) == (303, 403)


def test_the_president_dismisses_and_the_page_says_why(tied, visitor, page):
    pia = visitor("pia")
    pia.post(page, ruling="dismissed", reason="Rien de commun.", version=tied.item.dossier.version)
    shown = pia.get(f"/committee/items/{tied.item.id}").text
    assert ("Rien de commun." in shown, "Confirm or dismiss" in shown) == (True, False)
    assert pia.get(page).status_code == 404


@pytest.mark.parametrize(
    ("name", "typed", "status"),
    [
        ("pia", {"ruling": "confirmed"}, 422),
        ("pia", {"reason": "Parce que."}, 422),
        ("pia", {"ruling": "dismissed", "reason": "Parce que.", "version": 1}, 409),
        ("bob", {"ruling": "dismissed", "reason": "Parce que."}, 403),
        ("carol", {"ruling": "dismissed", "reason": "Parce que."}, 403),
        ("mallory", {"ruling": "dismissed", "reason": "Parce que."}, 403),
    ],
)
def test_a_ruling_that_does_not_hold_changes_nothing(visitor, page, name, typed, status):
    assert visitor(name).post(page, **typed).status_code == status
    assert TIE in visitor("bob").get(page.partition("/conflicts")[0]).text
