"""What time does by itself: reminders, alerts, lapses, expiry. It never approves.

`list_due` says what may be due; `settle` does one of them, after looking again under a lock, so that two clocks running
at once do it once. Whoever calls commits after each.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select

from certify.models import (
    AgendaItem,
    Complement,
    Dossier,
    Finding,
    Licence,
    Mandate,
    Message,
    Reservation,
    User,
    YearlyDeclaration,
)
from certify.operations.acting import Actor
from certify.operations.corrections import expire_finding
from certify.operations.ledger import log_decision
from certify.operations.licences import expire
from certify.operations.moves import move_dossier
from certify.operations.outbox import about, recipients, write
from certify.operations.papers import issue_decision
from certify.operations.visits import drop_visits
from certify.operations.watching import DUTIES as WATCHING
from certify.operations.watching import ROWS as WATCHED
from certify.operations.watching import list_scans_due
from certify.operations.yearly import remind_declaration
from certify.queries.calendar import casablanca_today
from certify.queries.committee import in_force
from certify.queries.deadlines import completeness_reading, decision_reading
from certify.queries.findings import notice_reading
from certify.queries.regulations import get_regulation, list_regulations
from certify.workflows import licence as licences
from certify.workflows.clock import Runs, alerts_due
from certify.workflows.dossier import DECISION, Action, Facts, State
from certify.workflows.finding import LIFE, OWED
from certify.workflows.finding import Action as FindingAction
from certify.workflows.permissions import Role

RUNNING = tuple(state for state in DECISION if state.runs is not Runs.ENDED)


@dataclass(frozen=True)
class Due:
    """Something that time may have to do: which of `DUTIES`, on which row."""

    duty: str
    row_id: int


def list_due(actor: Actor) -> Iterator[Due]:
    """List what may be due on the actor's day, by table rows alone; `settle` decides."""
    by_state = {
        "expire_findings": (State.CONFORMITY,),
        "watch_notices": (State.EXAMINATION,),
        "remind_and_lapse": (State.COMPLEMENT, State.CONFORMITY),
        "deem_complete": (State.FILED, State.CHECKING),
        "watch_reservations": (State.APPROVED_WITH_RESERVATIONS,),
        "alert": RUNNING,
    }
    for duty, states in by_state.items():
        found = select(Dossier.id).where(Dossier.state.in_(states)).order_by(Dossier.id)
        yield from (Due(duty, row_id) for row_id in actor.session.scalars(found).all())
    standing = select(Licence.id).where(Licence.state.in_((licences.State.ACTIVE, licences.State.SUSPENDED)))
    notices = (days for regulation in list_regulations() for days in regulation.licence.renewal_reminder_days)
    reach = actor.today + timedelta(days=max(notices, default=0))
    ending = standing.where(Licence.valid_to <= reach).order_by(Licence.id)
    yield from (Due("end_licence", row_id) for row_id in actor.session.scalars(ending).all())
    made = select(YearlyDeclaration.user_id).where(YearlyDeclaration.year == actor.today.year)
    seated = select(Mandate.user_id).where(in_force(actor.today), Mandate.user_id.not_in(made))
    seated = seated.distinct().order_by(Mandate.user_id)
    yield from (Due("remind_declaration", row_id) for row_id in actor.session.scalars(seated).all())
    yield from (Due(duty, row_id) for duty, row_id in list_scans_due(actor))


def settle(due: Due, *, actor: Actor) -> None:
    """Do what is due on one row, if it still is. Raises nothing when there is nothing to do."""
    row = actor.session.get(ROWS.get(due.duty, Dossier), due.row_id)
    actor.hold(row)
    DUTIES[due.duty](row, actor)


def deem_complete(dossier: Dossier, actor: Actor) -> None:
    """Deem a silent file complete once its completeness period is over (model: décret 2-10-473, art. 7)."""
    reading = completeness_reading(actor.session, dossier, actor.today)
    if dossier.state in (State.FILED, State.CHECKING) and reading and reading.is_late:
        facts = Facts(completeness_is_late=True)
        move_dossier(dossier, Action.DEEM_COMPLETE, actor=actor, facts=facts, particulars={"due_on": reading.due_on})


