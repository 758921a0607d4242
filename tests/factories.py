"""Dossiers as far along as a test needs them, made by the operations that people use.

`draft(actor)` to `filed(actor)` take Alice at work; what the others do takes the actor who does it. Add at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
from PIL import Image

from certify.models import Dossier, Finding
from certify.models.document import Standing
from certify.operations import admissibility, corrections, documents, dossiers, tasks
from certify.operations.acting import Actor
from certify.operations.evaluation import submit_report
from certify.operations.measurements import write_measurements
from certify.operations.storage import MEGABYTE, Store, StoredFile, receive
from certify.queries.admissibility import list_current_documents
from certify.queries.documents import rules_for
from certify.queries.evaluation import Measured, list_criteria
from certify.queries.regulations import get_regulation
from certify.workflows.criteria import Answer, Criterion
from certify.workflows.mission import Settled, Task


@dataclass(frozen=True)
class Answers:
    """What an applicant answers at every step, for a honey; `Answers(name_fr="…")` changes some."""

    filiere: str = "honey"
    usage: str = "food"
    category: str | None = None
    name_fr: str = "Miel d’euphorbe"
    name_ar: str | None = "عسل الدغموس"
    name_en: str | None = "Spurge honey"
    formats: tuple = ()
    variety: str | None = None
    origin_area: str | None = "Tighmi, Anti-Atlas"
    raw_material: str | None = "Miel de nos ruchers"
    ingredients: str | None = "Miel, 100 %"
    process: str | None = "Extraction à froid, décantation, mise en pot"
    terroir_link: str | None = "L’euphorbe résinifère ne fleurit qu’ici"
    storage: str | None = "À l’abri de la lumière"
    annual_volume: str | None = "1 200 kg"
    sign_id: int | None = None
    sign_body: str | None = None
    sign_certificate: str | None = None
    brand: str | None = None


@dataclass(frozen=True)
class Format:
    """A size the product is sold in."""

    content: str = "250"
    unit: str = "g"
    packaging: str | None = "Pot en verre"
    gtin: str | None = None


@cache
def a_pdf(pages: int = 1) -> bytes:
    """Return a whole little PDF; another number of pages is another file."""
    made = BytesIO()
    with pikepdf.new() as pdf:
        for _ in range(pages):
            pdf.add_blank_page()
        pdf.save(made, deterministic_id=True)
    return made.getvalue()


@cache
def a_photo(size: tuple[int, int] = (64, 48), form: str = "JPEG") -> bytes:
    """Return a whole little photo."""
    made = BytesIO()
    Image.new("RGB", size, (180, 120, 40)).save(made, form)
    return made.getvalue()


PAGES = {"identity": 3}
"""The documents that are another file than most."""


def stored(store: Store, kind: str = "statutes", content: bytes | None = None) -> StoredFile:
    """Keep a file fit for a kind of document."""
    content = content or (a_photo() if kind == documents.PHOTO else a_pdf(PAGES.get(kind, 1)))
    return receive(store, content, f"{kind}.pdf", limit=10 * MEGABYTE)


def store_in(folder: str | Path) -> Store:
    """Return the store under an instance folder: `store_in(app.instance_path)`."""
    return Store(Path(folder) / "files")


def draft(actor: Actor, *, store: Store, is_complete: bool = True, **answers: object) -> Dossier:
    """Start a draft of the actor's organisation; complete, or with nothing but its name. Files are kept in `store`."""
    said = Answers(**({"formats": (Format(),)} | answers))
    organisation = actor.user.organisation
    organisation.cooperative_register = organisation.cooperative_register or "12/2019"
    dossier = dossiers.start_dossier(
        organisation, filiere=said.filiere, usage=said.usage, name_fr=said.name_fr, name_ar=said.name_ar, actor=actor
    )
    if is_complete:
        dossiers.write_identity(dossier, said, actor=actor)
        dossiers.write_making(dossier, said, actor=actor)
        dossiers.write_place(dossier, site_id=organisation.sites[0].id, actor=actor)
        dossiers.write_claims(dossier, said, actor=actor)
        hand_in_all(dossier, store, actor=actor)
    return dossier


def hand_in_all(dossier: Dossier, store: Store, *, actor: Actor) -> None:
    """Hand in every required document."""
    for rule, is_required in rules_for(dossier, actor.today):
        if is_required:
            documents.hand_in(dossier, rule.code, stored=stored(store, rule.code), actor=actor)


