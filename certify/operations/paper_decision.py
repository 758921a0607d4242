"""The facts of a decision letter, from the state that the dossier has just reached.

Reasons are written with law and fact (law 03-01, art. 1): a refusal by the committee gives those of its minutes, one by
the passing of time what was not done by when, an inadmissibility its ground.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import select

from certify.models import AgendaItem, Complement, Dossier, Finding, Licence
from certify.models.meeting import ItemEnd
from certify.operations.acting import Actor
from certify.operations.paper_words import (
    DELEGATED,
    PRESIDENCY,
    SANITARY_LAW,
    SECRETARIAT,
    is_demonstration,
    labelled,
    met,
    named,
    person,
    sector,
    told_blocking_facts,
    told_reasons,
    told_reservations,
)
from certify.pdf.facts import Appeal, DecisionFacts, OpenFinding, Reason, Signatory
from certify.pdf.phrases import sentence, word
from certify.pdf.tongues import Tongues
from certify.queries.admissibility import find_decision, find_inadmissibility, last_day_of
from certify.queries.calendar import casablanca_today
from certify.queries.deadlines import decision_reading
from certify.queries.regulations import get_regulation
from certify.queries.tallies import read_tally
from certify.workflows.criteria import Usage
from certify.workflows.dossier import State
from certify.workflows.errors import WrongState
from certify.workflows.finding import OWED, PENDING
from certify.workflows.finding import Action as Step
from certify.workflows.numbering import receipt_number
from certify.workflows.permissions import Role
from certify.workflows.words import N_

DECIDED = (ItemEnd.APPROVED, ItemEnd.APPROVED_WITH_RESERVATIONS, ItemEnd.REFUSED)
APPLICABLE = Tongues("Vu les textes applicables au produit : {} ;", "بناء على النصوص المطبقة على المنتوج: {}؛")
OF_LAW = ("law_", "decree_", "order_")
"""How the codes of the sources begin that a decision cites as law; norms and practices are not."""

NO_DECISION = N_("No decision has been taken on this dossier: there is no letter to write.")
NOT_LIFTED = N_("The reservation “%(statement)s” was to be lifted by %(day)s and was not.")
EARLIER = N_("Decision %(number)s of %(day)s.")
AS_FILED = N_("The file as it was received on %(day)s, receipt %(receipt)s.")
UNANSWERED = N_("The complement requested on %(asked)s was awaited by %(due)s and did not arrive.")
UNCORRECTED = N_("“%(statement)s”: the correction was awaited by %(due)s and its proof did not arrive.")
ASKED = N_("Its correction was asked for on %(day)s, to be made by %(due)s.")
STEPS = {
    Step.PROPOSE_PLAN: N_("A plan was proposed on %(day)s."),
    Step.RETURN_PLAN: N_("The plan was sent back on %(day)s."),
    Step.ACCEPT_PLAN: N_("The plan was accepted on %(day)s."),
    Step.REPORT_CORRECTION: N_("It was reported as corrected on %(day)s."),
    Step.REJECT_CORRECTION: N_("It was verified on %(day)s, and found not resolved."),
    Step.EXPIRE_FINDING: N_("On %(day)s the time to correct it had passed."),
}
"""What the letter says of each step in the life of a finding."""
REMINDED = N_("The request of %(asked)s, and the reminders sent since.")


def decision_facts(dossier: Dossier, number: str, *, actor: Actor, title: Tongues | None = None) -> DecisionFacts:
    """Gather what the letter says of the decision that `dossier` now bears; raises WrongState when it bears none."""
    letter = LETTERS.get(dossier.state)
    if letter is None:
        raise WrongState(NO_DECISION)
    item = find_decided_item(dossier, actor=actor)
    complete = decision_reading(actor.session, dossier, actor.today)
    return DecisionFacts(
        number,
        actor.at,
        dossier.regulation,
        outcome=str(dossier.state),
        dossier=dossier.number,
        filed_on=casablanca_today(dossier.filed_at),
        complete_on=complete.started_on if complete else None,
        applicant=named(dossier.organisation),
        product=named(dossier.product),
        sector=sector(dossier),
        signatory=signatory(actor, title),
        appeals=appeals(dossier) if letter.may_be_contested else (),
        meeting=met(item.meeting) if item else None,
        considerations=considerations(dossier),
        reasons=letter.reasons(dossier, item, actor),
        findings=tuple(_open_findings(dossier, item, actor)) if dossier.state is State.REFUSED else (),
        blocking_facts=_blocking(dossier, item, actor) if dossier.state is State.REFUSED else (),
        reservations=told_reservations(dossier, item, actor.today) if letter.states_reservations else (),
        licence=actor.session.scalars(select(Licence.number).where(Licence.dossier_id == dossier.id)).first(),
        demonstration=is_demonstration(dossier.organisation),
    )


def find_decided_item(dossier: Dossier, *, actor: Actor) -> AgendaItem | None:
    """Return the item on which the committee decided; None where no committee met."""
    decided = select(AgendaItem).where(AgendaItem.dossier_id == dossier.id, AgendaItem.ended.in_(DECIDED))
    return actor.session.scalars(decided.order_by(AgendaItem.id.desc()).limit(1)).first()


def signatory(actor: Actor, title: Tongues | None = None) -> Signatory:
    """Say who signs: the person at work, in the capacity they act in, or the secretariat's office for the clock.

    `title` is the capacity of whoever presides, for a decision of the committee.
    """
    if actor.user is None:
        return Signatory(name=SECRETARIAT, title=DELEGATED)
    if Role.PRESIDENT in actor.roles and title is None:
        title = PRESIDENCY
    title = title or (SECRETARIAT if Role.SECRETARIAT in actor.roles else word(Role.RAPPORTEUR))
    return Signatory(name=person(actor.user), title=title)


def appeals(dossier: Dossier) -> tuple[Appeal, ...]:
    """List the ways to contest that the regulation gives, each with its delay in days from the notification."""
    regulation = get_regulation(dossier.regulation)
    return tuple(
        Appeal(appeal.code, labelled(appeal.authority), regulation.delay(appeal.delay).limit)
        for appeal in regulation.appeals
    )


def considerations(dossier: Dossier) -> tuple[Tongues, ...]:
    """Cite the laws, decrees and orders that bear on the product: the food law, then those of its value chain."""
    regulation = get_regulation(dossier.regulation)
    codes = [code for code in regulation.filiere(dossier.product.filiere).sources if code.startswith(OF_LAW)]
    cited = [SANITARY_LAW, *codes] if dossier.product.usage is Usage.FOOD else codes
    titles = [regulation.source(code).title for code in cited]
    if not titles:
        return ()
    fr, ar = " ; ".join(title.fr for title in titles), "؛ ".join(title.ar for title in titles)
    return (Tongues(APPLICABLE.fr.format(fr), APPLICABLE.ar.format(ar)),)


def _no_reasons(_dossier: Dossier, _item: AgendaItem | None, _actor: Actor) -> tuple[Reason, ...]:
    return ()


def _refusal(dossier: Dossier, item: AgendaItem | None, actor: Actor) -> tuple[Reason, ...]:
    """Give the committee's reasons; or, when it had approved with reservations, those not lifted in time."""
    if item.ended is ItemEnd.REFUSED:
        return told_reasons(dossier, item.reasons)
    return tuple(_not_lifted(dossier, item, actor))


