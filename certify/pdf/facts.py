"""What each paper says: frozen plain facts, gathered by the operation that issues it and stored with it as JSON.

Times are aware (the paper shows them in Morocco's time), sizes are in bytes, marks and SHA-256 are text. What the
regulation or the reference data say is in both languages; what one person typed is `Tongues.written(text)`. Facts once
issued are read again for ever: a field is never renamed or removed, and a new one has a default. Nothing here imports
WeasyPrint, so any process may hold facts.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar

from certify.pdf import codec
from certify.pdf.tongues import Tongues, here

OUTCOMES = ("approved", "approved_with_reservations", "refused", "inadmissible", "lapsed")


@dataclass(frozen=True)
class Letterhead:
    """Who writes: the authority, its committee, and the name of the label."""

    authority: Tongues = Tongues("Agence pour le développement agricole", "وكالة التنمية الفلاحية")
    committee: Tongues = Tongues("Comité d’homologation", "لجنة المصادقة")
    label: Tongues = Tongues("Terroir du Maroc", "منتوج مجالي مغربي")


@dataclass(frozen=True)
class Paper:
    """What every paper has. `number` is the paper's own (REC-…, DEC-…, PV-…, CERT-…)."""

    kind: ClassVar[str]

    number: str
    issued_at: datetime
    regulation: str
    letterhead: Letterhead = field(default=Letterhead(), kw_only=True)
    demonstration: bool = field(default=False, kw_only=True)

    def __post_init__(self) -> None:
        """Refuse a moment of issue without its zone: the paper could not say when it was."""
        here(self.issued_at)

    def to_json(self) -> str:
        """Write these facts as the text that is stored at issue and embedded in the paper."""
        return codec.dump(self.kind, self)


@dataclass(frozen=True)
class Signatory:
    """Who signs, and in what capacity."""

    name: Tongues
    title: Tongues


@dataclass(frozen=True)
class Meeting:
    """The meeting a decision was taken at, and the minutes that prove it."""

    number: str
    held_on: date
    minutes: str


@dataclass(frozen=True)
class Reason:
    """One reason: a criterion of the regulation (with its code), the fact found, and what proves it (law 03-01)."""

    code: str
    criterion: Tongues
    fact: Tongues
    evidence: Tongues


@dataclass(frozen=True)
class OpenFinding:
    """A finding that was not resolved, on which a refusal rests: the criterion, what was found, what was done since."""

    code: str
    criterion: Tongues
    text: Tongues
    history: tuple[Tongues, ...]


@dataclass(frozen=True)
class Reservation:
    """What the applicant must still do, and by when; minutes name no day, since it runs from their signature."""

    text: Tongues
    due_on: date | None = None


@dataclass(frozen=True)
class Document:
    """A document as it was filed."""

    label: Tongues
    file_name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ReceiptFacts(Paper):
    """The receipt of a filing; `issued_at` is the moment of filing."""

    kind: ClassVar[str] = "receipt"

    dossier: str
    applicant: Tongues
    product: Tongues
    sector: Tongues
    documents: tuple[Document, ...]
    completeness_due_on: date
    decision_days: int = 60


@dataclass(frozen=True)
class Appeal:
    """One way to contest: `kind` is review, hierarchical or court; `days` run from the notification."""

    kind: str
    authority: Tongues
    days: int
    note: Tongues | None = None


