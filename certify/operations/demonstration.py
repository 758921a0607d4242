"""The demonstration: an invented population that has gone through the real rules, with something in every state."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from itertools import chain, cycle, islice

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certify.models import (
    Dossier,
    Licence,
    Mandate,
    Meeting,
    Message,
    Organisation,
    RecognisedSign,
    Seat,
    Site,
    User,
    UserRole,
)
from certify.models.committee import Holding
from certify.models.dossier import Usage
from certify.models.organisation import Kind, SanitaryRegime, Trade
from certify.operations import admissibility, agenda, ballots, dossiers, licences, meetings, samples, visits
from certify.operations import rehearsal as play
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.operations.demonstration_copies import play_copies
from certify.operations.demonstration_labels import order_some
from certify.operations.fieldwork import record_visit
from certify.operations.late import add_late_item
from certify.operations.passwords import hash_password
from certify.operations.storage import Store
from certify.operations.timekeeping import remind_and_lapse
from certify.operations.yearly import declare_year
from certify.queries.committee import list_places
from certify.queries.regulations import get_regulation_in_force
from certify.workflows import licence as licence_life
from certify.workflows.permissions import Role
from certify.workflows.voting import Choice

LABORATORIES = {"laboratory": "Laboratoire de démonstration", "laboratory2": "Contre-laboratoire de démonstration"}

PASSWORD = "demonstration-2026"
"""The one password of every invented account."""

SEATS = (
    # code, body; the first presides
    ("PRES", "Agence pour le développement agricole", "وكالة التنمية الفلاحية"),
    ("FILIERES", "Direction des filières", "مديرية السلاسل"),
    ("SANITAIRE", "Office de sécurité sanitaire", "مكتب السلامة الصحية"),
    ("COOP", "Office des coopératives", "مكتب تنمية التعاون"),
    ("RECHERCHE", "Recherche agronomique", "البحث الزراعي"),
    ("CONSO", "Association de consommateurs", "جمعية المستهلكين"),
    ("EXPERT", "École d’agriculture, voix consultative", "مدرسة الفلاحة، صوت استشاري"),
)
ADVISORY = "EXPERT"
"""The seat that gives opinions and does not vote."""

STAFF = (
    # name in the play, role, name shown, seat held, how
    ("secretariat", Role.SECRETARIAT, "Karima Alaoui", None, None),
    ("secretariat2", Role.SECRETARIAT, "Driss Berrada", None, None),
    ("rapporteur", Role.RAPPORTEUR, "Rachid Ouahbi", None, None),
    ("rapporteur2", Role.RAPPORTEUR, "Salma Tazi", None, None),
    ("inspector", Role.INSPECTOR, "Ilham Sebti", None, None),
    ("inspector2", Role.INSPECTOR, "Idriss Ouali", None, None),
    ("signatory", Role.SIGNATORY, "Samir Bennani", None, None),
    ("administrator", Role.ADMINISTRATOR, "Adam Chraïbi", None, None),
    ("laboratory", Role.LABORATORY, "Lina Idrissi", None, None),
    ("laboratory2", Role.LABORATORY, "Lotfi Amrani", None, None),
    ("auditor", Role.AUDITOR, "Aude Lahlou", None, None),
    ("president", Role.PRESIDENT, "Pia Fassi", "PRES", Holding.TITULAR),
    ("member1", Role.MEMBER, "Brahim Naciri", "FILIERES", Holding.TITULAR),
    ("member2", Role.MEMBER, "Bouchra El Amrani", "SANITAIRE", Holding.TITULAR),
    ("member3", Role.MEMBER, "Badr Skalli", "COOP", Holding.TITULAR),
    ("member4", Role.MEMBER, "Btissam Ziani", "RECHERCHE", Holding.TITULAR),
    ("member5", Role.MEMBER, "Bilal Haddad", "CONSO", Holding.TITULAR),
    ("expert", Role.MEMBER, "Widad Sabri", "EXPERT", Holding.TITULAR),
    ("alternate", Role.MEMBER, "Bahia Rami", "FILIERES", Holding.ALTERNATE),
)


def load(*, session: Session, store: Store, at: datetime, issuer: Issuer) -> None:
    """Fill an empty database. Raises ValueError when it holds an account already."""
    if session.scalars(select(User.id).limit(1)).first():
        raise ValueError("The database already holds accounts: the demonstration loads into an empty one only.")
    stage = play.Stage(session, store, at, issuer)
    settle_people(stage)
    products = list(settle_holders(stage))
    declare_years(stage)
    licensed, fresh = products[:28], cycle(chain(products[28:], renamed(products[3:17])))
    grant(stage, products[:3], ago=1180)
    for ago, batch in zip(
        (900, 560, 300, 95), (licensed[:8], licensed[8:16], licensed[16:24], licensed[24:]), strict=True
    ):
        grant(stage, batch, ago=ago)
    end_some(stage)
    order_some(stage)
    play_present(stage, fresh)
    play_copies(session, at=at)
    session.execute(update(Message).where(Message.sent_at.is_(None)).values(sent_at=Message.written_at))
    session.flush()


def settle_people(stage: play.Stage) -> None:
    """Open the accounts of the agency and the committee, and give the seats."""
    kept, since = hash_password(PASSWORD), stage.day(1500)
    seats = {
        code: Seat(code=code, body_fr=body_fr, body_ar=body_ar, is_president=rank == 0, is_voting=code != ADVISORY)
        for rank, (code, body_fr, body_ar) in enumerate(SEATS)
    }
    stage.session.add_all(seats.values())
    for name, role, shown, code, holding in STAFF:
        user = account(stage, name, shown, role, kept=kept, since=since)
        user.laboratory = LABORATORIES.get(name)
        if code:
            seats[code].mandates.append(Mandate(user_id=user.id, holding=holding, starts_on=since.date()))
    stage.session.flush()


def declare_years(stage: play.Stage) -> None:
    """Let everybody who sits on the committee have declared their interests, each year until this one."""
    holder = stage.session.scalars(select(Organisation).order_by(Organisation.id).limit(1)).one()
    for year in range(stage.day(1489).year, stage.at.year + 1):
        at = min(max(datetime(year, 1, 12, 9, tzinfo=UTC), stage.day(1489)), stage.at)
        for name, role, *_ in STAFF:
            if role in (Role.PRESIDENT, Role.MEMBER):
                ties = play.ties_to(holder, at) if name == "member3" else ()
                declare_year(ties, actor=stage.acting(name, at))


def account(stage: play.Stage, name: str, shown: str, role: Role, *, kept: str, since: datetime) -> User:
    """Open one account, its address confirmed."""
    user = User(
        email=f"{name}@demo.example.com",
        name=f"{shown} (démonstration)",
        password_hash=kept,
        locale="fr",
        created_at=since,
        confirmed_at=since,
        is_demonstration=True,
        held_roles=[UserRole(role=role)],
    )
    stage.session.add(user)
    stage.session.flush()
    stage.people[name] = user
    return user


def settle_holders(stage: play.Stage) -> Iterator[Mapping[str, object]]:
    """Open the invented holders with their sites; yield their products, one of each holder in turn."""
    source = tomllib.loads(files("certify").joinpath("reference", "demonstration.toml").read_text("utf-8"))
    signs = dict(stage.session.execute(select(RecognisedSign.order_number, RecognisedSign.id)).all())
    kept, shelves = hash_password(PASSWORD), []
    for number, holder in enumerate(source["holder"], 1):
        name = "applicant" if number == 1 else f"applicant{number}"
        user = account(stage, name, f"Représentante {number}", Role.APPLICANT, kept=kept, since=stage.day(1490))
        user.organisation_id = settle_holder(stage, holder, number).id
        shelves.append(
            [{**product, "owner": name, "sign_id": signs.get(product.get("sign"))} for product in holder["products"]]
        )
    stage.session.flush()
    for place in range(max(len(shelf) for shelf in shelves)):
        yield from (shelf[place] for shelf in shelves if place < len(shelf))


def settle_holder(stage: play.Stage, holder: Mapping[str, object], number: int) -> Organisation:
    """Open one invented holder, its particulars whole, with a site for each sanitary standing it needs."""
    since = stage.day(1490)
    organisation = Organisation(
        name_fr=holder["name_fr"],
        name_ar=holder["name_ar"],
        kind=Kind(holder["kind"]),
        trade=Trade.BOTH,
        ice=invented_ice(number),
        tax_number=f"40{number:05}",
        trade_register=f"{1000 + number}",
        cooperative_register=f"{number}/2019",
        register_court="Tribunal de démonstration",
        address="Route principale",
        commune=holder["commune"],
        province=holder["province"],
        email=f"contact{number}@demo.example.com",
        phone=f"+2126000000{number:02}",
        representative_name=f"Représentante {number} (démonstration)",
        representative_capacity="Présidente",
        representative_cnie=f"ZZ{100000 + number}",
        members_count=20 + number,
        women_count=10 + number,
        created_at=since,
        is_demonstration=True,
    )
    organisation.sites = [settle_site(stage, holder, number)]
    stage.session.add(organisation)
    stage.session.flush()
    return organisation


def settle_site(stage: play.Stage, holder: Mapping[str, object], number: int) -> Site:
    """Open the workshop of a holder, its sanitary number fitting its first food product, or outside the food law."""
    regulation = get_regulation_in_force(stage.at.date())
    food = next((product for product in holder["products"] if product["usage"] == Usage.FOOD), None)
    activity = regulation.filiere(food["filiere"]).activities[0] if food else None
    return Site(
        name=f"Atelier de {holder['commune']}",
        address="Route principale",
        commune=holder["commune"],
        province=holder["province"],
        sanitary_regime=SanitaryRegime.AUTHORISED if food else SanitaryRegime.NOT_FOOD,
        sanitary_number=f"{activity}.{holder['province']}.{number}.21" if food else None,
        sanitary_valid_to=date(stage.at.year + 4, 12, 31) if food else None,
        created_at=stage.day(1490),
    )


def invented_ice(number: int) -> str:
    """Make an ICE whose key is right and whose enterprise number is plainly invented (999…)."""
    body = f"999{number:06}0001"
    return f"{body}{97 - int(body) * 100 % 97:02}"


def renamed(products: list[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return other products of the same holders: the same in a new presentation."""
    more = {"fr": ", nouvelle présentation", "ar": "، تقديم جديد", "en": ", new presentation"}
    return [{**product, **{tongue: product[tongue] + more[tongue] for tongue in more}} for product in products]


