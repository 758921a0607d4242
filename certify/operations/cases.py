"""Cases of suspected copies: opened by the clock or by a reader, decided by people, and what follows from it.

Nothing here suspends a licence. A confirmed code stands in the published list of alerts; an authorisation under alert
says so on its page and in the status list, until a person lifts it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, update

from certify.models import CaseReport, CaseStep, CopyCase, RegisterEntry, ScanCount, ScanRow, SeenCode
from certify.operations.acting import Actor
from certify.operations.ledger import log_alert
from certify.operations.register import show_move
from certify.operations.scanning import INSERTS
from certify.queries.cases import case_roles, known_of, list_scans
from certify.queries.journal import said_by_step
from certify.queries.labels import find_lot
from certify.queries.ledger import find_last_position
from certify.queries.regulations import get_regulation_in_force
from certify.workflows import licence as licences
from certify.workflows.case import LIFE, PENDING, Action, Facts, State
from certify.workflows.evidence import GENESIS, fingerprint
from certify.workflows.permissions import Role
from certify.workflows.scanning import (
    Alarm,
    Caution,
    ScanningTerms,
    Signal,
    Tier,
    Weighed,
    code_of,
    lot_of,
    weigh,
)

ONE_CODE = (Tier.UNIT, Tier.LOT)


def weigh_code(seen: SeenCode, *, actor: Actor) -> None:
    """Weigh the scans of a code: open or bring up to date the cases they propose, and set what its page says."""
    if seen.tier is Tier.LOT:
        _count_lot(seen, actor=actor)
    terms = get_regulation_in_force(actor.today).scanning
    weighed = _weighed(seen, terms, actor=actor)
    for alarm in weighed.alarms:
        propose(seen, alarm, actor=actor)
    if seen.caution is not Caution.ALERT:
        _caution(seen, Caution.WATCH if weighed.is_watched else None, actor=actor)
    seen.is_fresh = False


def propose(seen: SeenCode, alarm: Alarm, *, actor: Actor) -> CopyCase:
    """Open a case for a signal, or bring the pending one up to date; at most one is pending for a code and a signal."""
    asked = select(CopyCase).where(CopyCase.seen_id == seen.id, CopyCase.signal == alarm.signal)
    case = actor.session.scalars(asked.where(CopyCase.state.in_(PENDING))).one_or_none()
    figures = {"visits": alarm.visits, "regions": alarm.regions, "since": alarm.since}
    if case is None:
        case = CopyCase(
            seen_id=seen.id,
            licence_id=seen.licence_id,
            signal=alarm.signal,
            state=State.OPEN,
            opened_at=actor.at,
            changed_at=actor.at,
            **figures,
        )
        actor.session.add(case)
        actor.session.flush()
    elif figures != {name: getattr(case, name) for name in figures}:
        case.changed_at = actor.at
        for name, value in figures.items():
            setattr(case, name, value)
    return case


def report(
    path: str,
    tier: Tier,
    *,
    licence_id: int | None,
    said: str,
    bought: str | None = None,
    region: str | None = None,
    contact: str | None = None,
    actor: Actor,
) -> CaseReport:
    """Take down what somebody writes about a product that bears a code; it joins the pending case, or opens one."""
    seen = see_code(path, tier, licence_id=licence_id, actor=actor)
    actor.hold(seen)
    written = select(func.count()).select_from(CaseReport).join(CopyCase).where(CopyCase.seen_id == seen.id)
    pending = actor.session.scalar(written.where(CopyCase.state.in_(PENDING))) or 0
    case = propose(seen, Alarm(Signal.REPORTED, pending + 1, 0, actor.at), actor=actor)
    row = CaseReport(case_id=case.id, received_on=actor.today, said=said, bought=bought, region=region, contact=contact)
    actor.session.add(row)
    actor.session.flush()
    return row


def see_code(path: str, tier: Tier, *, licence_id: int | None, actor: Actor) -> SeenCode:
    """Return the row of a code, made if nobody looked at it before."""
    insert = INSERTS[actor.session.get_bind().dialect.name](SeenCode).on_conflict_do_nothing()
    known = {"code": code_of(path), "path": path, "tier": tier, "licence_id": licence_id, "is_fresh": False}
    actor.session.execute(insert, known)
    return actor.session.scalars(select(SeenCode).where(SeenCode.code == known["code"])).one()


def decide_case(
    case: CopyCase, action: Action, *, reason: str | None, actor: Actor, version: int | None = None
) -> CaseStep:
    """Take a case where `action` leads, for the written reason, and do what follows: alerts set, alerts lifted.

    Raises Stale, WrongState, NotAllowed or Refused, and then nothing has changed.
    """
    if case.licence:
        actor.hold(case.licence, shared=True)
    actor.hold(case.seen)
    actor.hold(case, version)
    roles = case_roles(actor.session, actor.user, case) if actor.user else actor.roles
    in_force = case.licence is not None and case.licence.state is licences.State.ACTIVE
    facts = Facts(bool(reason), case.seen.tier in ONE_CODE, in_force)
    source = case.state
    case.state = LIFE.decide(source, action, roles, facts)
    case.changed_at = actor.at
    case.decided_at = None if case.state in PENDING else case.decided_at or actor.at
    step = _record(case, action, source, roles, reason, actor=actor)
    _follow(case, action, actor=actor)
    return step


def fold_scans(seen: SeenCode, *, actor: Actor) -> None:
    """Turn the rows of a code that are old enough into counts, and delete them; whoever reported is forgotten too."""
    terms = get_regulation_in_force(actor.today).scanning
    before = kept_since(terms, actor=actor)
    old = select(ScanRow.region, ScanRow.hour).where(ScanRow.code == seen.code, ScanRow.hour < before)
    counts: dict[tuple[str, date], int] = {}
    for region, hour in actor.session.execute(old):
        key = region, hour.date().replace(day=1)
        counts[key] = counts.get(key, 0) + 1
    if seen.licence_id is not None:
        for (region, month), count in counts.items():
            _add_count(seen.licence_id, region, month, count, actor=actor)
    actor.session.execute(delete(ScanRow).where(ScanRow.code == seen.code, ScanRow.hour < before))


def forget_reporters(case: CopyCase, *, actor: Actor) -> None:
    """Erase who reported, once a case has been closed for as long as the regulation says."""
    terms = get_regulation_in_force(actor.today).scanning
    if case.decided_at and case.decided_at < actor.at - timedelta(days=terms.contact_days):
        told = update(CaseReport).where(CaseReport.case_id == case.id, CaseReport.contact.is_not(None))
        actor.session.execute(told.values(contact=None))


def kept_since(terms: ScanningTerms, *, actor: Actor) -> datetime:
    """Return since when rows are kept."""
    return actor.at - timedelta(days=terms.keep_days)


def _count_lot(seen: SeenCode, *, actor: Actor) -> None:
    """Take over what was declared of a lot; of one of which no label is in use nothing is known."""
    seen.counted_to = find_last_position(actor.session)  # first: what comes meanwhile is counted next time
    packed = find_lot(actor.session, *lot_of(seen.path))
    seen.units, seen.packed_on = (packed.units, packed.packed_on) if packed else (None, None)


def _weighed(seen: SeenCode, terms: ScanningTerms, *, actor: Actor) -> Weighed:
    """Weigh a code; what people decided stands: only later scans raise the same signal, or the sentence, again."""
    asked = select(CopyCase.signal, func.max(CopyCase.decided_at)).where(CopyCase.seen_id == seen.id)
    asked = asked.where(CopyCase.decided_at.is_not(None)).group_by(CopyCase.signal)
    decided = dict(actor.session.execute(asked).all())
    scans = list_scans(actor.session, seen, actor.at - timedelta(days=terms.window_days))
    known = known_of(actor.session, seen)

    def since(moment: datetime | None) -> Weighed:
        return weigh((scan for scan in scans if moment is None or scan.hour > moment), known, terms, actor.at)

    alarms = tuple(
        alarm
        for moment in dict.fromkeys((None, *decided.values()))
        for alarm in since(moment).alarms
        if decided.get(alarm.signal) == moment
    )
    return Weighed(since(max(decided.values(), default=None)).is_watched, alarms)


def _record(
    case: CopyCase, action: Action, source: State, roles: frozenset[Role], reason: str | None, *, actor: Actor
) -> CaseStep:
    who = next(row.who for row in LIFE.table if row.source is source and row.action is action)
    last = actor.session.scalars(
        select(CaseStep).where(CaseStep.case_id == case.id).order_by(CaseStep.sequence.desc()).limit(1)
    ).first()
    step = CaseStep(
        case_id=case.id,
        sequence=last.sequence + 1 if last else 1,
        at=actor.at,
        actor_id=actor.id,
        role=next(role for role in Role if role in roles and role in who),
        action=action,
        source=source,
        target=case.state,
        reason=reason,
        previous_hash=last.hash if last else GENESIS,
    )
    step.hash = fingerprint(said_by_step(step))
    actor.session.add(step)
    actor.session.flush()
    return step


def _follow(case: CopyCase, action: Action, *, actor: Actor) -> None:
    """Set or lift what the public is told; an alert stands while any case holds it."""
    seen = case.seen
    if action is Action.CONFIRM:
        _caution(seen, Caution.ALERT, actor=actor)
    if action is Action.ALERT:
        _alert_licence(case, Caution.ALERT, actor=actor)
    if action is Action.LIFT:
        if not _stands(CopyCase.seen_id == seen.id, State.CONFIRMED, actor=actor):
            _caution(seen, None, actor=actor)
        if seen.caution is not Caution.ALERT:
            weigh_code(seen, actor=actor)
        if case.licence_id and not _stands(CopyCase.licence_id == case.licence_id, State.ALERTED, actor=actor):
            _alert_licence(case, None, actor=actor)
    if action is Action.DISMISS and seen.caution is not Caution.ALERT:
        weigh_code(seen, actor=actor)


def _stands(condition: object, state: State, *, actor: Actor) -> bool:
    return actor.session.scalar(select(CopyCase.id).where(condition, CopyCase.state == state).limit(1)) is not None


def _caution(seen: SeenCode, caution: Caution | None, *, actor: Actor) -> None:
    if seen.caution is not caution:
        seen.caution, seen.caution_at = caution, actor.at if caution else None


def _alert_licence(case: CopyCase, caution: Caution | None, *, actor: Actor) -> None:
    entry = actor.session.scalars(select(RegisterEntry).where(RegisterEntry.licence_id == case.licence_id)).one()
    if entry.caution is not caution:
        entry.caution, entry.changed_at = caution, actor.at
        actor.session.flush()
        show_move(case.licence, log_alert(case.licence, actor=actor), actor=actor)


def _add_count(licence_id: int, region: str, month: date, count: int, *, actor: Actor) -> None:
    row = actor.session.get(ScanCount, (licence_id, region, month), with_for_update=True)
    if row is None:
        actor.session.add(ScanCount(licence_id=licence_id, region=region, month=month, count=count))
    else:
        row.count += count