@dataclass(frozen=True)
class DecisionFacts(Paper):
    """The decision letter; `outcome` is approved, approved_with_reservations, refused, inadmissible or lapsed.

    `meeting` is None where no committee met (inadmissible, lapsed). `considerations` are further texts of law, beyond
    those every decision cites. `licence` is the number an approval gave.
    """

    kind: ClassVar[str] = "decision"

    outcome: str
    dossier: str
    filed_on: date
    applicant: Tongues
    product: Tongues
    sector: Tongues
    signatory: Signatory
    appeals: tuple[Appeal, ...]
    complete_on: date | None = None
    meeting: Meeting | None = None
    considerations: tuple[Tongues, ...] = ()
    reasons: tuple[Reason, ...] = ()
    blocking_facts: tuple[Reason, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    licence: str | None = None
    findings: tuple[OpenFinding, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an outcome that no letter is written for."""
        super().__post_init__()
        if self.outcome not in OUTCOMES:
            raise ValueError(f"There is no letter for the outcome {self.outcome}.")


@dataclass(frozen=True)
class Convocation:
    """How the meeting was called: first or second (`rank` 1 or 2, then `follows` a meeting without quorum).

    `urgency` is why it was called at short notice; `minimum`, the seats that make a second one valid.
    """

    sent_on: date
    rank: int = 1
    is_urgent: bool = False
    follows: str | None = None
    urgency: Tongues | None = None
    minimum: int | None = None


@dataclass(frozen=True)
class Attendance:
    """Who sat on a seat, from when to when; absent when `arrived_at` is None. `capacity`: titular, alternate, advisory.
    An alternate `represents` the titular.

    `person` is None when nobody came and nobody was named.
    """

    seat: Tongues
    body: Tongues
    person: Tongues | None
    capacity: str
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    is_remote: bool = False
    represents: Tongues | None = None


@dataclass(frozen=True)
class Quorum:
    """The quorum of one item, counted by seat and net of recusals, and the sentence that says so."""

    base: int
    required: int
    present: int
    is_reached: bool
    sentence: Tongues


@dataclass(frozen=True)
class Present:
    """Who was there while an item was dealt with; `came_at` when they came during it, `left_at` when they left then."""

    person: Tongues
    seat: Tongues
    is_remote: bool = False
    came_at: datetime | None = None
    left_at: datetime | None = None


@dataclass(frozen=True)
class Interest:
    """A conflict declared or found; `left_room` says that the person left while the item was open.

    `left_at` and `back_at` say when; both None when the person was not at the meeting (`was_absent`) or did not leave.
    """

    person: Tongues
    seat: Tongues
    nature: Tongues
    left_room: bool = True
    left_at: datetime | None = None
    back_at: datetime | None = None
    was_absent: bool = False


@dataclass(frozen=True)
class Opinion:
    """What a consultative member thinks of an item: `stance` is favourable or unfavourable; it is never counted."""

    person: Tongues
    seat: Tongues
    stance: str
    statement: Tongues


@dataclass(frozen=True)
class PaperSeen:
    """A document the committee had before it."""

    label: Tongues
    sha256: str


@dataclass(frozen=True)
class Total:
    """How many ballots made one choice (the values of `workflows.voting.Choice`); never who."""

    choice: str
    count: int


@dataclass(frozen=True)
class Motion:
    """A rule of the count as it was put: the choice it follows, the votes for it, those it needed, its fate."""

    choice: str
    votes: int
    required: int
    is_carried: bool


@dataclass(frozen=True)
class CastingVote:
    """The president's vote that broke a tie."""

    person: Tongues
    choice: str


@dataclass(frozen=True)
class Adjournment:
    """What the committee waits for, from whom, and until when."""

    expected: Tongues
    by: Tongues
    until: date


@dataclass(frozen=True)
class Correction:
    """Why the report that the committee had is a corrected one, and which version it is."""

    version: int
    reason: Tongues


@dataclass(frozen=True)
class Presided:
    """Who presided over an item, on which seat, and why they did."""

    person: Tongues
    seat: Tongues
    basis: Tongues


@dataclass(frozen=True)
class Late:
    """Why an item was added once the agenda was closed, and who agreed to hear it."""

    reason: Tongues
    agreed: tuple[Tongues, ...] = ()
    against: tuple[Tongues, ...] = ()


@dataclass(frozen=True)
class Item:
    """One item of the agenda as it was dealt with.

    `outcome` is approved, approved_with_reservations, refused, adjourned, postponed (no decision could be taken) or
    removed (taken off the agenda: `debate` says why). An item that was not opened has no quorum, no totals, no hours.
    `regulation` is the version the dossier was filed under, when it is not that of the meeting.
    """

    rank: int
    dossier: str
    product: Tongues
    applicant: Tongues
    sector: Tongues
    outcome: str
    regulation: str | None = None
    rapporteur: Tongues | None = None
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    quorum: Quorum | None = None
    interests: tuple[Interest, ...] = ()
    papers: tuple[PaperSeen, ...] = ()
    debate: Tongues | None = None
    is_secret: bool = False
    totals: tuple[Total, ...] = ()
    reasoning: tuple[Tongues, ...] = ()
    casting_vote: CastingVote | None = None
    reasons: tuple[Reason, ...] = ()
    blocking_facts: tuple[Reason, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    adjournment: Adjournment | None = None
    present: tuple[Present, ...] = ()
    opinions: tuple[Opinion, ...] = ()
    motions: tuple[Motion, ...] = ()
    correction: Correction | None = None
    presided: Presided | None = None
    late: Late | None = None


@dataclass(frozen=True)
class Signature:
    """Who signed the minutes, in what capacity, and when."""

    name: Tongues
    title: Tongues
    signed_at: datetime


@dataclass(frozen=True)
class Annex:
    """A document kept with the minutes."""

    label: Tongues
    sha256: str | None = None


@dataclass(frozen=True)
class MinutesFacts(Paper):
    """The minutes of one meeting, signed by its secretary and its president; the frozen text has no signature yet.

    `text_sha256` is the fingerprint of that text, which both signed: these facts without `issued_at` moved, signatures,
    version and fingerprint, as `to_json` writes them.
    """

    kind: ClassVar[str] = "minutes"

    meeting: str
    place: Tongues
    opened_at: datetime
    closed_at: datetime
    convocation: Convocation
    attendance: tuple[Attendance, ...]
    items: tuple[Item, ...]
    president: Signature | None
    secretary: Signature | None
    annexes: tuple[Annex, ...] = ()
    version: int = 1
    text_sha256: str = ""


@dataclass(frozen=True)
class Point:
    """One item of the agenda as its addressee may see it: when it is expected, and what they have to read."""

    rank: int
    hour: str
    dossier: str
    product: Tongues
    applicant: Tongues
    sector: Tongues
    papers: tuple[PaperSeen, ...] = ()


@dataclass(frozen=True)
class ConvocationFacts(Paper):
    """The convocation of one member to a meeting; an item that is closed to them is not on it.

    `capacity` is titular, alternate or advisory; `starts_at` is Morocco's time, "09:30".
    """

    kind: ClassVar[str] = "convocation"

    meeting: str
    held_on: date
    starts_at: str
    place: Tongues
    person: Tongues
    seat: Tongues
    capacity: str
    convocation: Convocation
    items: tuple[Point, ...]
    secretary: Signatory


@dataclass(frozen=True)
class ErratumFacts(Paper):
    """An erratum to signed minutes: what they say, what they should say, why; the frozen text has no signature yet.

    `rank`, `dossier`, `product` and `applicant` are those of the item it is about, None when it is about the meeting.
    `minutes_sha256` is the fingerprint of the text that it is about, `text_sha256` of its own, which both signed.
    """

    kind: ClassVar[str] = "erratum"

    minutes: str
    minutes_version: int
    minutes_sha256: str
    meeting: str
    held_on: date
    passage: Tongues
    says: Tongues
    should_say: Tongues
    reason: Tongues
    rank: int | None = None
    dossier: str | None = None
    product: Tongues | None = None
    applicant: Tongues | None = None
    president: Signature | None = None
    secretary: Signature | None = None
    text_sha256: str = ""


@dataclass(frozen=True)
class CertificateFacts(Paper):
    """The certificate. `licence` is the number on the label; `mark` the twelve characters; `address` where they lead.

    `sign` is the recognised sign of origin and quality claimed, if any; `sanitary_number` the ONSSA number, if any.
    `code` is what the QR code says, the sealed address; without one it says `address`, which is printed in words.
    """

    kind: ClassVar[str] = "certificate"

    licence: str
    dossier: str
    product: Tongues
    holder: Tongues
    site: Tongues
    province: Tongues
    region: Tongues
    sector: Tongues
    usage: Tongues
    formats: tuple[Tongues, ...]
    valid_from: date
    valid_to: date
    meeting: Meeting
    signatory: Signatory
    mark: str
    address: str
    sign: Tongues | None = None
    sanitary_number: str | None = None
    code: str | None = None


KINDS = {
    model.kind: model
    for model in (ReceiptFacts, DecisionFacts, MinutesFacts, ErratumFacts, ConvocationFacts, CertificateFacts)
}


def from_json(kind: str, text: str) -> Paper:
    """Read the facts of a paper of this kind again; raises KeyError or ValueError when they are of another."""
    return codec.load(kind, KINDS[kind], text)
