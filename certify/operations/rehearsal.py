"""The steps by which the demonstration is played: each is the real operation, done by an invented person, at its hour.

Nothing here knows a rule: what the product refuses, the demonstration cannot show.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace

from PIL import Image, ImageDraw, ImageFont
from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import AgendaItem, Dossier, Licence, Meeting, Organisation, Portion, Sample, User, Visit
from certify.models.document import Standing
from certify.models.evaluation import Grade, Proposal
from certify.models.meeting import AwaitedFrom, Interest
from certify.operations import (
    admissibility,
    agenda,
    ballots,
    corrections,
    documents,
    dossiers,
    errata,
    evaluation,
    findings,
    licences,
    meetings,
    opinions,
    proposals,
    samples,
    tasks,
    visits,
)
from certify.operations import minutes as proceedings
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.operations.findings import raise_finding
from certify.operations.measurements import write_measurements
from certify.operations.notifications import record_notification
from certify.operations.storage import Store, StoredFile, receive
from certify.queries.admissibility import list_current_documents
from certify.queries.calendar import CASABLANCA
from certify.queries.committee import list_places
from certify.queries.documents import list_entries
from certify.queries.evaluation import Measured, list_criteria, list_findings
from certify.queries.presidency import find_chair
from certify.queries.samples import asked_of
from certify.queries.tasks import list_tasks
from certify.workflows.criteria import Answer, Comparison, Criterion
from certify.workflows.erratum import Passage
from certify.workflows.interests import Nature
from certify.workflows.mission import Lack, Settled, Task
from certify.workflows.voting import Choice, Stance

LARGEST = 10 * 1024 * 1024

SETTLED = {
    Task.DOCUMENTS: "Les documents concordent entre eux et avec la demande.",
    Task.VISIT: "Site déjà visité cette année pour un autre produit, sans réserve.",
    Task.SAMPLING: "Les bulletins d’analyse du dossier datent de moins de douze mois.",
}
"""What the rapporteur writes of each task."""


@dataclass
class Stage:
    """Where the demonstration is played: the session, the files, the people by name, and today."""

    session: Session
    store: Store
    at: datetime
    issuer: Issuer
    people: dict[str, User] = field(default_factory=dict)
    papers: dict[str, StoredFile] = field(default_factory=dict)

    def day(self, ago: int, hour: int = 10, minute: int = 0) -> datetime:
        """Return an hour of the day `ago` days ago (negative: ahead), Casablanca time; never later than now."""
        that_day = self.at.astimezone(CASABLANCA).date() - timedelta(days=ago)
        return min(datetime.combine(that_day, time(hour, minute), CASABLANCA).astimezone(UTC), self.at)

    def acting(self, name: str, at: datetime) -> Actor:
        """Return somebody at work at a moment."""
        return Actor(self.session, self.people[name], at)

    def paper(self, kind: str, title: str) -> StoredFile:
        """Return a plainly invented document of one page, made once for each kind."""
        if kind not in self.papers:
            self.papers[kind] = receive(self.store, page(title), f"{kind}.pdf", limit=LARGEST)
        return self.papers[kind]

    def photo(self, hue: str) -> StoredFile:
        """Return a plainly invented photo: a jar of that colour."""
        return receive(self.store, jar(hue), "photo.jpg", limit=LARGEST)


def page(title: str) -> bytes:
    """Draw one page that says what it stands for."""
    sheet = Image.new("L", (620, 877), 255)
    pen = ImageDraw.Draw(sheet)
    pen.rectangle((30, 30, 590, 847), outline=120, width=2)
    pen.text((60, 80), "DÉMONSTRATION", font=ImageFont.load_default(34), fill=90)
    pen.text((60, 150), title[:60], font=ImageFont.load_default(20), fill=0)
    file = BytesIO()
    sheet.save(file, "PDF", resolution=75)
    return file.getvalue()


def jar(hue: str) -> bytes:
    """Draw a jar of one colour on a table."""
    picture = Image.new("RGB", (1200, 800), "#EFE6D5")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((0, 610, 1200, 800), fill="#D9C7A5")
    pen.ellipse((395, 600, 805, 660), fill="#BCA77F")
    pen.rounded_rectangle((430, 200, 770, 640), radius=70, fill=hue, outline="#5B4A33", width=6)
    pen.rounded_rectangle((415, 140, 785, 215), radius=18, fill="#6B4E2E")
    pen.rectangle((460, 330, 740, 520), fill="#FBF8F2", outline="#0E5A43", width=6)
    pen.regular_polygon((600, 425, 62), 4, fill="#0E5A43")
    pen.regular_polygon((600, 425, 62), 4, rotation=45, fill="#0E5A43")
    pen.ellipse((572, 397, 628, 453), fill="#FBF8F2")
    file = BytesIO()
    picture.save(file, "JPEG", quality=86)
    return file.getvalue()


def write_draft(stage: Stage, owner: str, product: Mapping[str, object], at: datetime) -> Dossier:
    """Write a whole draft of a product, with every document, ready to be filed."""
    actor = stage.acting(owner, at)
    organisation = stage.session.get_one(Organisation, actor.user.organisation_id)
    dossier = dossiers.start_dossier(
        organisation, filiere=product["filiere"], usage=product["usage"], name_fr=product["fr"], actor=actor
    )
    sizes = [
        SimpleNamespace(content=size.split()[0], unit=size.split()[1], packaging="verre", gtin=None)
        for size in product["sizes"]
    ]
    names = {"name_fr": product["fr"], "name_ar": product["ar"], "name_en": product["en"]}
    scope = {"filiere": product["filiere"], "usage": product["usage"], "category": product.get("category")}
    dossiers.write_identity(dossier, SimpleNamespace(**names, **scope, formats=sizes), actor=actor)
    dossiers.write_making(dossier, making(organisation), actor=actor)
    dossiers.write_place(dossier, site_id=organisation.sites[0].id, actor=actor)
    sign = product.get("sign_id")
    body = ("Organisme de démonstration", f"OC-{sign}") if sign else (None, None)
    claims = SimpleNamespace(sign_id=sign, sign_body=body[0], sign_certificate=body[1], brand=None)
    dossiers.write_claims(dossier, claims, actor=actor)
    hand_in_all(stage, dossier, str(product["hue"]), actor)
    return dossier


def making(organisation: Organisation) -> SimpleNamespace:
    """Say, plainly invented, how the product is made."""
    return SimpleNamespace(
        variety=None,
        origin_area=f"Commune de {organisation.commune}",
        raw_material="Récolte des membres de la coopérative",
        ingredients="100 % produit du terroir",
        process="Récolte, tri, préparation artisanale, conditionnement sur place",
        terroir_link="Savoir-faire transmis dans les familles de la commune",
        storage="À l’abri de la lumière, entre 15 et 20 °C",
        annual_volume="2 t",
    )


def hand_in_all(stage: Stage, dossier: Dossier, hue: str, actor: Actor) -> None:
    """Hand in every document of the list."""
    for entry in list_entries(stage.session, dossier, reader=actor.user, today=actor.today):
        rule = entry.rule
        is_photo = rule.code == documents.PHOTO
        stored = stage.photo(hue) if is_photo else stage.paper(rule.code, rule.label["fr"])
        documents.hand_in(dossier, rule.code, stored=stored, actor=actor)


def file(stage: Stage, dossier: Dossier, owner: str, at: datetime) -> None:
    """File it."""
    dossiers.file_dossier(dossier, is_engaged=True, actor=stage.acting(owner, at))


def admit(stage: Stage, dossier: Dossier, at: datetime) -> None:
    """Find every document conforming and the file complete."""
    actor = stage.acting("secretariat", at)
    found = {piece.id: (Standing.CONFORMING, None) for piece in list_current_documents(stage.session, dossier)}
    admissibility.check_documents(dossier, found, actor=actor)
    admissibility.declare_admissible(dossier, actor=actor)


def appoint(stage: Stage, dossier: Dossier, at: datetime) -> None:
    """Entrust the examination."""
    rapporteur = stage.people["rapporteur"]
    admissibility.appoint_rapporteur(dossier, rapporteur=rapporteur, actor=stage.acting("secretariat", at))


SECTIONS = {
    "documents": "Les pièces sont complètes et concordent : statuts, autorisation sanitaire, étiquette, bulletin.",
    "sampling": "Un échantillon du lot présenté ; le bulletin d’analyse est joint au dossier.",
    "grid": "Chaque critère obligatoire a sa valeur et sa preuve ; aucune limite n’est dépassée.",
    "origin": "Matière première et transformation viennent de l’aire déclarée ; le savoir-faire est celui du lieu.",
    "conclusion": "Produit conforme au règlement d’usage : origine, procédé et analyses vérifiés.",
    "proposal": "Aucun critère ne s’oppose à l’usage du label ; rien n’appelle de réserve.",
}
"""What a rapporteur writes of a product that conforms."""


def report(stage: Stage, dossier: Dossier, at: datetime) -> None:
    """Fill in the grid, every criterion conforming, close the tasks, and submit the report."""
    fill_grid(stage, dossier, at)
    settle_tasks(stage, dossier, at)
    evaluation.submit_report(
        dossier,
        proposal=Proposal.FAVOURABLE,
        sections=SECTIONS,
        actor=stage.acting("rapporteur", at),
    )


def plan_visit(stage: Stage, dossier: Dossier, day: date, at: datetime, inspectors: Iterable[str]) -> Visit:
    """Plan a visit of the site, announced to the applicant."""
    plan = visits.Plan(
        planned_on=day,
        starts_at="09:30",
        place=f"{dossier.site.name}, {dossier.site.commune}",
        reason="Voir la préparation du produit et suivre un lot de la récolte à l’étiquette.",
        to_prepare="Le registre des lots, et l’accès aux ateliers et au stock.",
    )
    named = [stage.people[name] for name in inspectors]
    return visits.plan_visit(dossier, plan, inspectors=named, actor=stage.acting("rapporteur", at))


def make_visit(stage: Stage, visit: Visit, at: datetime) -> None:
    """Begin a visit and close it."""
    actor = stage.acting("inspector2", at)
    visits.begin_visit(visit, actor=actor)
    summary = "Préparation et étiquetage vus ; un lot suivi de la récolte au conditionnement."
    visits.close_visit(visit, summary=summary, actor=actor)


def settle_tasks(stage: Stage, dossier: Dossier, at: datetime) -> None:
    """Conclude on the documents, make what the regulations impose, and rule why no other visit or sample is needed."""
    actor = stage.acting("rapporteur", at)
    for task in list_tasks(stage.session, dossier, actor.today):
        if task.lack is Lack.UNVISITED:
            make_visit(stage, plan_visit(stage, dossier, actor.today, at, ("inspector2",)), at)
        if task.lack is Lack.UNSAMPLED:
            analyse(stage, take_sample(stage, dossier, at).portions[0], "laboratory", at)
        for standing in (Settled.CONCLUDED, Settled.NOT_NEEDED):
            if task.lack and standing in task.rulings:
                tasks.rule_task(dossier, task.task, standing=standing, statement=SETTLED[task.task], actor=actor)


def fill_grid(stage: Stage, dossier: Dossier, at: datetime) -> None:
    """Measure every criterion of the grid, the test report being the evidence."""
    pieces = {piece.kind: piece for piece in list_current_documents(stage.session, dossier)}
    evidence = pieces.get("test_reports") or next(iter(pieces.values()))
    rows = {
        criterion.code: Measured(
            value=conforming(criterion, dossier.organisation_id % 7),
            method=criterion.method or None,
            laboratory="Laboratoire de démonstration",
            measured_on=(at - timedelta(days=20)).date(),
            evidence_id=evidence.id,
        )
        for criterion in list_criteria(dossier)
    }
    write_measurements(dossier, rows, actor=stage.acting("rapporteur", at))


def take_sample(stage: Stage, dossier: Dossier, at: datetime) -> Sample:
    """Take a sample and send it to the first laboratory, for three of the numbers of the grid."""
    numbers = [one.code for one in list_criteria(dossier) if one.answer is Answer.NUMBER]
    return samples.take_sample(
        dossier,
        taken_on=at.date(),
        place="Atelier de conditionnement",
        taken_by=stage.people["rapporteur"].name,
        criteria=numbers[:3],
        laboratory=stage.people["laboratory"],
        actor=stage.acting("rapporteur", at),
    )


def analyse(stage: Stage, portion: Portion, laboratory: str, at: datetime) -> None:
    """Submit what a laboratory found of a part sent to it: every value conforms, with its uncertainty."""
    found = {
        one.code: Measured(value=conforming(one), uncertainty="0.1", method=one.method or None)
        for one in asked_of(portion.sample)
    }
    bulletin = stage.paper("bulletin", "Bulletin d’analyse")
    actor = stage.acting(laboratory, at)
    samples.submit_results(portion, found, measured_on=at.date(), bulletin=bulletin, actor=actor)


def conforming(criterion: Criterion, shade: int = 3) -> str:
    """Return a value that respects a criterion, as the rapporteur types it; `shade` (0 to 6) tells products apart."""
    if criterion.answer is Answer.PRESENCE:
        return "present" if criterion.comparison is Comparison.PRESENT else "absent"
    if criterion.answer is Answer.TEXT:
        return "Constaté sur place"
    low, high = criterion.lower, criterion.upper
    if low is not None and high is not None:
        value = low + (high - low) * (1 + shade) / 8
    elif low is not None:
        value = low * (108 + shade) / 100
    else:
        value = high * (30 + 5 * shade) / 100 if high is not None else Decimal(9 + shade)
    return f"{value.normalize():f}"


def require_conformity(stage: Stage, dossier: Dossier, at: datetime) -> None:
    """Find four things to correct and ask for them."""
    actor = stage.acting("rapporteur", at)
    storage = "La température de stockage n’est pas relevée chaque jour."
    seen = stage.paper("storage", "Local de stockage, le jour de la visite")
    raise_finding(dossier, grade=Grade.MAJOR, statement=storage, evidence=seen, actor=actor)
    register, label = "Le registre des lots n’est pas tenu depuis mars.", "Le poids net manque sur l’étiquette."
    cleaning = "Le plan de nettoyage n’est pas affiché dans l’atelier."
    raise_finding(dossier, grade=Grade.MINOR, statement=register, criterion="general.traceability", actor=actor)
    raise_finding(dossier, grade=Grade.MINOR, statement=label, criterion="general.label", actor=actor)
    raise_finding(dossier, grade=Grade.MINOR, statement=cleaning, actor=actor)
    findings.require_conformity(dossier, actor=actor)


def correct(stage: Stage, dossier: Dossier, owner: str, at: datetime) -> None:
    """Plan three corrections, report two, verify one."""
    applicant, applicant_later = stage.acting(owner, at), stage.acting(owner, at + timedelta(days=2))
    rapporteur = stage.acting("rapporteur", at + timedelta(days=1))
    register, label, cleaning = list_findings(stage.session, dossier)[1:]
    what = {register: "Tenir le registre chaque soir.", label: "Réimprimer l’étiquette.", cleaning: "Afficher le plan."}
    by = applicant.today + timedelta(days=20)
    for finding, said in what.items():
        corrections.propose_plan(finding, what=said, who="Le responsable d’atelier", by=by, actor=applicant)
    for finding in (label, cleaning):
        corrections.accept_plan(finding, actor=rapporteur)
        shown = {"proofs": [stage.paper("proof", "Photo de l’atelier corrigé")], "dated_on": applicant.today}
        corrections.report_correction(finding, done="C’est fait, voir la photo.", **shown, actor=applicant_later)
    verifier = stage.acting("rapporteur", at + timedelta(days=3))
    verified = "Plan affiché et lisible sur la photo."
    corrections.close_finding(cleaning, verified=verified, method="documentary", actor=verifier)


def ties_to(organisation: Organisation, at: datetime) -> tuple[SimpleNamespace, ...]:
    """State that somebody was employed by an organisation until the year before."""
    days = {"since": date(at.year - 3, 9, 1), "until": date(at.year - 1, 6, 30)}
    tie = SimpleNamespace(organisation=organisation.name_fr, nature=Nature.EMPLOYEE, statement="Comptable", **days)
    return (tie,)


def sit(stage: Stage, meeting: Meeting, at: datetime, absent: Sequence[str] = ()) -> None:
    """Seat the titulars of every seat but the absent."""
    for place in list_places(stage.session, meeting):
        if place.titular and place.titular.name not in absent:
            meetings.record_arrival(meeting, place.seat, place.titular, actor=stage.acting("secretariat", at))


def convene(stage: Stage, chosen: Sequence[Dossier], held: datetime) -> Meeting:
    """Plan a meeting fourteen days ahead, with its agenda, and convene it."""
    actor = stage.acting("secretariat", min(held - timedelta(days=14), stage.at))
    day: date = held.astimezone(CASABLANCA).date()
    meeting = meetings.plan_meeting(held_on=day, starts_at="10:00", place="Rabat, siège de l’Agence", actor=actor)
    agenda.fill_agenda(meeting, chosen, actor=actor)
    meetings.convene(meeting, actor=actor)
    return meeting


def open_meeting(stage: Stage, meeting: Meeting, at: datetime, recused: Mapping[Dossier, str] | None = None) -> None:
    """Seat everybody, declare the interests and open the meeting."""
    sit(stage, meeting, at)
    for item in meeting.items:
        for place in list_places(stage.session, meeting):
            conflict = (recused or {}).get(item.dossier) == place.sitting.name
            ballots.declare_interest(
                item,
                interest=Interest.CONFLICT if conflict else Interest.NONE,
                statement="Ancien salarié de la coopérative" if conflict else None,
                actor=Actor(stage.session, place.sitting, at),
            )
    meetings.open_meeting(meeting, actor=stage.acting("president", at))


STATEMENTS = {
    Choice.FAVOURABLE_WITH_RESERVATIONS: "Corriger la mention du poids net sur l’étiquette.",
    Choice.UNFAVOURABLE: "L’origine de la matière première n’est pas établie.",
    Choice.ADJOURN: "Compléter l’analyse par un second laboratoire.",
}


def vote(stage: Stage, meeting: Meeting, dossier: Dossier, choice: Choice, at: datetime) -> None:
    """Open the item, vote as one and close it."""
    item = next(item for item in meeting.items if item.dossier is dossier)
    chair = presiding(stage, meeting, at, item)
    agenda.open_item(item, actor=chair)
    for place in list_places(stage.session, meeting, item):
        if place.sitting and not place.seat.is_voting:
            advise(item, place.sitting, choice, stage, at)
        elif place.sitting and not place.is_recused:
            voter = Actor(stage.session, place.sitting, at)
            ballots.cast_ballot(item, choice=choice, statement=STATEMENTS.get(choice), actor=voter)
    ballots.close_item(item, actor=chair)
    settle(stage, item, choice, chair)


def advise(item: AgendaItem, expert: User, choice: Choice, stage: Stage, at: datetime) -> None:
    """Give the opinion of a consultative member, which goes the way of the vote."""
    stance = Stance.UNFAVOURABLE if choice is Choice.UNFAVOURABLE else Stance.FAVOURABLE
    words = "Dossier techniquement solide." if stance is Stance.FAVOURABLE else STATEMENTS[choice]
    opinions.give_opinion(item, stance=stance, statement=words, actor=Actor(stage.session, expert, at))


def presiding(stage: Stage, meeting: Meeting, at: datetime, item: AgendaItem | None = None) -> Actor:
    """Return whoever presides, at work: the president, or who stands in on what is closed to the president."""
    return Actor(stage.session, find_chair(stage.session, meeting, item).user, at)


def settle(stage: Stage, item: AgendaItem, choice: Choice, president: Actor) -> None:
    """State what the end of an item needs: reasons, reservations, terms of an adjournment."""
    at, secretary = president.at, stage.acting("secretariat", president.at)
    proceedings.record_debate(item, text="Le rapporteur présente son rapport ; la discussion suit.", actor=secretary)
    if choice is Choice.UNFAVOURABLE:
        reason = SimpleNamespace(criterion="general.origin", fact=STATEMENTS[choice], evidence="Rapport du rapporteur")
        proceedings.state_reasons(item, reasons=[reason], actor=president)
    elif choice is Choice.FAVOURABLE_WITH_RESERVATIONS:
        proceedings.confirm_reservations(item, statements=[STATEMENTS[choice]], actor=president)
    elif choice is Choice.ADJOURN:
        until = (at + timedelta(days=40)).astimezone(CASABLANCA).date()
        proceedings.state_adjournment(
            item, awaited=STATEMENTS[choice], awaited_from=AwaitedFrom.APPLICANT, awaited_by=until, actor=president
        )


def sign(stage: Stage, meeting: Meeting, at: datetime) -> None:
    """Draw up the minutes and sign them two days later."""
    proceedings.draw_up_minutes(meeting, actor=stage.acting("secretariat", at))
    approve(stage, meeting, at + timedelta(hours=3))
    proposals.attest_minutes(meeting, actor=stage.acting("secretariat", at + timedelta(hours=4)))
    proceedings.sign_minutes(meeting, actor=presiding(stage, meeting, at + timedelta(days=1)))


def mend(stage: Stage, meeting: Meeting, at: datetime) -> None:
    """Put an erratum to the signed minutes in force."""
    secretary = stage.acting("secretariat", at)
    erratum = errata.draw_up_erratum(
        meeting,
        meeting.items[0],
        passage=Passage.DEBATE,
        says="Le rapporteur présente son rapport ; la discussion suit.",
        should_say="Le rapporteur présente son rapport et répond à deux questions ; la discussion suit.",
        reason="Les deux questions sont dans les notes de séance ; elles ont été omises.",
        actor=secretary,
    )
    errata.attest_erratum(erratum, actor=secretary)
    errata.sign_erratum(erratum, actor=presiding(stage, meeting, at + timedelta(days=1)))


def approve(stage: Stage, meeting: Meeting, at: datetime) -> None:
    """Let everybody who sat approve the minutes."""
    for user in dict.fromkeys(stay.user for stay in meeting.attendances):
        proposals.approve_minutes(meeting, actor=Actor(stage.session, user, at))


def notify(stage: Stage, dossier: Dossier, at: datetime) -> None:
    """Record that the applicant opened the letter."""
    actor = stage.acting("secretariat", at)
    record_notification(dossier, channel="account", received_on=actor.today, actor=actor)


def authorise(stage: Stage, dossier: Dossier, owner: str, at: datetime) -> Licence:
    """Sign the contract of use, then the authorisation."""
    licence = stage.session.scalars(select(Licence).where(Licence.dossier_id == dossier.id)).one()
    licences.accept_terms(licence, actor=stage.acting(owner, at))
    licences.sign_licence(
        licence, store=stage.store, issuer=stage.issuer, actor=stage.acting("signatory", at + timedelta(hours=2))
    )
    return licence
