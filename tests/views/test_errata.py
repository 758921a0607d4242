"""An erratum on the screens: drawn up, signed, signed again, listed beside the minutes; closed to who is recused."""

from __future__ import annotations

from certify.models import Erratum, Meeting
from tests.operations.test_errata import draw_up, of_signed, put_in_force, recuse  # noqa: F401
from tests.sittings import at_work, of_visitor, on_stage, plain  # noqa: F401

TYPED = {
    "position": "1",
    "passage": "attendance",
    "says": "Arrivée à 9 h 40.",
    "should_say": "Arrivée à 9 h 30.",
    "reason": "Feuille mal recopiée.",
}


def at(stage, rest=""):
    return f"/meetings/{stage.meeting.id}{rest}"


def test_from_the_minutes_to_the_paper(signed, visitor):
    carol, pia = visitor("carol"), visitor("pia")
    assert 'href="/meetings/1/minutes/errata"' in carol.get(at(signed, "/minutes")).text
    made = carol.post(at(signed, "/minutes/errata"), **TYPED)
    page = made.headers["Location"]
    assert "To be signed by the secretary" in plain(carol.get(page))
    assert carol.post(f"{page}/attestation").status_code == 303
    assert pia.get(f"{page}/signature").status_code == 200
    assert pia.post(f"{page}/signature").status_code == 303
    assert pia.post(f"{page}/signature").status_code == 409
    shown = pia.get(page).text
    assert ("/papers/PV-CH-2026-01-R1.pdf" in shown, signed.session.query(Erratum).one().is_in_force) == (True, True)
    for listed in ("", "/minutes"):
        assert "PV-CH-2026-01-R1" in visitor("bob").get(at(signed, listed)).text


def test_what_is_wrong_is_said_next_to_the_field_and_nothing_typed_is_lost(signed, visitor):
    carol = visitor("carol")
    answer = carol.post(at(signed, "/minutes/errata"), **TYPED | {"says": "", "passage": "outcome"})
    assert (answer.status_code, "Quote what the minutes say." in answer.text) == (422, True)
    assert "Feuille mal recopiée." in answer.text
    turned = carol.post(at(signed, "/minutes/errata"), **TYPED | {"says": "Approuvé", "should_say": "Refusé"})
    assert (turned.status_code, "do not tell of the same decision" in turned.text) == (422, True)
    assert ("Feuille mal recopiée." in turned.text, signed.session.query(Erratum).count()) == (True, 0)


def test_it_is_given_up_with_a_reason(signed, visitor):
    carol = visitor("carol")
    erratum = draw_up(signed)
    page = f"/meetings/errata/{erratum.id}"
    assert carol.post(f"{page}/dropping", reason="").status_code == 422
    assert carol.post(f"{page}/dropping", reason="Doublon").status_code == 303
    assert "Doublon" in carol.get(page).text
    assert carol.post(f"{page}/attestation").status_code == 409


def test_strangers_and_members_may_not(signed, visitor):
    erratum = draw_up(signed)
    for name in ("mallory", "alice"):
        assert visitor(name).get(f"/meetings/errata/{erratum.id}").status_code == 403
    for name in ("mallory", "bob", "pia", "sami"):
        assert visitor(name).post(at(signed, "/minutes/errata"), **TYPED).status_code == 403
    assert visitor("bob").post(f"/meetings/errata/{erratum.id}/signature").status_code == 403
    assert signed.session.query(Erratum).count() == 1


def test_to_somebody_recused_there_is_none(signed, visitor):
    recuse(signed, "bob")
    erratum = draw_up(signed)
    put_in_force(signed, erratum)
    signed.session.commit()
    bob = visitor("bob")
    assert bob.get(f"/meetings/errata/{erratum.id}").status_code == 404
    assert bob.get(f"/papers/{erratum.number}.pdf").status_code == 404
    for page in ("", "/minutes"):
        assert erratum.number not in bob.get(at(signed, page)).text


def test_none_is_offered_before_the_minutes_are_signed(stage, visitor):
    meeting = stage.session.query(Meeting).one()
    assert "/minutes/errata" not in visitor("carol").get(f"/meetings/{meeting.id}/minutes").text
