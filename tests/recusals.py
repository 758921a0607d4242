"""A meeting on two dossiers, the first closed to three people: a member, the president, and somebody with many roles.

The same play is given twice with another secret each time. Whoever is recused must meet the same pages both times.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from certify.extensions import db
from certify.models import AgendaItem, Dossier, Mandate, Meeting, Organisation, Seat, User, UserRole
from certify.models.committee import Holding
from certify.models.meeting import Interest
from certify.operations import agenda, ballots, errata, meetings, minutes, proposals, visits
from certify.operations.acting import Actor
from certify.operations.evaluation import submit_report
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.measurements import write_measurements
from certify.operations.opinions import give_opinion
from certify.operations.printing import print_pending
from certify.operations.storage import Store
from certify.operations.yearly import declare_year
from certify.queries.committee import list_places
from certify.workflows.erratum import Passage
from certify.workflows.interests import Nature
from certify.workflows.permissions import HUMAN_ROLES, Role
from certify.workflows.voting import Choice, Stance
from tests import factories, people
from tests.decisions import sign, state_end
from tests.presses import press
from tests.times import NOON, Clock
from tests.visiting import PLAN, planned

RECUSED = ("bob", "pia", "omar")
"""A member, the president, a member who holds every role that reads dossiers."""

VOTING = ("paul", "brahim", "bouchra", "nora")
"""Who decides on the closed dossier; Paul presides over it in the place of Pia."""


ADVISER = "hind"
"""Who holds the consultative seat and gives an opinion on the closed dossier."""


class Stated(NamedTuple):
    """A tie that a member declares for the year."""

    organisation: str
    nature: Nature
    since: date | None
    until: date | None
    statement: str | None


@dataclass(frozen=True)
class Secret:
    """What the recused must not learn: what the dossier is, what was found, what came of it."""

    name_fr: str
    name_ar: str
    name_en: str
    organisation_fr: str
    organisation_ar: str
    site: str
    finding: str
    summary: str
    debate: str
    conflict: str
    tie: str
    opinion: str
    vote: Choice

    @property
    def words(self) -> tuple[str, ...]:
        """All that was ever written of it."""
        return tuple(said for said in astuple(self) if not isinstance(said, Choice))


SAFFRON = Secret(
    name_fr="Zafourane de Talmest",
    name_ar="زفوران تلمست",
    name_en="Talmest zafourane",
    organisation_fr="Groupement Kounouz",
    organisation_ar="مجموعة كنوز",
    site="Hangar Zriba",
    finding="Le registre de traçabilité manque.",
    summary="Rapport : la traçabilité est rétablie.",
    debate="Le comité a longuement parlé du registre.",
    conflict="Ancien conseil de ce groupement",
    tie="Beau-frère du trésorier",
    opinion="Le stigmate est trop pâle.",
    vote=Choice.UNFAVOURABLE,
)
CAPER = Secret(
    name_fr="Câpre ronde de Safsaf",
    name_ar="كبار صفصاف",
    name_en="Safsaf round caper",
    organisation_fr="Union Mechmoum",
    organisation_ar="اتحاد مشموم",
    site="Cellier Dakhla",
    finding="Le calibre annoncé n’est pas tenu.",
    summary="Rapport : calibrage refait, conforme.",
    debate="Un seul échange, sur le calibre.",
    conflict="Parent d’une adhérente de cette union",
    tie="Ancienne comptable du magasin",
    opinion="Le bouton floral est bien serré.",
    vote=Choice.FAVOURABLE,
)


class Play:
    """The committee and its two dossiers; `acts` takes them through the stages at which the recused look around."""

    def __init__(self, secret: Secret, folder: Path, clock: Clock) -> None:
        self.secret, self.clock, self.store = secret, clock, Store(folder / "files")

    def acting(self, name: str | None) -> Actor:
        """Return somebody at work now."""
        user = db.session.scalars(select(User).where(User.email == f"{name}@example.ma")).one() if name else None
        return Actor(db.session, user, self.clock())

    @property
    def meeting(self) -> Meeting:
        """The meeting."""
        return db.session.scalars(select(Meeting).order_by(Meeting.id).limit(1)).one()

    @property
    def item(self) -> AgendaItem:
        """The item that is closed to the recused."""
        return self.meeting.items[0]

    @property
    def dossier(self) -> Dossier:
        """The dossier that is closed to them."""
        return self.item.dossier

    def acts(self) -> Iterator[str]:
        """Play, and yield the name of each stage once it is reached and saved."""
        for name, act in (("declared", self.convene), ("open", self.open), ("over", self.end), ("signed", self.sign)):
            act()
            db.session.commit()
            yield name

    def convene(self) -> None:
        """Make both dossiers ready, convene the committee, and let the recused say why they are."""
        enlarge(self.secret)
        shown, hidden = self.examined("alice", found=False), self.examined("mallory", found=True)
        held_on = (NOON + timedelta(days=14)).date()
        carol = self.acting("carol")
        meeting = meetings.plan_meeting(held_on=held_on, starts_at="10:00", place="Rabat", actor=carol)
        agenda.fill_agenda(meeting, [hidden, shown], actor=carol)
        meetings.convene(meeting, actor=carol)
        stated = Stated(self.secret.organisation_fr, Nature.OTHER, date(2026, 1, 5), None, self.secret.tie)
        declare_year([stated], actor=self.acting("brahim"))
        for name in RECUSED:
            self.declare(name, meeting.items[0], self.secret.conflict)

    def open(self) -> None:
        """Open the meeting and the item that is closed to the recused."""
        self.clock.advance(days=14)
        for place in list_places(db.session, self.meeting):
            meetings.record_arrival(self.meeting, place.seat, place.titular, actor=self.acting("carol"))
        for name in (*VOTING[1:], ADVISER, "pia", "bob", "omar"):
            self.declare(name, self.meeting.items[1])
        meetings.open_meeting(self.meeting, actor=self.acting("pia"))
        self.replace("pia", "paul")
        for name in (*VOTING, ADVISER):
            self.declare(name, self.item)
        agenda.open_item(self.item, actor=self.acting("paul"))
        opinion = self.secret.opinion
        give_opinion(self.item, stance=Stance.UNFAVOURABLE, statement=opinion, actor=self.acting(ADVISER))
        ballots.cast_ballot(self.item, **self.ballot(), actor=self.acting("brahim"))

    def end(self) -> None:
        """Decide on it, adjourn the other, close the meeting."""
        for name in ("paul", "bouchra", "nora"):
            ballots.cast_ballot(self.item, **self.ballot(), actor=self.acting(name))
        ballots.close_item(self.item, actor=self.acting("paul"))
        state_end(self.item, self.secret.vote, self.acting("paul"))
        minutes.record_debate(self.item, text=self.secret.debate, actor=self.acting("carol"))
        self.replace("paul", "pia")
        other = self.meeting.items[1]
        agenda.open_item(other, actor=self.acting("pia"))
        for name in ("pia", "bob", "omar", "brahim", "bouchra", "nora"):
            statement = "Une seconde analyse."
            ballots.cast_ballot(other, choice=Choice.ADJOURN, statement=statement, actor=self.acting(name))
        ballots.close_item(other, actor=self.acting("pia"))
        state_end(other, Choice.ADJOURN, self.acting("pia"))
        meetings.close_meeting(self.meeting, actor=self.acting("pia"))

    def sign(self) -> None:
        """Draw up the minutes, correct them for a remark on the dossier, sign, add errata; every paper is printed."""
        carol, told = self.acting("carol"), self.secret.debate
        minutes.draw_up_minutes(self.meeting, actor=carol)
        remark = proposals.remark_on_minutes(self.meeting, self.item, text=told, actor=self.acting("nora"))
        general = proposals.remark_on_minutes(self.meeting, None, text=told, actor=self.acting("nora"))
        for each in (remark, general):
            proposals.answer_remark(each, answer=told, actor=carol)
        minutes.correct_minutes(self.meeting, reason=told, actor=carol)
        minutes.draw_up_minutes(self.meeting, actor=carol)
        sign(self.meeting, self.acting, "paul")
        for item in (self.item, None):
            self.mend(item, told)
        db.session.commit()
        print_pending(db.session, self.store, press(self.store), at=self.clock())

    def mend(self, item: AgendaItem | None, told: str) -> None:
        """Put an erratum on the closed item, or on the meeting, in force; then draw up one more, to be signed."""
        carol, wording = self.acting("carol"), {"says": told, "should_say": f"{told} (bis)", "reason": told}
        drawn_up = [
            errata.draw_up_erratum(self.meeting, item, passage=Passage.DEBATE, **wording, actor=carol) for _ in range(2)
        ]
        errata.attest_erratum(drawn_up[0], actor=carol)
        errata.sign_erratum(drawn_up[0], actor=self.acting("paul"))
        errata.attest_erratum(drawn_up[1], actor=carol)

    def examined(self, applicant: str, *, found: bool) -> Dossier:
        """File as somebody, examine as Rachid (with something to correct, when `found`), report."""
        secret = self.secret
        names = {"name_fr": secret.name_fr, "name_ar": secret.name_ar, "name_en": secret.name_en} if found else {}
        dossier = factories.under_examination(self.acting, store=self.store, applicant=applicant, **names)
        rachid = self.acting("rachid")
        write_measurements(dossier, factories.grid_rows(dossier, actor=rachid), actor=rachid)
        factories.settle_tasks(dossier, actor=rachid)
        if found:
            self.visit(dossier)
            due_on = date(2026, 12, 20)
            finding = raise_finding(dossier, grade="minor", statement=secret.finding, due_on=due_on, actor=rachid)
            require_conformity(dossier, actor=rachid)
            factories.resolved(finding, self.acting, applicant=applicant, done=secret.finding)
        submit_report(
            dossier,
            proposal="favourable",
            sections=factories.sections(secret.summary if found else "Conforme."),
            actor=rachid,
        )
        return dossier

    def visit(self, dossier: Dossier) -> None:
        """Let Ines visit the site today, and cancel a second visit."""
        plan = replace(PLAN, planned_on=self.acting("rachid").today, reason=self.secret.finding)
        first, second = (planned(dossier, self.acting, plan, ("ines",)) for _ in range(2))
        visits.cancel_visit(second, reason=self.secret.finding, actor=self.acting("rachid"))
        visits.begin_visit(first, actor=self.acting("ines"))
        visits.close_visit(first, summary=self.secret.finding, actor=self.acting("ines"))

    def declare(self, name: str, item: AgendaItem, conflict: str | None = None) -> None:
        """Declare a conflict, or none."""
        interest = Interest.CONFLICT if conflict else Interest.NONE
        ballots.declare_interest(item, interest=interest, statement=conflict, actor=self.acting(name))

    def replace(self, leaving: str, arriving: str) -> None:
        """Let somebody take the seat of somebody else."""
        user = self.acting(leaving).user
        stay = next(stay for stay in self.meeting.attendances if stay.user is user and stay.left_at is None)
        meetings.record_departure(stay, actor=self.acting("carol"))
        meetings.record_arrival(self.meeting, stay.seat, self.acting(arriving).user, actor=self.acting("carol"))

    def ballot(self) -> dict[str, object]:
        """Return the vote on the closed item, with the words it needs."""
        said = self.secret.finding if self.secret.vote is Choice.UNFAVOURABLE else None
        return {"choice": self.secret.vote, "statement": said}


def enlarge(secret: Secret) -> None:
    """Seat Omar, Nora and, without a vote, Hind; name the organisation that has a secret.

    Paul becomes the alternate of the president.
    """
    every = tuple(role for role in HUMAN_ROLES if role not in (Role.APPLICANT, Role.ADMINISTRATOR))
    roles = {"omar": every, "nora": (Role.MEMBER,), ADVISER: (Role.MEMBER,), "paul": (Role.PRESIDENT,)}
    for name, held in roles.items():
        user = User(
            email=f"{name}@example.ma",
            name=f"{name.title()} Test",
            password_hash=people.hashed(),
            locale="fr",
            created_at=NOON,
            confirmed_at=NOON,
            held_roles=[UserRole(role=role) for role in held],
        )
        db.session.add(user)
        db.session.flush()
        people.declare_year(db.session, user)
        seat = db.session.scalars(select(Seat).where(Seat.is_president)).one()
        if name != "paul":
            is_voting = name != ADVISER
            seat = Seat(code=f"S-{name}", body_fr=f"Organisme de {name}", body_ar="هيئة", is_voting=is_voting)
        holding = Holding.ALTERNATE if name == "paul" else Holding.TITULAR
        seat.mandates.append(Mandate(user_id=user.id, holding=holding, starts_on=date(2026, 1, 1)))
        db.session.add(seat)
    organisation = db.session.get_one(Organisation, 2)
    organisation.name_fr, organisation.name_ar = secret.organisation_fr, secret.organisation_ar
    organisation.sites[0].name = secret.site
    db.session.commit()
