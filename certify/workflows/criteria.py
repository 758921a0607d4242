"""The review grid: a criterion of the regulation, the value found, and whether the one conforms to the other.

Numbers are Decimal from the form to the verdict; nothing is rounded. Only a limit set by law blocks an approval: a
value outside a standard, or outside what the regulation calls usual, is for the committee to weigh.
"""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from certify.workflows.errors import Malformed
from certify.workflows.machine import Term, Tone
from certify.workflows.words import N_, Label, tidy


class Usage(Term):
    """What the product is sold for. Law 28-07 art. 2 leaves cosmetics out: no sanitary authorisation is asked there."""

    FOOD = "food", N_("Food")
    COSMETIC = "cosmetic", N_("Cosmetic")
    OTHER = "other", N_("Other use")


class Comparison(Term):
    """How a value is held against its limit. `recorded`: it must be stated, and nothing is judged."""

    AT_MOST = "at_most", N_("at most")
    AT_LEAST = "at_least", N_("at least")
    BETWEEN = "between", N_("between two limits")
    ABSENT = "absent", N_("must be absent")
    PRESENT = "present", N_("required")
    RECORDED = "recorded", N_("to be recorded")


class LimitStatus(Term):
    """What a limit is worth: `legal` binds everybody, `standard` is a norm of the trade, `indicative` a usual value."""

    LEGAL = "legal", N_("Legal limit")
    STANDARD = "standard", N_("Standard")
    INDICATIVE = "indicative", N_("Indicative")


class Standing(Term):
    """How well a parameter is known: the text was read, practice tells, or it is ours until the agency confirms it."""

    SOURCED = "sourced", N_("Read in a text")
    BACKGROUND = "background", N_("Known from practice")
    DEFAULT = "default", N_("Default, to be confirmed")


class Verdict(Term):
    """What the comparison says."""

    CONFORM = "conform", N_("Conform")
    NOT_CONFORM = "not_conform", N_("Not conform")
    RECORDED = "recorded", N_("Recorded")
    MISSING = "missing", N_("No value yet")

    @property
    def tone(self) -> Tone:
        """Give the colour and the shape beside the word."""
        tones = {Verdict.CONFORM: Tone.GOOD, Verdict.NOT_CONFORM: Tone.BAD, Verdict.MISSING: Tone.YOURS}
        return tones.get(self, Tone.QUIET)


class Answer(StrEnum):
    """What kind of value a criterion takes: it chooses the field of the form and the type of the value."""

    NUMBER = "number"
    PRESENCE = "presence"
    TEXT = "text"


Value = Decimal | bool | str


@dataclass(frozen=True)
class CategoryLimit:
    """How a criterion is judged when the product is declared to be of category `code`."""

    code: str
    comparison: Comparison
    lower: Decimal | None = None
    upper: Decimal | None = None


@dataclass(frozen=True)
class Criterion:
    """One row of a grid.

    `unit` is an expression that a program can convert, such as `g/(100 g)`, or `1` for a pure number; `unit_shown` is
    for people. A criterion applies to every usage, value chain or category unless `usages`, `filieres` or `categories`
    name some. Its limits may depend on the declared category (`by_category`); where none was declared its own stand.
    `source` is the code of a source of the regulation, `standing` says whether the limit was read there, `method` is
    the norm of the measurement.
    """

    code: str
    label: Label
    comparison: Comparison
    source: str
    standing: Standing
    status: LimitStatus
    mandatory: bool
    unit: str = ""
    lower: Decimal | None = None
    upper: Decimal | None = None
    method: str = ""
    usages: tuple[Usage, ...] = ()
    filieres: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    by_category: tuple[CategoryLimit, ...] = ()

    def __post_init__(self) -> None:
        for limit in (self, *self.by_category):
            _check_limits(limit)
            if not self.unit and (limit.lower is not None or limit.upper is not None):
                raise ValueError(f"{self.code}: a limit needs a unit; write 1 for a pure number")

    @property
    def answer(self) -> Answer:
        """Say what kind of value is expected. A recorded criterion without a unit takes a text."""
        if self.comparison in (Comparison.ABSENT, Comparison.PRESENT):
            return Answer.PRESENCE
        if self.comparison is Comparison.RECORDED and not self.unit:
            return Answer.TEXT
        return Answer.NUMBER

    @property
    def choices(self) -> tuple[tuple[str, str], ...]:
        """List what a presence criterion is answered with: the stored text and its label, the conforming one first."""
        if self.comparison is Comparison.ABSENT:
            return (("absent", N_("Absent")), ("present", N_("Detected")))
        return (("present", N_("Yes")), ("absent", N_("No")))

    @property
    def unit_shown(self) -> str:
        """Write the unit as people do: `g/100 g`, and nothing for a pure number."""
        return "" if self.unit == "1" else self.unit.replace("(", "").replace(")", "")

    @property
    def limit_shown(self) -> str:
        """Write the limit in signs that every language reads (`≤ 20 g/100 g`), or nothing where no number judges."""
        signs = {Comparison.AT_MOST: f"≤ {self.upper}", Comparison.AT_LEAST: f"≥ {self.lower}"}
        signs[Comparison.BETWEEN] = f"{self.lower} – {self.upper}"
        return f"{signs[self.comparison]} {self.unit_shown}".rstrip() if self.comparison in signs else ""

    def for_category(self, category: str | None) -> "Criterion":
        """Return the criterion with the limits of the declared `category`.

        Where none was declared, a criterion reserved to some categories may be filled in but is not demanded.
        """
        if category is None:
            return replace(self, mandatory=self.mandatory and not self.categories)
        limit = next((limit for limit in self.by_category if limit.code == category), None)
        if limit is None:
            return self
        return replace(self, comparison=limit.comparison, lower=limit.lower, upper=limit.upper)


