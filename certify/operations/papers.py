"""Papers issued: what each says is gathered from the rows and frozen as JSON in the transaction of the act it proves.

Nothing is printed here: the paper worker draws the PDF afterwards from these facts alone (`printing.py`). A paper is
never altered; issued again, it is a further row with the next version and a number of its own.
"""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import ColumnElement, func, select

from certify.models import Document, Dossier, Erratum, Licence, MinutesProposal, Paper, Product, ProductFormat
from certify.models.paper import PaperKind
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.operations.paper_decision import decision_facts, find_decided_item
from certify.operations.paper_erratum import signed_erratum
from certify.operations.paper_minutes import signed_minutes
from certify.operations.paper_words import (
    DIRECTORATE,
    PRESIDENCY,
    is_demonstration,
    labelled,
    met,
    named,
    named_document,
    person,
    sector,
)
from certify.pdf import facts
from certify.pdf.phrases import word
from certify.pdf.tongues import Tongues
from certify.queries.admissibility import last_day_of, list_current_documents
from certify.queries.reference import get_province, get_region
from certify.queries.regulations import get_regulation
from certify.workflows.errors import AlreadyDone, Refused
from certify.workflows.numbering import certificate_number, decision_number, receipt_number
from certify.workflows.words import N_

SIGNS = {
    "IG": Tongues("Indication géographique « {} »", "البيان الجغرافي «{}»"),
    "AO": Tongues("Appellation d’origine « {} »", "تسمية المنشأ «{}»"),
    "LA": Tongues("Label agricole « {} »", "العلامة الفلاحية «{}»"),
}
EXPLANATION = "Explication écrite · توضيح مكتوب"
"""What stands for the file name of a document that the applicant explains instead of sending."""


def issue_receipt(dossier: Dossier, *, actor: Actor) -> Paper:
    """Issue the receipt of a filing, with the fingerprint of each document received."""
    number = receipt_number(dossier.number)
    regulation = get_regulation(dossier.regulation)
    receipt = facts.ReceiptFacts(
        number,
        actor.at,
        dossier.regulation,
        dossier=dossier.number,
        applicant=named(dossier.organisation),
        product=named(dossier.product),
        sector=sector(dossier),
        documents=tuple(
            _received(dossier, document, actor=actor) for document in list_current_documents(actor.session, dossier)
        ),
        completeness_due_on=last_day_of(dossier, "completeness", actor.today),
        decision_days=regulation.delay("decision").limit,
        demonstration=is_demonstration(dossier.organisation),
    )
    return _issue(PaperKind.RECEIPT, receipt, actor=actor, dossier_id=dossier.id)


def issue_decision(dossier: Dossier, *, actor: Actor, title: Tongues | None = None) -> Paper:
    """Issue the letter of the decision that `dossier` now bears; a later decision has a letter of its own.

    `title` is the capacity of whoever signs for the committee. Call it once the state has changed and the reasons,
    reservations or ground are written. Raises WrongState where nothing was decided.
    """
    version = _next_version(PaperKind.DECISION, Paper.dossier_id == dossier.id, actor=actor)
    number = decision_number(dossier.number, version)
    letter = decision_facts(dossier, number, actor=actor, title=title)
    return _issue(PaperKind.DECISION, letter, actor=actor, version=version, dossier_id=dossier.id)


def issue_minutes(proposal: MinutesProposal, capacity: Tongues = PRESIDENCY, *, actor: Actor) -> Paper:
    """Issue the minutes that both have signed: the frozen text, their signatures and its hash; once.

    `capacity` is in which whoever presided signs.

    Raises AlreadyDone when they are issued: what is wrong in them is corrected by other minutes, never rewritten.
    """
    meeting_id = proposal.meeting_id
    if _next_version(PaperKind.MINUTES, Paper.meeting_id == meeting_id, actor=actor) > 1:
        raise AlreadyDone(N_("The minutes of this meeting are signed and issued already."))
    minutes = signed_minutes(proposal, capacity, actor=actor)
    return _issue(PaperKind.MINUTES, minutes, actor=actor, meeting_id=meeting_id)