def expire_findings(dossier: Dossier, actor: Actor) -> None:
    """Say of each finding whose day has passed that it is overdue, to the applicant and the rapporteur."""
    if dossier.state is not State.CONFORMITY:
        return
    late = select(Finding).where(Finding.dossier_id == dossier.id, Finding.due_on < actor.today).order_by(Finding.id)
    for finding in actor.session.scalars(late).all():
        if FindingAction.EXPIRE_FINDING in LIFE.offered(finding.state, actor.roles):
            expire_finding(finding, actor=actor)


def watch_notices(dossier: Dossier, actor: Actor) -> None:
    """Remind the rapporteur to tell the applicant of what was found; tell the secretariat too once it is late."""
    reading = notice_reading(actor.session, dossier, actor.today)
    if dossier.state is not State.EXAMINATION or reading is None:
        return
    days = get_regulation(dossier.regulation).delay("finding_notice").alerts
    reached = max(alerts_due(reading, days), default=None)
    if reached is None and not reading.is_late:
        return
    occasion = "late" if reading.is_late else f"day-{reached}"
    audience = (Role.RAPPORTEUR, Role.SECRETARIAT) if reading.is_late else (Role.RAPPORTEUR,)
    told = {"seen_on": reading.started_on, "due_on": reading.due_on, "is_late": reading.is_late}
    facts = about(dossier, actor) | told
    for user in recipients(dossier, audience, actor=actor):
        key = f"notice_due:{dossier.id}:{reading.started_on}:{occasion}:{user.id}"
        write(user, "notice_due", key=key, facts=facts, dossier=dossier, actor=actor)


def remind_and_lapse(dossier: Dossier, actor: Actor) -> None:
    """Remind an applicant who owes an answer; close the file once the grace period after the last word has passed."""
    awaited = _awaited(dossier, actor)
    if awaited is None:
        return
    kind, occasion, asked_on, due_on = awaited
    regulation = get_regulation(dossier.regulation)
    answer, grace = regulation.delay("complement_answer"), regulation.delay("complement_grace").limit
    written, last = _reminders_written(occasion, actor)
    if written < len(answer.alerts):
        shift = (due_on - asked_on).days - answer.limit
        falls_on = asked_on + timedelta(days=max(1, answer.alerts[written] + shift))
        if actor.today >= falls_on and actor.today != last:
            _remind(dossier, kind, f"{occasion}:{written + 1}", due_on, actor)
    elif actor.today > max(due_on, last or due_on) + timedelta(days=grace):
        facts = Facts(answer_is_overdue=True, reminders_sent=written, reminders_provided=len(answer.alerts))
        move_dossier(dossier, Action.LAPSE, actor=actor, facts=facts, particulars={"due_on": due_on})
        drop_visits(dossier, actor=actor)
        log_decision(issue_decision(dossier, actor=actor), actor=actor)


def _awaited(dossier: Dossier, actor: Actor) -> tuple[str, str, date, date] | None:
    """Return what the applicant owes: kind of reminder, key of the occasion, asked on, due on."""
    session = actor.session
    if dossier.state is State.COMPLEMENT:
        asked = session.scalars(
            select(Complement).where(Complement.dossier_id == dossier.id, Complement.answered_at.is_(None))
        ).one()
        since = casablanca_today(asked.requested_at)
        return "complement_reminder", f"complement_reminder:{asked.id}", since, asked.due_on
    if dossier.state is State.CONFORMITY:
        owed = select(Finding).where(Finding.dossier_id == dossier.id, Finding.state.in_(OWED))
        findings = session.scalars(owed.order_by(Finding.id)).all()
        if findings:
            last = max(findings, key=lambda finding: finding.due_on)
            since = casablanca_today(last.raised_at)
            return "conformity_reminder", f"conformity_reminder:{findings[0].id}", since, last.due_on
    return None


def _reminders_written(occasion: str, actor: Actor) -> tuple[int, date | None]:
    """Return how many reminders an occasion has had, and the day of the last: none is silent about its grace period."""
    asked = select(Message.key, Message.written_at).where(Message.key.like(f"{occasion}:%"))
    found = actor.session.execute(asked).all()
    count = max((int(key.removeprefix(f"{occasion}:").split(":")[0]) for key, _ in found), default=0)
    return count, max((casablanca_today(at) for _, at in found), default=None)