def prepare(stage: play.Stage, product: Mapping[str, object], ago: int, *, until: str = "ready") -> Dossier:
    """Take a product from a draft begun `ago` days ago through the ordinary course, `until` a state."""
    owner = str(product["owner"])
    dossier = play.write_draft(stage, owner, product, stage.day(ago + 1))
    steps = {
        "filed": lambda: play.file(stage, dossier, owner, stage.day(ago)),
        "checking": lambda: admissibility.take_up(dossier, actor=stage.acting("secretariat", stage.day(ago - 1))),
        "admissible": lambda: play.admit(stage, dossier, stage.day(ago - 3)),
        "examination": lambda: play.appoint(stage, dossier, stage.day(ago - 5)),
        "ready": lambda: play.report(stage, dossier, stage.day(ago - 25)),
    }
    for state, step in steps.items():
        if dossier.state == until:
            break
        step()
        if state == until:
            break
    return dossier


def grant(stage: play.Stage, batch: list[Mapping[str, object]], *, ago: int) -> None:
    """Take a batch of products through one meeting to their licences; the last waits to be signed when it is recent."""
    chosen = [prepare(stage, product, ago + 55) for product in batch]
    meeting = play.convene(stage, chosen, stage.day(ago))
    play.open_meeting(stage, meeting, stage.day(ago), recused={chosen[0]: stage.people["member3"].name})
    for dossier in chosen:
        play.vote(stage, meeting, dossier, Choice.FAVOURABLE, stage.day(ago, 11))
    meetings.close_meeting(meeting, actor=stage.acting("president", stage.day(ago, 12)))
    play.sign(stage, meeting, stage.day(ago - 1))
    for product, dossier in zip(batch, chosen, strict=True):
        play.notify(stage, dossier, stage.day(ago - 4))
        if not (ago < 100 and dossier is chosen[-1]):
            play.authorise(stage, dossier, str(product["owner"]), stage.day(ago - 5))


