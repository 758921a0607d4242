"""The people of the tests. Alice applies, Bob votes, Carol is the office, Lina analyses, Ines visits, Mallory spies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Session

from certify.models import Mandate, Organisation, Seat, Site, User, UserRole, YearlyDeclaration
from certify.models.committee import Holding
from certify.models.organisation import Kind, SanitaryRegime, Trade
from certify.operations import passwords
from certify.workflows.permissions import Role
from tests.times import NOON

PASSWORD = "une-longue-phrase-de-passe"

ROLES = {
    "alice": (Role.APPLICANT,),
    "mallory": (Role.APPLICANT,),
    "carol": (Role.SECRETARIAT,),
    "dora": (Role.SECRETARIAT,),
    "rachid": (Role.RAPPORTEUR,),
    "ines": (Role.INSPECTOR,),
    "ilyas": (Role.INSPECTOR,),
    "pia": (Role.PRESIDENT,),
    "bob": (Role.MEMBER,),
    "brahim": (Role.MEMBER,),
    "bouchra": (Role.MEMBER,),
    "badr": (Role.MEMBER,),
    "sami": (Role.SIGNATORY,),
    "adam": (Role.ADMINISTRATOR,),
    "aude": (Role.AUDITOR,),
    "lina": (Role.LABORATORY,),
    "lotfi": (Role.LABORATORY,),
}
LABORATORIES = {"lina": "LOARC Agadir", "lotfi": "Laboratoire du Souss"}
SEATS = ("pia", "bob", "brahim", "bouchra")
"""Titulars of the four voting seats, the president first; Badr is Bob's alternate."""


CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Argon2 as it is, with parameters that cost next to nothing."""


KNOWN = select(User).where(User.email == bindparam("email", type_=String))
"""Put together once: a test asks for people again and again."""


def find(session: Session, name: str) -> User:
    """Return the row of somebody: `find(session, "alice")`."""
    return session.scalars(KNOWN, {"email": f"{name}@example.ma"}).one()


@cache
def hashed() -> str:
    """Return the hash of PASSWORD, computed once with cheap parameters."""
    return CHEAP.hash(PASSWORD)


@contextmanager
def hashing_cheaply() -> Iterator[None]:
    """Let people come in whose test is about something else; renewing their cheap hash would take 30 ms each."""
    kept, passwords.HASHER = passwords.HASHER, CHEAP
    try:
        yield
    finally:
        passwords.HASHER = kept


def settle(session: Session) -> dict[str, User]:
    """Create everybody, their organisations with a site each, and the seats; return the people by first name."""
    for number, (name, ice) in enumerate((("Tighmi", "001561191000066"), ("Mallory", "002136093000040")), 1):
        session.add(
            Organisation(
                id=number,
                name_fr=f"Coopérative {name}",
                name_ar="تعاونية تيغمي" if number == 1 else "تعاونية أخرى",
                kind=Kind.COOPERATIVE,
                trade=Trade.PRODUCER,
                ice=ice,
                address="Douar Tighmi",
                commune="Tighmi",
                province=29,
                email="coop@example.ma",
                phone="+212612345678",
                representative_name="Alice Amrani",
                representative_capacity="Présidente",
                representative_cnie="AB123456",
                members_count=40,
                women_count=25,
                created_at=NOON,
                sites=[
                    Site(
                        name="Atelier de Tighmi",
                        address="Douar Tighmi",
                        commune="Tighmi",
                        province=29,
                        sanitary_regime=SanitaryRegime.AUTHORISED,
                        sanitary_number=f"M.29.{number}.24",
                        sanitary_valid_to=date(2029, 12, 31),
                        created_at=NOON,
                    )
                ],
            )
        )
    session.flush()
    people = {}
    for name, roles in ROLES.items():
        organisation = {"alice": 1, "mallory": 2}.get(name)
        people[name] = User(
            email=f"{name}@example.ma",
            name=f"{name.title()} Test",
            password_hash=hashed(),
            locale="fr",
            organisation_id=organisation,
            laboratory=LABORATORIES.get(name),
            created_at=NOON,
            confirmed_at=NOON,
            held_roles=[UserRole(role=role) for role in roles],
        )
    session.add_all(people.values())
    session.flush()
    for name in SEATS:
        seat = Seat(code=f"S-{name}", body_fr=f"Organisme de {name}", body_ar="هيئة", is_president=name == "pia")
        seat.mandates = [Mandate(user_id=people[name].id, holding=Holding.TITULAR, starts_on=date(2026, 1, 1))]
        if name == "bob":
            seat.mandates.append(
                Mandate(user_id=people["badr"].id, holding=Holding.ALTERNATE, starts_on=date(2026, 1, 1))
            )
        session.add(seat)
    declare_year(session, *(people[name] for name in (*SEATS, "badr")))
    session.commit()
    return people


def declare_year(session: Session, *users: User) -> None:
    """Let people who sit on the committee have declared no tie for the year of the tests, and for the next."""
    for user in users:
        for year in (2026, 2027):
            session.add(YearlyDeclaration(user_id=user.id, year=year, tie_count=0, declared_at=NOON))
    session.flush()
