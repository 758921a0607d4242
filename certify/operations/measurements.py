"""The grid filled in by the rapporteur: values, where they come from, and the documents that prove them.

Rows are guarded one by one, so that two pages open on the same grid lose nothing of each other; every change counts on
the dossier, so that nobody submits a report on a grid that has moved under it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from sqlalchemy.orm.attributes import flag_modified

from certify.models import Dossier, Measurement, Portion
from certify.operations.acting import Actor
from certify.queries.documents import list_documents
from certify.queries.evaluation import find_measurement, list_criteria, list_measurements
from certify.queries.measured import Measured, canonical, measured_of
from certify.queries.missions import REPORTING
from certify.queries.relations import roles_on
from certify.workflows.criteria import Criterion
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import Malformed, NotAllowed, NotFound, Stale, WrongState
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_


def write_measurements(
    dossier: Dossier, rows: Mapping[str, Measured], *, seen: Mapping[str, str] | None = None, actor: Actor
) -> tuple[str, ...]:
    """Write rows of the grid, by code of criterion, and return the codes that changed; an empty row is removed.

    `seen` gives the trace of each row as it was shown: a row left as it was is not written, and one that was changed
    meanwhile raises Stale. Raises NotFound for a criterion outside the grid or a document outside the dossier,
    Malformed for a value, NotAllowed, WrongState once the report is submitted.
    """
    hold_grid(dossier, *REPORTING, actor=actor)
    kept = {measurement.criterion: measurement for measurement in list_measurements(actor.session, dossier)}
    checked = _check_rows(dossier, rows, actor=actor)
    changed = [
        code for code, row in checked.items() if _differs(row, measured_of(kept.get(code)), (seen or {}).get(code))
    ]
    for code in changed:
        _write(dossier, code, checked[code], kept.get(code), actor=actor)
    if changed:
        touch(dossier, actor=actor)
    return tuple(changed)


def hold_grid(dossier: Dossier, *actions: Action, actor: Actor, version: int | None = None) -> None:
    """Lock `dossier` for its rapporteur while one of `actions` is offered; raises Stale, NotAllowed or WrongState."""
    actor.hold(dossier, version)
    roles = roles_on(actor.session, actor.user, dossier)
    if not may(Right.FILL_GRID, roles):
        raise NotAllowed(N_("Only the rapporteur of this dossier may do this."))
    if not set(actions) & set(LIFE.offered(dossier.state, roles)):
        raise WrongState(N_("The dossier is no longer under examination: the grid stands as it was reported."))


def check_criterion(dossier: Dossier, code: str) -> Criterion:
    """Return a criterion of the grid of a dossier, or raise NotFound."""
    found = next((criterion for criterion in list_criteria(dossier) if criterion.code == code), None)
    if found is None:
        raise NotFound(N_("The grid of this dossier has no “%(code)s”."), code=code)
    return found


def _check_rows(dossier: Dossier, rows: Mapping[str, Measured], *, actor: Actor) -> dict[str, Measured]:
    """Return the rows with their values in canonical form and their evidence known to be of this dossier."""
    documents = {document.id for document in list_documents(actor.session, dossier, reader=actor.user)}
    if not {row.evidence_id for row in rows.values() if row.evidence_id is not None} <= documents:
        raise NotFound(N_("This document does not belong to this dossier."))
    checked = {}
    for code, row in rows.items():
        criterion = check_criterion(dossier, code)
        _check_day(criterion, row, actor.today)
        checked[code] = canonical(criterion, row)
    return checked


def _check_day(criterion: Criterion, row: Measured, today: date) -> None:
    if row.measured_on and row.measured_on > today:
        sentence = N_("“%(criterion)s”: this day has not come yet. Enter the day of the result.")
        raise Malformed(sentence, criterion=criterion)


def _differs(row: Measured, stands: Measured, seen: str | None) -> bool:
    """Tell whether a row is to be written; raises Stale when it no longer stands as it was seen and was changed here.

    A row left as it was seen keeps what stands, even when somebody changed it meanwhile.
    """
    if row.trace in (seen, stands.trace):
        return False
    if seen not in (None, stands.trace):
        raise Stale(N_("This was changed while you were working on it."))
    return True


def _write(dossier: Dossier, code: str, row: Measured, kept: Measurement | None, *, actor: Actor) -> None:
    if row.is_empty:
        actor.session.delete(kept)
        return
    measurement = kept or Measurement(dossier_id=dossier.id, criterion=code)
    if measurement.portion_id and replace(row, note=None) != replace(measured_of(measurement), note=None):
        measurement.portion_id = None  # it no longer stands as it came from the laboratory
    for name, value in vars(row).items():
        setattr(measurement, name, value)
    measurement.entered_by_id, measurement.entered_at = actor.id, actor.at
    actor.session.add(measurement)


def land(dossier: Dossier, code: str, row: Measured, portion: Portion, *, actor: Actor) -> None:
    """Write what a laboratory found in the grid of a dossier that the caller holds; the rapporteur's note stays."""
    kept = find_measurement(actor.session, dossier, code)
    _write(dossier, code, replace(row, note=kept.note if kept else None), kept, actor=actor)
    landed = find_measurement(actor.session, dossier, code)
    landed.portion_id = portion.id


def touch(dossier: Dossier, *, actor: Actor) -> None:
    """Count a change on the dossier; two at one moment are still two."""
    dossier.changed_at = actor.at
    flag_modified(dossier, "changed_at")