def _remind(dossier: Dossier, kind: str, occasion: str, due_on: date, actor: Actor) -> None:
    for user in recipients(dossier, (Role.APPLICANT,), actor=actor):
        facts = about(dossier, actor) | {"due_on": due_on}
        write(user, kind, key=f"{occasion}:{user.id}", facts=facts, dossier=dossier, actor=actor)


def watch_reservations(dossier: Dossier, actor: Actor) -> None:
    """Remind of the reservations on the days that the regulation names; refuse once their period is over (move 22)."""
    owed = (
        select(func.max(Reservation.due_on), func.count())
        .join(AgendaItem, AgendaItem.id == Reservation.item_id)
        .where(AgendaItem.dossier_id == dossier.id, Reservation.lifted_at.is_(None))
    )
    due_on, count = actor.session.execute(owed).one()
    if dossier.state is not State.APPROVED_WITH_RESERVATIONS or not count or due_on is None:
        return
    if actor.today > due_on:
        facts = Facts(reservations_overdue=True)
        move_dossier(dossier, Action.REFUSE_UNLIFTED, actor=actor, facts=facts, particulars={"due_on": due_on})
        log_decision(issue_decision(dossier, actor=actor), actor=actor)
        return
    delay = get_regulation(dossier.regulation).delay("reservations")
    reached = [day for day in delay.alerts if due_on - timedelta(days=delay.limit - day) <= actor.today]
    if reached:
        _remind(dossier, "reservation_reminder", f"reservation_reminder:{dossier.id}:{max(reached)}", due_on, actor)


def alert(dossier: Dossier, actor: Actor) -> None:
    """Tell the secretariat and the signatory on the days that the regulation names, and when the delay is broken."""
    reading = decision_reading(actor.session, dossier, actor.today)
    if reading is None or reading.is_over:
        return
    days = get_regulation(dossier.regulation).delay("decision").alerts
    reached = max(alerts_due(reading, days), default=None)
    occasions = ([f"day-{reached}"] if reached else []) + (["late"] if reading.is_late else [])
    for occasion in occasions[-1:]:
        facts = about(dossier, actor) | {"used": reading.used, "limit": reading.limit, "due_on": reading.due_on}
        for user in recipients(dossier, (Role.SECRETARIAT, Role.SIGNATORY), actor=actor):
            key = f"delay_alert:{dossier.id}:{reading.started_on}:{occasion}:{user.id}"
            write(user, "delay_alert", key=key, facts=facts, dossier=dossier, actor=actor)


def end_licence(licence: Licence, actor: Actor) -> None:
    """Announce the end of a licence on the days that the regulation names, and end it when its last day has passed."""
    if actor.today > licence.valid_to:
        if licence.state in (licences.State.ACTIVE, licences.State.SUSPENDED):
            expire(licence, actor=actor)
        return
    dossier = licence.dossier
    left = (licence.valid_to - actor.today).days
    near = [days for days in get_regulation(dossier.regulation).licence.renewal_reminder_days if left <= days]
    if near:
        facts = about(dossier, actor) | {"licence": licence.number, "valid_to": licence.valid_to}
        for user in recipients(dossier, (Role.APPLICANT,), actor=actor):
            key = f"licence_expiring:{licence.id}:{min(near)}:{user.id}"
            write(user, "licence_expiring", key=key, facts=facts, dossier=dossier, actor=actor)


ROWS = {"end_licence": Licence, "remind_declaration": User, **WATCHED}
"""On which table each duty is done, where it is not the dossiers."""

DUTIES: dict[str, Callable[..., None]] = {
    "deem_complete": deem_complete,
    "expire_findings": expire_findings,
    "watch_notices": watch_notices,
    "remind_and_lapse": remind_and_lapse,
    "watch_reservations": watch_reservations,
    "alert": alert,
    "end_licence": end_licence,
    "remind_declaration": remind_declaration,
    **WATCHING,
}