def end_some(stage: play.Stage) -> None:
    """Let some licences expire, be suspended, reinstated or withdrawn."""
    signed = select(Licence).where(Licence.state == licence_life.State.ACTIVE).order_by(Licence.id)
    standing = stage.session.scalars(signed).all()
    for licence in standing:
        if licence.valid_to < stage.at.date():
            licences.expire(licence, actor=Actor(stage.session, None, stage.at))
    active = [licence for licence in standing if licence.state is licence_life.State.ACTIVE]
    signatory = stage.acting("signatory", stage.day(40))
    for licence in active[3:6]:
        licences.suspend(licence, reason="Analyse défavorable lors d’un contrôle ponctuel.", actor=signatory)
    licences.reinstate(active[5], reason="Contrôle favorable.", actor=stage.acting("signatory", stage.day(20)))
    for licence in active[8:10]:
        licences.withdraw(licence, reason="Usage du label sur un autre produit.", actor=signatory)


def play_present(stage: play.Stage, fresh: Iterator[Mapping[str, object]]) -> None:
    """Leave something in every state of today."""
    for until, agos in {
        "draft": (3, 1),
        "filed": (1, 0),
        "checking": (6, 12),
        "admissible": (9, 8),
        "examination": (85, 56, 20),
        "ready": (45, 40),
    }.items():
        for ago in agos:
            prepare(stage, next(fresh), ago, until=until)
    leave_before_committee(stage, fresh)
    play_yesterday(stage, fresh)
    meeting = play_today(stage, fresh)
    coming = [prepare(stage, product, 35) for product in islice(fresh, 2)]
    play.convene(stage, coming, stage.at + timedelta(days=14))
    secretary = stage.acting("secretariat", stage.at)
    later = (stage.at + timedelta(days=45)).date()
    meetings.plan_meeting(held_on=later, starts_at="09:30", place="Rabat, siège de l’Agence", actor=secretary)
    leave_at_laboratories(stage, fresh)
    leave_to_visit(stage, fresh)
    late = prepare(stage, next(fresh), 59)
    add_late_item(meeting, late, reason="La récolte commence avant la prochaine réunion.", actor=secretary)


