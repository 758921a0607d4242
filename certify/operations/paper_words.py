"""What several papers say alike: applicant, product, value chain, reasons, each in the two languages of the papers.

The regulation and the reference data are bilingual; what one person typed stands once, in the language of its letters.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from certify.models import AgendaItem, Document, Dossier, Meeting, Organisation, Product, Reason, Reservation, User
from certify.operations.acting import Actor
from certify.pdf import facts
from certify.pdf.phrases import sentence
from certify.pdf.tongues import Tongues
from certify.queries.admissibility import last_day_of
from certify.queries.documents import label_of
from certify.queries.evaluation import find_measurement
from certify.queries.regulations import get_regulation
from certify.workflows.criteria import Criterion
from certify.workflows.errors import NotFound
from certify.workflows.numbering import minutes_number
from certify.workflows.presidency import Basis
from certify.workflows.words import N_, Label

PRESIDENCY = Tongues("Présidence du comité d’homologation", "رئاسة لجنة المصادقة")
PRESIDING = {
    Basis.TITULAR: PRESIDENCY,
    Basis.ALTERNATE: Tongues("Suppléance de la présidence du comité d’homologation", "النيابة عن رئاسة لجنة المصادقة"),
    Basis.STANDS_IN: Tongues("Présidence de séance du comité d’homologation", "رئاسة جلسة لجنة المصادقة"),
}
"""In what capacity whoever presides signs."""
SECRETARIAT = Tongues("Secrétariat du comité d’homologation", "كتابة لجنة المصادقة")
DELEGATED = Tongues("Par délégation", "بالتفويض")
DIRECTORATE = Tongues("Direction générale de l’Agence", "المديرية العامة للوكالة")
"""The offices that sign."""

SANITARY_LAW, SANITARY_DOCUMENT = "law_28_07", "sanitary_authorisation"
MEASURED = N_("Value entered by the rapporteur, on the document “%(document)s”.")
UNDOCUMENTED = N_("Value entered by the rapporteur.")
SITE_RECORD = N_("Particulars of the site, as stated in the file.")


def named(thing: Organisation | Product) -> Tongues:
    """Name an organisation or a product in French, and in Arabic when it has that name."""
    return Tongues(thing.name_fr, thing.name_ar or "")


def labelled(label: Label) -> Tongues:
    """Take a name of the regulation or of the reference data."""
    return Tongues(label.fr, label.ar)


def person(user: User) -> Tongues:
    """Name a person as their account does."""
    return Tongues.written(user.name)


def sector(dossier: Dossier) -> Tongues:
    """Name the value chain of a dossier's product."""
    return labelled(get_regulation(dossier.regulation).filiere(dossier.product.filiere).label)


def met(meeting: Meeting) -> facts.Meeting:
    """Cite a meeting with the minutes that prove it."""
    return facts.Meeting(meeting.number, meeting.held_on, minutes_number(meeting.number))


def named_document(dossier: Dossier, document: Document, on: date) -> Tongues:
    """Name a document that was handed in by its kind."""
    return labelled(label_of(dossier, document.kind, on))


def told_reasons(dossier: Dossier, reasons: Iterable[Reason]) -> tuple[facts.Reason, ...]:
    """Write the reasons of a refusal; a criterion of the regulation is named by it, an article as it was cited."""
    return tuple(
        facts.Reason(*_cited(dossier, reason.criterion), Tongues.written(reason.fact), Tongues.written(reason.evidence))
        for reason in reasons
    )


def told_reservations(dossier: Dossier, item: AgendaItem, on: date) -> tuple[facts.Reservation, ...]:
    """Write the reservations of an approval; one whose day is not set yet has the whole delay, counted from `on`."""
    return tuple(_reserved(dossier, each, on) for each in item.reservations)


def told_blocking_facts(
    dossier: Dossier, sentences: Sequence[tuple[str, Mapping[str, object]]], *, actor: Actor
) -> tuple[facts.Reason, ...]:
    """Write what forbids the approval: a criterion of the grid over its legal limit, or the sanitary standing."""
    return tuple(_blocking(dossier, message, named, actor=actor) for message, named in sentences)


def _cited(dossier: Dossier, code: str) -> tuple[str, Tongues]:
    regulation = get_regulation(dossier.regulation)
    try:
        return code, labelled(regulation.criterion(code).label)
    except NotFound:
        return regulation.version, Tongues.written(code)


def _reserved(dossier: Dossier, reservation: Reservation, on: date) -> facts.Reservation:
    due_on = reservation.due_on or last_day_of(dossier, "reservations", on)
    return facts.Reservation(Tongues.written(reservation.statement), due_on)


def _blocking(dossier: Dossier, message: str, stated: Mapping[str, object], *, actor: Actor) -> facts.Reason:
    criterion = stated.get("criterion")
    if isinstance(criterion, Criterion):
        evidence = _evidence(dossier, criterion, actor=actor)
        return facts.Reason(criterion.code, labelled(criterion.label), sentence(message, stated), evidence)
    regulation = get_regulation(dossier.regulation)
    law = labelled(regulation.source(SANITARY_LAW).title)
    return facts.Reason(SANITARY_DOCUMENT, law, sentence(message, stated), sentence(SITE_RECORD))


def _evidence(dossier: Dossier, criterion: Criterion, *, actor: Actor) -> Tongues:
    measurement = find_measurement(actor.session, dossier, criterion.code)
    if measurement is None or measurement.evidence is None:
        return sentence(UNDOCUMENTED)
    label = label_of(dossier, measurement.evidence.kind, actor.today)
    return sentence(MEASURED, {"document": {"fr": label.fr, "ar": label.ar}})


def is_demonstration(*organisations: Organisation) -> bool:
    """Tell whether a paper is about an invented holder, and must say so."""
    return any(organisation.is_demonstration for organisation in organisations)
