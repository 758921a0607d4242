"""After the decision: reasons, ways to contest, the contract of use, the licence."""

import pytest

from certify.operations import licences
from certify.workflows.licence import State
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401


@pytest.fixture
def alice(client_of):
    return client_of("alice")


def test_a_refusal_gives_its_reasons_and_how_to_contest(alice, staged):  # noqa: F811
    dossier = staged("refused")
    page = alice.get(f"/dossiers/{dossier.id}/decision?lang=fr").text
    assert all(
        words in page
        for words in ("L’origine n’est pas établie.", "Rapport", "Tribunal administratif", f"DEC-{dossier.number}.pdf")
    )


def test_reservations_are_listed_with_their_day(alice, staged):  # noqa: F811
    page = alice.get(f"/dossiers/{staged('reserved').id}/decision?lang=fr").text
    assert all(words in page for words in ("Corriger le poids net", "Fermer le pot.", "2027"))


def test_there_is_nothing_before_the_decision(alice, staged):  # noqa: F811
    rooms = [f"/dossiers/{staged(name).id}" for name in ("filed", "checking", "asked", "admissible", "adjourned")]
    pages = [f"{room}/{page}" for room in rooms for page in ("decision", "licence", "contract")]
    assert {alice.get(page).status_code for page in pages} == {404}


def test_the_contract_is_read_and_signed_once(session, alice, staged, licence_of):  # noqa: F811
    dossier, licence = staged("approved"), licence_of("approved")
    address, data = f"/dossiers/{dossier.id}/contract", {"is_accepted": "y", "version": licence.version}
    assert "neither sold, nor lent" in alice.get(f"{address}?lang=en").text
    first, second = (alice.post(address, data=data) for _ in range(2))
    session.expire_all()
    assert (first.status_code, first.location, second.status_code) == (303, f"/dossiers/{dossier.id}/licence", 409)
    assert (licence.terms_accepted_at is not None, licence.state) == (True, State.TO_SIGN)


def test_the_contract_is_not_signed_by_pressing_alone(session, alice, staged, licence_of):  # noqa: F811
    licence = licence_of("approved")
    answer = alice.post(f"/dossiers/{staged('approved').id}/contract", data={"version": licence.version})
    session.expire_all()
    assert (answer.status_code, licence.terms_accepted_at) == (422, None)


def test_nobody_else_signs_the_contract(session, client_of, staged, licence_of):  # noqa: F811
    licence = licence_of("approved")
    for name in ("mallory", "carol", "sami"):
        data = {"is_accepted": "y", "version": licence.version}
        assert client_of(name).post(f"/dossiers/{staged('approved').id}/contract", data=data).status_code == 403
    session.expire_all()
    assert licence.terms_accepted_at is None


def test_before_the_signature_the_licence_says_what_is_awaited(alice, staged):  # noqa: F811
    page = alice.get(f"/dossiers/{staged('approved').id}/licence?lang=en").text
    assert ("The authorisation is not signed yet" in page, "yet to be notified" in page, "/v/" in page) == (
        True,
        True,
        False,
    )


def test_the_licence_shows_number_mark_validity_and_papers(alice, staged, licence_of):  # noqa: F811
    licence = licence_of("signed")
    shown = (licence.number, "0000-0000-0000", f"/v/{licence.mark}", f"/papers/CERT-{licence.number}-1.pdf")
    for language in ("fr", "ar", "en"):
        page = alice.get(f"/dossiers/{staged('signed').id}/licence?lang={language}").text
        assert [words for words in shown if words not in page] == []


def test_a_suspended_licence_says_stop_and_why(session, acting, alice, staged, licence_of):  # noqa: F811
    licences.suspend(licence_of("signed"), reason="Analyse défavorable.", actor=acting("sami"))
    session.commit()
    room = f"/dossiers/{staged('signed').id}"
    assert "The label may not be used on this product." in alice.get(f"{room}?lang=en").text
    page = alice.get(f"{room}/licence?lang=en").text
    assert [words for words in ("Stop using the label now", "Analyse défavorable.") if words not in page] == []


def test_a_licence_past_its_last_day_is_expired_before_the_clock_says_so(alice, staged, clock):  # noqa: F811
    clock.advance(days=3 * 366)
    assert "The label may not be used on this product." in alice.get(f"/dossiers/{staged('signed').id}?lang=en").text