def _not_lifted(dossier: Dossier, item: AgendaItem, actor: Actor) -> Iterator[Reason]:
    rule = get_regulation(dossier.regulation).delay("reservations")
    earlier = find_decision(actor.session, dossier)
    day = casablanca_today(earlier.issued_at) if earlier else item.meeting.held_on
    evidence = sentence(EARLIER, {"number": earlier.number if earlier else item.meeting.number, "day": day})
    for each in item.reservations:
        if each.lifted_at is None:
            due_on = each.due_on or last_day_of(dossier, rule.code, day)
            fact = sentence(NOT_LIFTED, {"statement": each.statement, "day": due_on})
            yield Reason(rule.code, labelled(rule.label), fact, evidence)


def _blocking(dossier: Dossier, item: AgendaItem, actor: Actor) -> tuple[Reason, ...]:
    """Give what forbade the approval when the committee voted, as it was sealed then."""
    tally = read_tally(item)
    return told_blocking_facts(dossier, tally.blocking_facts if tally else (), actor=actor)


def _open_findings(dossier: Dossier, item: AgendaItem, actor: Actor) -> Iterator[OpenFinding]:
    """Yield what was not resolved among the findings on the criteria that the committee's reasons cite."""
    cited = {reason.criterion for reason in item.reasons}
    asked = select(Finding).where(
        Finding.dossier_id == dossier.id,
        Finding.criterion.in_(cited),
        Finding.state.in_(PENDING),
        Finding.sent_at.is_not(None),
    )
    for finding in actor.session.scalars(asked.order_by(Finding.id)):
        label = get_regulation(dossier.regulation).criterion(finding.criterion).label
        sent = {"day": casablanca_today(finding.sent_at), "due": finding.due_on}
        steps = (sentence(STEPS[one.action], {"day": casablanca_today(one.at)}) for one in finding.steps)
        history = (sentence(ASKED, sent), *steps)
        yield OpenFinding(finding.criterion, labelled(label), Tongues.written(finding.statement), history)


