"""The composition of the committee: read by those who read meetings, kept by the administrator."""

import pytest
from sqlalchemy import select

from certify.models import Mandate, Seat

SEAT = {"code": "INRA", "body_fr": "Recherche agronomique", "body_ar": "البحث الزراعي", "is_voting": "y"}


@pytest.mark.parametrize(
    ("name", "status"), [("adam", 200), ("carol", 200), ("pia", 200), ("aude", 200), ("alice", 403)]
)
def test_who_reads_meetings_reads_who_sits(client_of, name, status):
    answer = client_of(name).get("/seats")
    assert (answer.status_code, "/appointment" in answer.text) == (status, name == "adam")


@pytest.mark.parametrize("page", ["/seats/new", "/seats/1/appointment", "/seats/mandates/1/end"])
def test_the_administrator_alone_composes(client_of, page):
    assert client_of("adam").get(page).status_code == 200
    assert {client_of(name).post(page, data=SEAT).status_code for name in ("carol", "pia", "alice")} == {403}


def test_a_seat_is_made_then_somebody_appointed(client_of, session, user):
    adam = client_of("adam")
    made = adam.post("/seats/new", data=SEAT)
    seat = session.scalars(select(Seat).where(Seat.code == "INRA")).one()
    assert (made.status_code, made.location) == (303, f"/seats/{seat.id}/appointment")
    asked = {"user_id": user("sami").id, "holding": "titular", "starts_on": "2027-01-01", "act": "Décision n° 3"}
    assert adam.post(made.location, data=asked).location == f"/seats#seat-{seat.id}"
    page = client_of("carol").get("/seats").text
    assert all(word in page for word in ("Recherche agronomique", user("sami").name, "Décision n° 3"))


def test_what_was_typed_comes_back_with_the_reason(client_of, session, user):
    adam = client_of("adam")
    asked = {"user_id": user("bob").id, "holding": "alternate", "starts_on": "2027-01-01", "act": "Décision n° 3"}
    answer = adam.post("/seats/1/appointment", data=asked)
    assert (answer.status_code, "Décision n° 3" in answer.text, 'value="2027-01-01"' in answer.text) == (
        422,
        True,
        True,
    )
    wrong = adam.post("/seats/1/appointment", data=asked | {"starts_on": "demain", "user_id": "99999"})
    assert (wrong.status_code, "starts_on-error" in wrong.text, "user_id-error" in wrong.text) == (422, True, True)


def test_a_mandate_is_ended(client_of, session, user):
    mandate = session.scalars(select(Mandate).where(Mandate.user_id == user("bob").id)).one()
    client_of("adam").post(f"/seats/mandates/{mandate.id}/end", data={"ends_on": "2027-06-30"})
    session.expire_all()
    assert str(mandate.ends_on) == "2027-06-30"
