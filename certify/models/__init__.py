"""THE TABLES: columns, relations, constraints; no verbs.

SQLAlchemy and `workflows` only. What must never be false is a constraint here or a trigger in `migrations/`:
one ballot per seat and item, one licence per dossier, an unbroken chain of events. Importing the package
loads every table into `Base.metadata`.
"""

from certify.models.base import Base
from certify.models.case import CaseReport, CaseState, CaseStep, CopyCase
from certify.models.committee import Mandate, Seat
from certify.models.document import Complement, ComplementPoint, Document
from certify.models.dossier import Dossier, Inadmissibility, Notification, Product, ProductFormat
from certify.models.erratum import Erratum, ErratumSignature
from certify.models.evaluation import Measurement, Report, ReportDraft
from certify.models.event import Event
from certify.models.finding import Finding, FindingProof, FindingStep
from certify.models.interest import DeclaredTie, YearlyDeclaration
from certify.models.label import (
    LabelActivation,
    LabelBatch,
    LabelGuess,
    LabelOpening,
    LabelSerial,
    LabelVoiding,
)
from certify.models.ledger import Credential, LedgerEntry, SealedDecision
from certify.models.licence import Licence, RegisterEntry, RegisterGtin
from certify.models.meeting import (
    AdvisoryOpinion,
    AgendaItem,
    Attendance,
    Ballot,
    ConflictRuling,
    Declaration,
    LateAnswer,
    Meeting,
    Reason,
    Reservation,
)
from certify.models.message import Message
from certify.models.minutes import MinutesAgreement, MinutesProposal, MinutesRemark, MinutesSignature
from certify.models.mission import TaskRuling
from certify.models.numbering import NumberSeries
from certify.models.organisation import Organisation, Site
from certify.models.paper import ConvocationSent, Paper, PaperCopy, PaperFile
from certify.models.recording import VisitEntry, VisitPhoto
from certify.models.sample import AnalysisResult, Portion, Sample
from certify.models.scan import ScanCount, ScanRow, SeenCode
from certify.models.secrecy import RollEntry, SecretBallot, SecretStatement
from certify.models.setting import DemonstrationClock
from certify.models.sign import RecognisedSign
from certify.models.user import User, UserRole
from certify.models.visit import Visit, VisitInspector

__all__ = [
    "AdvisoryOpinion",
    "AgendaItem",
    "AnalysisResult",
    "Attendance",
    "Ballot",
    "Base",
    "CaseReport",
    "CaseState",
    "CaseStep",
    "Complement",
    "ComplementPoint",
    "ConflictRuling",
    "ConvocationSent",
    "CopyCase",
    "Credential",
    "Declaration",
    "DeclaredTie",
    "DemonstrationClock",
    "Document",
    "Dossier",
    "Erratum",
    "ErratumSignature",
    "Event",
    "Finding",
    "FindingProof",
    "FindingStep",
    "Inadmissibility",
    "LabelActivation",
    "LabelBatch",
    "LabelGuess",
    "LabelOpening",
    "LabelSerial",
    "LabelVoiding",
    "LateAnswer",
    "LedgerEntry",
    "Licence",
    "Mandate",
    "Measurement",
    "Meeting",
    "Message",
    "MinutesAgreement",
    "MinutesProposal",
    "MinutesRemark",
    "MinutesSignature",
    "Notification",
    "NumberSeries",
    "Organisation",
    "Paper",
    "PaperCopy",
    "PaperFile",
    "Portion",
    "Product",
    "ProductFormat",
    "Reason",
    "RecognisedSign",
    "RegisterEntry",
    "RegisterGtin",
    "Report",
    "ReportDraft",
    "Reservation",
    "RollEntry",
    "Sample",
    "ScanCount",
    "ScanRow",
    "SealedDecision",
    "Seat",
    "SecretBallot",
    "SecretStatement",
    "SeenCode",
    "Site",
    "TaskRuling",
    "User",
    "UserRole",
    "Visit",
    "VisitEntry",
    "VisitInspector",
    "VisitPhoto",
    "YearlyDeclaration",
]