def _ground(dossier: Dossier, _item: AgendaItem | None, actor: Actor) -> tuple[Reason, ...]:
    act = find_inadmissibility(actor.session, dossier)
    ground = get_regulation(dossier.regulation).ground(act.ground)
    day = casablanca_today(dossier.filed_at)
    evidence = sentence(AS_FILED, {"day": day, "receipt": receipt_number(dossier.number)})
    return (Reason(ground.code, labelled(ground.label), Tongues.written(act.reason), evidence),)


def _silence(dossier: Dossier, _item: AgendaItem | None, actor: Actor) -> tuple[Reason, ...]:
    """Say what was asked of the applicant and never came: the complement, or the corrections, each by its day."""
    regulation = get_regulation(dossier.regulation)
    asked = select(Complement).where(Complement.dossier_id == dossier.id, Complement.answered_at.is_(None))
    complement = actor.session.scalars(asked).first()
    if complement:
        days = {"asked": casablanca_today(complement.requested_at), "due": complement.due_on}
        rule = regulation.delay("complement_answer")
        return (Reason(rule.code, labelled(rule.label), sentence(UNANSWERED, days), sentence(REMINDED, days)),)
    found = select(Finding).where(Finding.dossier_id == dossier.id, Finding.state.in_(OWED)).order_by(Finding.id)
    return tuple(_uncorrected(dossier, finding) for finding in actor.session.scalars(found))


def _uncorrected(dossier: Dossier, finding: Finding) -> Reason:
    rule = get_regulation(dossier.regulation).delay("conformity")
    facts = {"statement": finding.statement, "due": finding.due_on, "asked": casablanca_today(finding.raised_at)}
    return Reason(rule.code, labelled(rule.label), sentence(UNCORRECTED, facts), sentence(REMINDED, facts))


@dataclass(frozen=True)
class Letter:
    """What the letter of one outcome says besides the particulars of the file."""

    reasons: Callable[[Dossier, AgendaItem | None, Actor], tuple[Reason, ...]] = _no_reasons
    states_reservations: bool = False
    may_be_contested: bool = True


LETTERS = {
    State.APPROVED: Letter(may_be_contested=False),
    State.APPROVED_WITH_RESERVATIONS: Letter(states_reservations=True),
    State.REFUSED: Letter(_refusal),
    State.INADMISSIBLE: Letter(_ground),
    State.LAPSED: Letter(_silence),
}
"""The outcomes that are told by a letter; whatever takes something from the applicant says how to contest it."""