def filed(actor: Actor, *, store: Store, **answers: object) -> Dossier:
    """File a complete draft."""
    dossier = draft(actor, store=store, **answers)
    dossiers.file_dossier(dossier, is_engaged=True, actor=actor)
    return dossier


def under_examination(
    acting: Callable[[str | None], Actor], *, store: Store, applicant: str = "alice", **answers: object
) -> Dossier:
    """File as Alice (or another applicant), find complete as Carol, and entrust to Rachid."""
    dossier = filed(acting(applicant), store=store, **answers)
    office = acting("carol")
    admissibility.take_up(dossier, actor=office)
    found = {piece.id: (Standing.CONFORMING, None) for piece in list_current_documents(office.session, dossier)}
    admissibility.check_documents(dossier, found, actor=office)
    admissibility.declare_admissible(dossier, actor=office)
    admissibility.appoint_rapporteur(dossier, rapporteur=acting("rachid").user, actor=office)
    return dossier


def conforming(criterion: Criterion) -> str:
    """Return what one types for a product that respects a criterion."""
    if criterion.answer is Answer.PRESENCE:
        return criterion.choices[0][0]
    if criterion.answer is Answer.TEXT:
        return "Constaté sur place"
    return str(criterion.lower if criterion.lower is not None else criterion.upper or 50)


def grid_rows(dossier: Dossier, *, actor: Actor, **values: str | None) -> dict[str, Measured]:
    """Return a whole grid that conforms, on the test report; `honey_hmf="45"` types another value."""
    documents = list_current_documents(actor.session, dossier)
    report = next(document.id for document in documents if document.kind == "test_reports")
    return {
        criterion.code: Measured(
            value=values.get(criterion.code.replace(".", "_"), conforming(criterion)),
            laboratory="LOARC Agadir",
            measured_on=actor.today,
            evidence_id=report,
        )
        for criterion in list_criteria(dossier)
    }


def graded(acting: Callable[[str | None], Actor], *, store: Store, **values: str | None) -> Dossier:
    """Fill in the whole grid of a honey as Rachid."""
    dossier = under_examination(acting, store=store)
    rapporteur = acting("rachid")
    write_measurements(dossier, grid_rows(dossier, actor=rapporteur, **values), actor=rapporteur)
    settle_tasks(dossier, actor=rapporteur)
    return dossier


def sections(text: str) -> dict[str, str]:
    """Return a report whose every mandatory section says `text`."""
    rules = get_regulation("2026-1").report_sections
    return {rule.code: text for rule in rules if rule.mandatory}


def settle_tasks(dossier: Dossier, *, actor: Actor) -> None:
    """Conclude on the documents, and rule that neither a visit nor a sample is needed, unless one was begun."""
    for task in tasks.list_tasks(actor.session, dossier, actor.today):
        standing = Settled.CONCLUDED if task.task is Task.DOCUMENTS else Settled.NOT_NEEDED
        if standing in task.rulings:
            tasks.rule_task(dossier, task.task, standing=standing, statement="Vu sur pièces.", actor=actor)


def reported(acting: Callable[[str | None], Actor], *, store: Store, **values: str | None) -> Dossier:
    """Report favourably on a honey as Rachid: the dossier is ready for the committee."""
    dossier = graded(acting, store=store, **values)
    submit_report(dossier, proposal="favourable", sections=sections("Conforme."), actor=acting("rachid"))
    return dossier


def planned(finding: Finding, acting: Callable[[str | None], Actor], *, applicant: str = "alice") -> None:
    """Propose a plan as Alice and accept it as Rachid."""
    actor = acting(applicant)
    by = max(finding.due_on, actor.today)
    corrections.propose_plan(finding, what="Corriger.", who="L’atelier", by=by, actor=actor)
    corrections.accept_plan(finding, actor=acting("rachid"))


def corrected(
    finding: Finding, acting: Callable[[str | None], Actor], *, applicant: str = "alice", done: str = "Corrigé."
) -> None:
    """Plan and report a correction in words, as Alice."""
    planned(finding, acting, applicant=applicant)
    explanation = "Il suffit de regarder."
    corrections.report_correction(finding, done=done, explanation=explanation, actor=acting(applicant))


def resolved(finding: Finding, acting: Callable[[str | None], Actor], **more: str) -> None:
    """Plan, report and verify a correction: it is closed on documents."""
    corrected(finding, acting, **more)
    corrections.close_finding(finding, verified="Vu.", method="documentary", actor=acting("rachid"))