def _check_limits(limit: Criterion | CategoryLimit) -> None:
    needs = {
        Comparison.AT_MOST: (False, True),
        Comparison.AT_LEAST: (True, False),
        Comparison.BETWEEN: (True, True),
    }.get(limit.comparison, (False, False))
    if (limit.lower is not None, limit.upper is not None) != needs:
        wanted = " and ".join(name for name, needed in zip(("lower", "upper"), needs, strict=True) if needed)
        raise ValueError(f"{limit.code}: {limit.comparison} takes {wanted or 'no limit'}")
    if limit.lower is not None and limit.upper is not None and limit.lower > limit.upper:
        raise ValueError(f"{limit.code}: lower is above upper")


NUMBER = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?")
LONGEST_TEXT = 500
PRESENCES = {
    **dict.fromkeys(("present", "yes", "true", "oui", "présent", "présence", "نعم", "حاضر"), True),
    **dict.fromkeys(("absent", "no", "false", "non", "absence", "لا", "غائب"), False),
}


def parse_value(criterion: Criterion, text: str) -> Value | None:
    """Read what was typed: a Decimal (comma or point), whether the thing is present, or a text; None when empty.

    The unit may be typed after the number. Raises Malformed with the sentence that says what to type.
    """
    text = tidy(text)
    if not text:
        return None
    if criterion.answer is Answer.NUMBER:
        return parse_number(text.replace(" ", "").removesuffix(criterion.unit_shown.replace(" ", "")))
    if criterion.answer is Answer.TEXT:
        if len(text) > LONGEST_TEXT:
            raise Malformed(N_("Write this result in %(longest)d characters at most."), longest=LONGEST_TEXT)
        return text
    if text.lower() not in PRESENCES:
        raise Malformed(N_("Choose one of the two answers; “%(typed)s” is neither."), typed=text)
    return PRESENCES[text.lower()]


def parse_number(text: str) -> Decimal:
    """Read a number as people type it, with a comma or a point; raises Malformed with what to type instead."""
    text = text.replace(" ", "")
    if text[0:1] in ("<", "≤"):
        raise Malformed(N_("For a result below the detection limit, enter the detection limit itself, without “<”."))
    text = text.replace("٫", ".").replace(",", ".")
    if not NUMBER.fullmatch(text):
        raise Malformed(N_("Enter one number, such as 18.5 or 18,5, without a thousands separator."))
    return Decimal(text)


def value_text(value: Value) -> str:
    """Write a value as it is stored: `parse_value` reads it back unchanged."""
    if isinstance(value, bool):
        return "present" if value else "absent"
    return f"{value:f}" if isinstance(value, Decimal) else value


def judge(criterion: Criterion, value: Value | None) -> Verdict:
    """Hold `value` against the criterion; limits themselves conform. For a presence, True means that it was found.

    Raises TypeError when the value is not of the kind that the criterion takes: a float never is.
    """
    if value is None:
        return Verdict.MISSING
    kinds = {Answer.NUMBER: Decimal, Answer.PRESENCE: bool, Answer.TEXT: str}
    if not isinstance(value, kinds[criterion.answer]):
        raise TypeError(f"{criterion.code} takes a {criterion.answer}, not {value!r}")
    if criterion.comparison is Comparison.RECORDED:
        return Verdict.RECORDED
    if criterion.answer is Answer.PRESENCE:
        conforms = value is (criterion.comparison is Comparison.PRESENT)
    else:
        above = criterion.lower is None or value >= criterion.lower
        conforms = above and (criterion.upper is None or value <= criterion.upper)
    return Verdict.CONFORM if conforms else Verdict.NOT_CONFORM


def is_blocking(criterion: Criterion, verdict: Verdict) -> bool:
    """Tell whether the verdict makes approval impossible whatever the vote: a limit set by law is not respected."""
    return criterion.status is LimitStatus.LEGAL and verdict is Verdict.NOT_CONFORM