def issue_erratum(erratum: Erratum, capacity: Tongues = PRESIDENCY, *, actor: Actor) -> Paper:
    """Issue an erratum that both have signed, beside the minutes, which stay as they are."""
    said = signed_erratum(erratum, capacity, actor=actor)
    return _issue(PaperKind.ERRATUM, said, actor=actor, version=erratum.rank, meeting_id=erratum.meeting_id)


def issue_certificate(licence: Licence, *, issuer: Issuer, actor: Actor) -> Paper:
    """Issue the certificate of a signed licence, or issue it anew as the next version.

    `issuer` brings the official address, under which the mark is checked, and the seal of the code. Raises Refused when
    the committee approved nothing that the certificate could cite.
    """
    version = _next_version(PaperKind.CERTIFICATE, Paper.licence_id == licence.id, actor=actor)
    certificate = _certificate(licence, certificate_number(licence.number, version), issuer, actor=actor)
    return _issue(PaperKind.CERTIFICATE, certificate, actor=actor, version=version, licence_id=licence.id)


def _issue(kind: PaperKind, said: facts.Paper, *, actor: Actor, version: int = 1, **subject: int) -> Paper:
    paper = Paper(
        number=said.number,
        kind=kind,
        version=version,
        facts=said.to_json(),
        issued_at=actor.at,
        issued_by_id=actor.id,
        **subject,
    )
    actor.session.add(paper)
    actor.session.flush()
    return paper


def _next_version(kind: PaperKind, subject: ColumnElement[bool], *, actor: Actor) -> int:
    """Count what was issued; the subject is locked by whoever moves it, and the number is unique besides."""
    issued = select(func.count()).select_from(Paper).where(Paper.kind == kind, subject)
    return actor.session.scalars(issued).one() + 1


def _received(dossier: Dossier, document: Document, *, actor: Actor) -> facts.Document:
    label = named_document(dossier, document, actor.today)
    if document.sha256:
        return facts.Document(label, document.file_name, document.size, document.sha256)
    text = document.explanation.encode()
    return facts.Document(label, EXPLANATION, len(text), sha256(text).hexdigest())


def _certificate(licence: Licence, number: str, issuer: Issuer, *, actor: Actor) -> facts.CertificateFacts:
    dossier = licence.dossier
    product, site = dossier.product, dossier.site
    item = find_decided_item(dossier, actor=actor)
    if item is None:
        raise Refused(N_("No meeting of the committee approved this product: there is nothing to certify."))
    province = get_province(site.province)
    return facts.CertificateFacts(
        number,
        actor.at,
        dossier.regulation,
        licence=licence.number,
        dossier=dossier.number,
        product=named(product),
        holder=named(dossier.organisation),
        site=Tongues.written(f"{site.name}, {site.commune}"),
        province=labelled(province.label),
        region=labelled(get_region(province.region).label),
        sector=sector(dossier),
        usage=word(product.usage),
        formats=tuple(_format(each) for each in product.formats),
        valid_from=licence.valid_from,
        valid_to=licence.valid_to,
        meeting=met(item.meeting),
        signatory=facts.Signatory(person(licence.signed_by or actor.user), DIRECTORATE),
        mark=licence.mark,
        address=f"{issuer.base_url}/v/{licence.mark}",
        sign=_sign(product),
        sanitary_number=site.sanitary_number,
        demonstration=is_demonstration(dossier.organisation),
        code=issuer.printed_address(licence),
    )


def _format(size: ProductFormat) -> Tongues:
    content = f"{size.content}\u00a0{size.unit}"
    return Tongues.written(f"{content}, {size.packaging}" if size.packaging else content)


def _sign(product: Product) -> Tongues | None:
    if product.sign is None:
        return None
    kind = SIGNS[product.sign.sign]
    return Tongues(kind.fr.format(product.sign.name), kind.ar.format(product.sign.name))