def leave_to_visit(stage: play.Stage, fresh: Iterator[Mapping[str, object]]) -> None:
    """Leave a visit for today, one for next week with two inspectors, one under way, and one closed."""
    today, coming, under_way, made = (prepare(stage, next(fresh), 26, until="examination") for _ in range(4))
    play.plan_visit(stage, today, stage.at.date(), stage.day(6), ("inspector",))
    later = (stage.at + timedelta(days=7)).date()
    play.plan_visit(stage, coming, later, stage.day(2), ("inspector", "inspector2"))
    begun = play.plan_visit(stage, under_way, stage.at.date(), stage.day(8), ("inspector2",))
    visits.begin_visit(begun, actor=stage.acting("inspector2", stage.day(0, 9)))
    visit = play.plan_visit(stage, made, stage.day(3).date(), stage.day(11), ("inspector", "inspector2"))
    record_visit(stage, visit, stage.day(3))


def leave_at_laboratories(stage: play.Stage, fresh: Iterator[Mapping[str, object]]) -> None:
    """Leave a sample that its laboratory still analyses, and one analysed that the applicant has analysed again."""
    awaited, analysed = (prepare(stage, next(fresh), 24, until="examination") for _ in range(2))
    play.take_sample(stage, awaited, stage.day(4))
    sample = play.take_sample(stage, analysed, stage.day(12))
    play.analyse(stage, sample.portions[0], "laboratory", stage.day(5))
    samples.send_counter_analysis(
        sample,
        laboratory=stage.people["laboratory2"],
        reason="Le demandeur conteste la première valeur par courrier reçu hier.",
        actor=stage.acting("rapporteur", stage.day(2)),
    )


