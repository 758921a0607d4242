"""What an application must attach, what was handed in, and who may open it.

The list comes from the regulation: the version in force while a dossier is a draft, the one it was filed under after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from certify.models import Document, Dossier, Finding, Licence, Meeting, Paper, User
from certify.models.organisation import Kind, SanitaryRegime
from certify.models.paper import PaperKind
from certify.queries.convocations import check_open
from certify.queries.declared import check_has_declared
from certify.queries.dossiers import get_dossier
from certify.queries.meetings import may_read_minutes
from certify.queries.regulations import get_regulation, get_regulation_in_force
from certify.queries.relations import roles_on
from certify.workflows.errors import Conflicted, NotAllowed, NotFound
from certify.workflows.parameters import DocumentRule, Fact
from certify.workflows.permissions import Right, Role, may
from certify.workflows.regulation import Regulation
from certify.workflows.words import N_, Label

KINDS = {
    Kind.COOPERATIVE: Fact.COOPERATIVE,
    Kind.UNION: Fact.UNION,
    Kind.EIG: Fact.GIE,
    Kind.COMPANY: Fact.COMPANY,
    Kind.PERSON: Fact.INDIVIDUAL,
    Kind.SELF_EMPLOYED: Fact.SELF_EMPLOYED,
    Kind.ASSOCIATION: Fact.ASSOCIATION,
}
"""The word of the regulation for each legal form."""

UNSTATED = frozenset({Fact.ORGANIC_CLAIMED, Fact.WILD_HARVEST})
"""What the application does not ask: their documents are offered "if it concerns you", and never missed."""

EXPIRING = frozenset({"sanitary_authorisation", "sign_certificate", "organic_certificate", "harvest_permit"})
"""The documents that bear a last day of validity."""

NO_DOCUMENT = N_("There is no such document.")
NO_PAPER = N_("There is no paper with this number.")

CONFIDENTIAL = frozenset({"identity"})
"""What the regulation promises to show to nobody but the secretariat."""

CONFIDENTIAL_READERS = frozenset({Role.APPLICANT, Role.SECRETARIAT})

FINDING = "finding"
FURTHER = "further"
BULLETIN = "bulletin"
EVIDENCE = "evidence"
CLOSING = "closing"
OTHERS = {
    BULLETIN: Label("Bulletin d’analyse", "نشرة التحليل", "Bulletin of analysis"),
    FINDING: Label("Preuve de mise en conformité", "إثبات المطابقة", "Proof of conformity"),
    EVIDENCE: Label("Constat du rapporteur", "معاينة المقرر", "What the rapporteur saw"),
    CLOSING: Label("Rapport de la nouvelle visite", "تقرير الزيارة الجديدة", "Report of the new visit"),
    FURTHER: Label("Document complémentaire", "وثيقة إضافية", "Further document"),
}
"""What is handed in besides the list: the proof for a finding ("finding-12"), what laboratories find, and what else."""


@dataclass(frozen=True)
class Entry:
    """One document of the list, and what was handed in for it, the latest version first."""

    rule: DocumentRule
    is_required: bool
    versions: tuple[Document, ...]
    today: date

    @property
    def document(self) -> Document | None:
        """The version that counts."""
        return self.versions[0] if self.versions else None

    @property
    def is_expired(self) -> bool:
        """Whether the version that counts is past its last day."""
        return bool(self.document and self.document.expires_on and self.document.expires_on < self.today)

    @property
    def is_missing(self) -> bool:
        """Whether it is asked for and not there, or no longer valid."""
        return self.is_required and (self.document is None or self.is_expired)

    @property
    def wants_expiry(self) -> bool:
        """Whether the last day of validity is asked for."""
        return self.rule.code in EXPIRING


def get_rules(dossier: Dossier, today: date) -> Regulation:
    """Return the regulation that governs `dossier`: until it is filed, the one in force."""
    return get_regulation_in_force(today) if dossier.number is None else get_regulation(dossier.regulation)


def facts_of(dossier: Dossier) -> frozenset[Fact]:
    """Return what an application states about itself, on which documents depend."""
    product, site = dossier.product, dossier.site
    stated = {
        KINDS[dossier.organisation.kind]: True,
        Fact.SANITARY_EXEMPT: site is not None and site.sanitary_regime is SanitaryRegime.EXEMPT,
        Fact.SIGN_CLAIMED: product.sign_id is not None,
        Fact.BRAND_OWNED: bool(product.brand),
        Fact.GTIN: any(each.gtin for each in product.formats),
    }
    return frozenset(fact for fact, holds in stated.items() if holds)


def rules_for(dossier: Dossier, today: date) -> tuple[tuple[DocumentRule, bool], ...]:
    """List the documents of an application in the order of the regulation, each with whether it is required."""
    regulation, stated, product = get_rules(dossier, today), facts_of(dossier), dossier.product
    certain = regulation.documents_for(product.filiere, product.usage, stated)
    offered = regulation.documents_for(product.filiere, product.usage, stated | UNSTATED)
    return tuple((rule, rule.mandatory and rule in certain) for rule in offered)


def list_entries(session: Session, dossier: Dossier, *, reader: User, today: date) -> tuple[Entry, ...]:
    """List the documents of the list with what was handed in; confidential ones are left out for most readers."""
    handed = defaultdict(list)
    for document in list_documents(session, dossier, reader=reader):
        handed[document.kind].append(document)
    hidden = _hidden(session, dossier, reader)
    return tuple(
        Entry(rule, is_required, tuple(handed[rule.code]), today)
        for rule, is_required in rules_for(dossier, today)
        if rule.code not in hidden
    )


def list_documents(session: Session, dossier: Dossier, *, reader: User) -> Sequence[Document]:
    """List everything handed in that `reader` may open, kind by kind, the latest version first."""
    asked = select(Document).where(Document.dossier_id == dossier.id).order_by(Document.kind, Document.version.desc())
    hidden = _hidden(session, dossier, reader)
    return session.scalars(asked.where(Document.kind.not_in(hidden)) if hidden else asked).all()


def label_of(dossier: Dossier, kind: str, today: date) -> Label:
    """Return the name of a kind of document; a kind that the regulation does not know is a further document."""
    rule = next((rule for rule in get_rules(dossier, today).documents if rule.code == kind), None)
    return rule.label if rule else OTHERS.get(kind.split("-", 1)[0], OTHERS[FURTHER])


def get_document(session: Session, document_id: int, *, reader: User, today: date) -> Document:
    """Return a document that `reader` may open. Raises NotFound, NotAllowed, or Refused to who owes a declaration.

    To somebody recused from the dossier there is no such document: numbers tried one by one would count them.
    """
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound(NO_DOCUMENT)
    try:
        dossier = get_dossier(session, document.dossier_id, reader=reader)
    except Conflicted as refusal:
        raise NotFound(NO_DOCUMENT) from refusal
    if document.kind in _hidden(session, dossier, reader):
        raise NotAllowed(N_("Only the secretariat may open this document."))
    if roles_on(session, reader, dossier) <= {Role.MEMBER, Role.PRESIDENT}:
        check_has_declared(session, reader, today)
    return document


def list_papers(session: Session, dossier: Dossier) -> Sequence[Paper]:
    """List the papers issued on a dossier and on its licence, the latest first; minutes are not among them."""
    licence = select(Licence.id).where(Licence.dossier_id == dossier.id).scalar_subquery()
    asked = select(Paper).where((Paper.dossier_id == dossier.id) | (Paper.licence_id == licence))
    return session.scalars(asked.order_by(Paper.issued_at.desc(), Paper.id.desc())).all()


def get_paper(session: Session, number: str, *, reader: User) -> Paper:
    """Return a paper that `reader` may read, with its file when it is printed. Raises NotFound, Conflicted, NotAllowed.

    Papers of a dossier or of its licence open with that dossier; minutes with the meetings, but not to somebody to whom
    a dossier of that meeting is closed, nor ever to an applicant. To somebody recused there are no papers of a dossier:
    the kind and number of a letter would tell what was decided.
    """
    asked = select(Paper).where(Paper.number == number).options(joinedload(Paper.file))
    paper = session.scalars(asked).one_or_none() if number.isprintable() else None
    if paper is None:
        raise NotFound(NO_PAPER)
    if paper.kind is PaperKind.CONVOCATION:
        check_open(session, paper, reader)
    elif paper.meeting_id is not None:
        _open_minutes(session, paper, reader)
    else:
        dossier_id = paper.dossier_id or session.get_one(Licence, paper.licence_id).dossier_id
        try:
            get_dossier(session, dossier_id, reader=reader, right=Right.READ_PAPERS)
        except Conflicted as refusal:
            raise NotFound(NO_PAPER) from refusal
    return paper


def _open_minutes(session: Session, paper: Paper, reader: User) -> None:
    """Raise NotAllowed or Conflicted unless the minutes are open to `reader`, whole."""
    if not may(Right.READ_MEETING, reader.roles):
        raise NotAllowed(N_("The minutes are not open to your account."))
    if not may_read_minutes(session, session.get_one(Meeting, paper.meeting_id), reader=reader):
        raise Conflicted(N_("These minutes tell of a dossier that is closed to you."))


def _hidden(session: Session, dossier: Dossier, reader: User) -> frozenset[str]:
    """Return the kinds of document that `reader` does not see."""
    roles = roles_on(session, reader, dossier)
    hidden = frozenset() if roles & CONFIDENTIAL_READERS else CONFIDENTIAL
    return hidden | _untold(session, dossier) if Role.APPLICANT in roles else hidden


def _untold(session: Session, dossier: Dossier) -> frozenset[str]:
    """Return the kinds of what the rapporteur saw that the applicant was not told of."""
    kept = select(Document.kind).where(Document.dossier_id == dossier.id, Document.kind.like(f"{EVIDENCE}-%"))
    told = select(Document.kind).join(Finding, Finding.evidence_id == Document.id).where(Finding.sent_at.is_not(None))
    return frozenset(session.scalars(kept.where(Document.kind.not_in(told.where(Finding.dossier_id == dossier.id)))))
