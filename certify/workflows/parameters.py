"""What a version of the regulations of use is made of: delays, committee, evaluation, licence, documents, value chains.

Each record says where it comes from (`source`) and how well it is known (`status`). `regulation.py` puts the records
together and finds them again.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from certify.workflows.clock import Unit
from certify.workflows.criteria import Criterion, Standing, Usage
from certify.workflows.mission import Task
from certify.workflows.presidency import ActingPresident
from certify.workflows.sampling import Prevailing
from certify.workflows.uncertainty import DecisionRule
from certify.workflows.words import Label


class Fact(StrEnum):
    """What an application states about itself and on which a document may depend."""

    COOPERATIVE = "cooperative"
    UNION = "union"
    GIE = "gie"
    COMPANY = "company"
    INDIVIDUAL = "individual"
    SELF_EMPLOYED = "self_employed"
    ASSOCIATION = "association"
    SANITARY_EXEMPT = "sanitary_exempt"
    SIGN_CLAIMED = "sign_claimed"
    ORGANIC_CLAIMED = "organic_claimed"
    BRAND_OWNED = "brand_owned"
    GTIN = "gtin"
    WILD_HARVEST = "wild_harvest"


@dataclass(frozen=True)
class Source:
    """A text that parameters cite. `edition` dates it, `address` is where it was read."""

    code: str
    title: Label
    edition: str = ""
    address: str = ""


@dataclass(frozen=True)
class Delay:
    """A limit of time. `alerts` are the days, counted like the delay itself, on which somebody is warned."""

    code: str
    label: Label
    limit: int
    unit: Unit
    source: str
    status: Standing
    alerts: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.limit < 0:
            raise ValueError(f"{self.limit} is not a length of time")


@dataclass(frozen=True)
class Origin:
    """Where one parameter of the committee or of the licence comes from; `code` is its path in the file."""

    code: str
    source: str
    status: Standing


@dataclass(frozen=True)
class Committee:
    """How the committee deliberates; `voting.py` counts by it.

    `quorum_share`, `majority_share`: more than this share is needed. `minimum_voters`: seats that must remain once
    recusals are set aside. `interest_months`: how far back employment by the applicant is a conflict.
    `minutes_per_item`: how long an item is estimated to take; nothing ends by it.
    `acting_president`: who presides when the seat that presides is absent or recused.
    `declaration_reminder_days`: how many days into the year somebody who owes the yearly declaration is reminded.
    """

    quorum_share: Fraction
    majority_share: Fraction
    minimum_voters: int
    second_convocation_minimum: int
    casting_vote: bool
    acting_president: ActingPresident
    secret_on_request: bool
    max_adjournments: int
    complements_allowed: int
    minutes_per_item: int
    interest_months: int
    declaration_reminder_days: tuple[int, ...]

    def __post_init__(self) -> None:
        for name in ("quorum_share", "majority_share"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} is not a share between 0 and 1")


@dataclass(frozen=True)
class EvaluationTerms:
    """How measurements are judged: a limit that lies within the uncertainty, and two analyses of one sample.

    `spread_minimum`: how many other organisations must stand behind a distribution before it is shown, so that the
    value of none can be read off. `systematic_tasks` are made for every dossier; those that one value chain alone
    imposes are its own.
    """

    decision_rule: DecisionRule
    prevailing_analysis: Prevailing
    spread_minimum: int
    systematic_tasks: tuple[Task, ...]

    def __post_init__(self) -> None:
        if self.spread_minimum < 3:
            raise ValueError(f"{self.spread_minimum} organisations hide nobody; three is the least")


@dataclass(frozen=True)
class ReportSection:
    """A section of the report of the rapporteur; `help` says what it tells. One that is optional may stay empty."""

    code: str
    label: Label
    help: Label
    mandatory: bool
    source: str
    status: Standing


@dataclass(frozen=True)
class LicenceTerms:
    """How long an authorisation runs, less `less_days`, and when its renewal opens and must be filed (days before).

    A batch of numbered labels has `largest_batch` at most; what is packed in a year may exceed the certified quantity
    by `quantity_tolerance_percent`.
    """

    validity_years: int
    less_days: int
    renewal_opens_days: int
    renewal_files_by_days: int
    renewal_reminder_days: tuple[int, ...]
    fraud_ban_years: int
    largest_batch: int
    quantity_tolerance_percent: int


@dataclass(frozen=True)
class Ground:
    """A ground on which an application may be declared inadmissible; the list is closed."""

    code: str
    label: Label
    source: str
    status: Standing


@dataclass(frozen=True)
class Appeal:
    """A way to contest an act: before which authority, within the delay whose code is `delay`."""

    code: str
    label: Label
    authority: Label
    delay: str
    source: str
    status: Standing


@dataclass(frozen=True)
class DocumentRule:
    """A document that the applicant attaches: a plain copy always, since law 55-19 forbids asking for certified ones.

    It concerns the `filieres` and `usages` named (all, when none is), if one of the facts `when` holds (or none is
    named) and none of `unless` does. `may_explain`: the applicant may write why it cannot be had instead of attaching
    it. `max_age_months`: how old it may be on the day of filing.
    """

    code: str
    label: Label
    help: Label
    mandatory: bool
    may_explain: bool
    source: str
    status: Standing
    filieres: tuple[str, ...] = ()
    usages: tuple[Usage, ...] = ()
    when: tuple[Fact, ...] = ()
    unless: tuple[Fact, ...] = ()
    max_age_months: int | None = None

    def concerns(self, filiere: str, usage: str, facts: Collection[str]) -> bool:
        """Tell whether an application with these facts attaches this document."""
        return (
            covers(self.filieres, filiere)
            and covers(self.usages, usage)
            and (not self.when or any(fact in facts for fact in self.when))
            and not any(fact in facts for fact in self.unless)
        )


@dataclass(frozen=True)
class VisitCheck:
    """A point that an inspector checks on the site; it concerns the `filieres` and `usages` named, or all."""

    code: str
    label: Label
    help: Label
    source: str
    status: Standing
    filieres: tuple[str, ...] = ()
    usages: tuple[Usage, ...] = ()


@dataclass(frozen=True)
class Category:
    """A quality class that the applicant may declare for the product (extra virgin, category I, ...)."""

    code: str
    label: Label


@dataclass(frozen=True)
class Filiere:
    """A value chain. `activities` are the codes that the sanitary number of a food producer may begin with.

    `systematic`: the tasks of the examination that no rapporteur may set aside for it.
    """

    code: str
    label: Label
    usages: tuple[Usage, ...]
    activities: tuple[str, ...]
    sources: tuple[str, ...]
    criteria: tuple[Criterion, ...]
    categories: tuple[Category, ...] = ()
    systematic: tuple[Task, ...] = ()


def covers(named: Collection[str], code: str) -> bool:
    """Tell whether a rule that names some codes concerns `code`; naming none concerns all."""
    return not named or code in named