def leave_before_committee(stage: play.Stage, fresh: Iterator[Mapping[str, object]]) -> None:
    """Leave files that wait for their applicant, or ended before any committee."""
    pieces = [("test_reports", "Un bulletin de moins de douze mois."), ("label_artwork", "La maquette en arabe aussi.")]
    secretary = stage.acting("secretariat", stage.day(8))
    waiting = prepare(stage, next(fresh), 14, until="checking")
    admissibility.request_complement(waiting, pieces, actor=secretary)
    silent = prepare(stage, next(fresh), 70, until="checking")
    admissibility.request_complement(silent, pieces, actor=stage.acting("secretariat", stage.day(66)))
    for ago in (46, 36, 20):
        remind_and_lapse(silent, Actor(stage.session, None, stage.day(ago)))
    refused = prepare(stage, next(fresh), 18, until="checking")
    admissibility.propose_inadmissibility(
        refused,
        ground="not_producer_or_packer",
        reason="Le demandeur ne produit ni ne conditionne ce produit.",
        actor=secretary,
    )
    admissibility.sign_inadmissibility(refused, actor=stage.acting("secretariat2", stage.day(7)))
    left = next(fresh)
    dossiers.withdraw_dossier(
        prepare(stage, left, 30, until="admissible"), actor=stage.acting(str(left["owner"]), stage.day(10))
    )
    product = next(fresh)
    correcting = prepare(stage, product, 40, until="examination")
    play.require_conformity(stage, correcting, stage.day(12))
    play.correct(stage, correcting, str(product["owner"]), stage.day(6))


def play_yesterday(stage: play.Stage, fresh: Iterator[Mapping[str, object]]) -> None:
    """Leave decisions of a signed meeting, one of them without its president, and minutes that wait for signatures."""
    old = [prepare(stage, product, 75) for product in islice(fresh, 2)]
    first = play.convene(stage, old, stage.day(20))
    play.open_meeting(stage, first, stage.day(20), recused={old[1]: stage.people["president"].name})
    play.vote(stage, first, old[0], Choice.UNFAVOURABLE, stage.day(20, 11))
    play.vote(stage, first, old[1], Choice.FAVOURABLE_WITH_RESERVATIONS, stage.day(20, 12))
    meetings.close_meeting(first, actor=play.presiding(stage, first, stage.day(20, 13)))
    play.sign(stage, first, stage.day(19))
    play.mend(stage, first, stage.day(15))
    new = [prepare(stage, product, 50) for product in islice(fresh, 2)]
    second = play.convene(stage, new, stage.day(2))
    play.open_meeting(stage, second, stage.day(2))
    play.vote(stage, second, new[0], Choice.FAVOURABLE, stage.day(2, 11))
    play.vote(stage, second, new[1], Choice.ADJOURN, stage.day(2, 12))
    meetings.close_meeting(second, actor=stage.acting("president", stage.day(2, 13)))
    play.proceedings.draw_up_minutes(second, actor=stage.acting("secretariat", stage.day(1)))


def play_today(stage: play.Stage, fresh: Iterator[Mapping[str, object]]) -> Meeting:
    """Leave a meeting under way, an item open and half the ballots in; return another, that the president may open."""
    under_way = [prepare(stage, product, 60) for product in islice(fresh, 2)]
    now = stage.at
    meeting = play.convene(stage, under_way, now)
    play.open_meeting(stage, meeting, now)
    item = meeting.items[0]
    agenda.open_item(item, actor=stage.acting("president", now))
    for place in list_places(stage.session, meeting, item)[1:3]:
        ballots.cast_ballot(item, choice=Choice.FAVOURABLE, actor=Actor(stage.session, place.sitting, now))
    return play.convene(stage, [prepare(stage, product, 58) for product in islice(fresh, 3)], now)


def show(session: Session) -> dict[str, list[dict[str, str | None]]]:
    """Say where to start looking: accounts, dossiers and licences, every role and state among them."""
    users = session.scalars(select(User).where(User.is_demonstration).order_by(User.id)).all()
    asked = select(Dossier).join(Organisation).where(Organisation.is_demonstration).order_by(Dossier.id)
    return {
        "accounts": [
            {"role": str(role), "email": user.email, "password": PASSWORD} for user in users for role in user.roles
        ],
        "dossiers": [
            {
                "state": str(dossier.state),
                "number": dossier.number,
                "path": f"/office/dossiers/{dossier.id}" if dossier.number else f"/dossiers/{dossier.id}",
            }
            for dossier in session.scalars(asked)
        ],
        "licences": [
            {
                "state": str(licence.state),
                "number": licence.number,
                "mark": licence.mark,
                "path": f"/v/{licence.mark}" if licence.mark else f"/licences/{licence.id}",
            }
            for licence in session.scalars(select(Licence).order_by(Licence.id))
        ],
    }
