"""The uncertainty of a measurement, and what the regulation makes of a limit that lies within it.

The words are those of JCGM 106 and ILAC-G8. The uncertainty is the expanded one, in the unit of the value.
"""

from decimal import Decimal

from certify.workflows.criteria import Answer, Comparison, Criterion, Value, Verdict, judge, parse_number
from certify.workflows.errors import Malformed
from certify.workflows.machine import Term
from certify.workflows.words import N_, tidy


class DecisionRule(Term):
    """How a measured value and its uncertainty are held against a limit."""

    SIMPLE_ACCEPTANCE = "simple_acceptance", N_("The measured value is compared, its uncertainty is shown")
    GUARDED_ACCEPTANCE = "guarded_acceptance", N_("A value conforms when all of its interval does")
    GUARDED_REJECTION = "guarded_rejection", N_("A value conforms unless all of its interval is beyond the limit")


def parse_uncertainty(text: str) -> Decimal | None:
    """Read an uncertainty as typed, with `±` or not; None when empty. Raises Malformed for what is no such number."""
    text = tidy(text).removeprefix("±").removeprefix("+/-").strip()
    if not text:
        return None
    try:
        found = parse_number(text)
    except Malformed:
        found = Decimal(-1)
    if found < 0:
        raise Malformed(N_("Enter the uncertainty as one positive number such as 0.3, in the unit of the value."))
    return found


def judge_within(
    criterion: Criterion,
    value: Value | None,
    uncertainty: Decimal | None = None,
    rule: DecisionRule = DecisionRule.SIMPLE_ACCEPTANCE,
) -> Verdict:
    """Hold a value with its uncertainty against the criterion, by the decision rule of the regulation."""
    verdict = judge(criterion, value)
    if not uncertainty or rule is DecisionRule.SIMPLE_ACCEPTANCE or not _is_judged_by_number(criterion, value):
        return verdict
    guard = uncertainty if rule is DecisionRule.GUARDED_ACCEPTANCE else -uncertainty
    is_above = criterion.lower is None or value - guard >= criterion.lower
    is_below = criterion.upper is None or value + guard <= criterion.upper
    return Verdict.CONFORM if is_above and is_below else Verdict.NOT_CONFORM


def is_uncertain(criterion: Criterion, value: Value | None, uncertainty: Decimal | None) -> bool:
    """Tell whether a limit lies within value ± uncertainty: the measurement alone cannot tell on which side it is."""
    if not uncertainty or not _is_judged_by_number(criterion, value):
        return False
    limits = (limit for limit in (criterion.lower, criterion.upper) if limit is not None)
    return any(value - uncertainty <= limit <= value + uncertainty for limit in limits)


def _is_judged_by_number(criterion: Criterion, value: Value | None) -> bool:
    is_number = value is not None and criterion.answer is Answer.NUMBER
    return is_number and criterion.comparison is not Comparison.RECORDED
