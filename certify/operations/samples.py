"""Samples: taken and split in three by the rapporteur, sent under a code, answered once by the laboratory.

What a laboratory found lands in the grid with its bulletin; both analyses of a sample are kept, and the regulation says
which one counts.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import date

from certify.models import AnalysisResult, Dossier, Portion, Sample, User
from certify.operations.acting import Actor
from certify.operations.documents import keep_bulletin
from certify.operations.measurements import check_criterion, land, touch
from certify.operations.moves import move_dossier
from certify.operations.outbox import write
from certify.operations.storage import PDF, StoredFile
from certify.queries.measured import Measured, canonical
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.queries.samples import asked_of, counting, list_laboratories, list_samples, measured_by, part_of
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import AlreadyDone, Malformed, NotAllowed, NotFound, Refused, WrongState
from certify.workflows.numbering import SHORT_LENGTH, make_sample_code
from certify.workflows.sampling import Part
from certify.workflows.words import N_


def take_sample(
    dossier: Dossier,
    *,
    taken_on: date,
    place: str,
    taken_by: str,
    criteria: Collection[str],
    laboratory: User,
    actor: Actor,
    version: int | None = None,
    randomness: Callable[[int], bytes] = secrets.token_bytes,
) -> Sample:
    """Write down a sample taken, give its three parts their codes, and send the first one to a laboratory (move 9).

    Raises Stale, NotAllowed, WrongState, Malformed for a day to come or nothing asked, NotFound for a criterion outside
    the grid, Refused for an account that is not a laboratory's alone.
    """
    _hold(dossier, Action.TAKE_SAMPLE, version, actor=actor)
    if taken_on > actor.today:
        raise Malformed(N_("The day of the sample has not come yet. Enter the day on which it was taken."))
    if not criteria:
        raise Malformed(N_("Choose at least one criterion to be analysed."))
    asked = [check_criterion(dossier, code).code for code in criteria]
    sample = Sample(
        dossier=dossier,
        taken_on=taken_on,
        place=place,
        taken_by=taken_by,
        criteria=asked,
        recorded_by_id=actor.id,
        recorded_at=actor.at,
    )
    sample.portions = [Portion(part=part, code=make_sample_code(randomness(SHORT_LENGTH - 1))) for part in Part]
    actor.session.add(sample)
    actor.session.flush()
    particulars = {"sample": sample.id, "taken_on": taken_on, "place": place, "taken_by": taken_by, "criteria": asked}
    codes = {str(portion.part): portion.code for portion in sample.portions}
    move_dossier(dossier, Action.TAKE_SAMPLE, actor=actor, particulars=particulars | {"codes": codes})
    _send(part_of(sample, Part.ANALYSIS), laboratory, None, actor=actor)
    return sample


def send_counter_analysis(
    sample: Sample, *, laboratory: User, reason: str, actor: Actor, version: int | None = None
) -> None:
    """Send the second part to another laboratory, because the applicant asks for it; `reason` says what they contest.

    Raises Refused while the first results are awaited or for the same laboratory, AlreadyDone when it was sent.
    """
    dossier = sample.dossier
    _hold(dossier, Action.SEND_SAMPLE, version, actor=actor)
    first, second = part_of(sample, Part.ANALYSIS), part_of(sample, Part.COUNTER_ANALYSIS)
    actor.hold(second)
    if second.sent_at is not None:
        raise AlreadyDone(N_("The counter-analysis of this sample was already sent."))
    if first.submitted_at is None:
        raise Refused(N_("The results of the first analysis are still awaited."))
    if first.laboratory.laboratory_name == laboratory.laboratory_name:
        raise Refused(N_("The counter-analysis goes to another laboratory than the first analysis."))
    _send(second, laboratory, reason, actor=actor)


def submit_results(
    portion: Portion,
    rows: Mapping[str, Measured],
    *,
    measured_on: date,
    bulletin: StoredFile,
    actor: Actor,
    version: int | None = None,
) -> None:
    """Submit what a laboratory found, once: kept for ever, in the grid at once, with the bulletin as its evidence.

    Raises NotAllowed for another laboratory, AlreadyDone the second time, WrongState once the dossier was reported on,
    Malformed for a value, a day or a bulletin that is no PDF, NotFound for a criterion that was not asked.
    """
    dossier = portion.sample.dossier
    actor.hold(dossier)
    actor.hold(portion)
    if portion.laboratory_id != actor.id:
        raise NotAllowed(N_("This sample was not sent to you."))
    if portion.submitted_at is not None:
        raise AlreadyDone(N_("The results of this sample were already submitted: they stand as they are."))
    actor.hold(portion, version)
    if Action.SUBMIT_RESULTS not in LIFE.offered(dossier.state, roles_on(actor.session, actor.user, dossier)):
        raise WrongState(N_("The results of this sample are no longer awaited. Ask the secretariat."))
    if bulletin.media_type != PDF:
        raise Malformed(N_("Send the bulletin as a PDF."))
    if not portion.sample.taken_on <= measured_on <= actor.today:
        raise Malformed(N_("The day of the results must be today or before, and not before the sample was taken."))
    found = _read(portion, rows)
    actor.session.add_all(AnalysisResult(portion_id=portion.id, criterion=code, **row) for code, row in found.items())
    actor.session.flush()
    document = keep_bulletin(dossier, portion.id, stored=bulletin, actor=actor)
    portion.measured_on, portion.bulletin_id, portion.submitted_at = measured_on, document.id, actor.at
    actor.session.flush()
    _land(portion, actor=actor)
    touch(dossier, actor=actor)
    move_dossier(
        dossier,
        Action.SUBMIT_RESULTS,
        actor=actor,
        documents=[{"name": document.kind, "sha256": document.sha256}],
        particulars={"code": portion.code, "part": portion.part, "results": found},
    )


def _hold(dossier: Dossier, action: Action, version: int | None, *, actor: Actor) -> None:
    actor.hold(dossier, version)
    LIFE.decide(dossier.state, action, roles_on(actor.session, actor.user, dossier))


def _send(portion: Portion, laboratory: User, reason: str | None, *, actor: Actor) -> None:
    """Send a part: the journal says to whom, the laboratory is told the code and nothing else."""
    if laboratory not in list_laboratories(actor.session):
        raise Refused(N_("Choose a laboratory whose account has no other role: it must not know whose product it is."))
    dossier = portion.sample.dossier
    portion.laboratory, portion.sent_at, portion.reason = laboratory, actor.at, reason
    touch(dossier, actor=actor)
    move_dossier(
        dossier,
        Action.SEND_SAMPLE,
        actor=actor,
        reason=reason,
        particulars={"code": portion.code, "part": portion.part, "laboratory": laboratory.laboratory_name},
    )
    facts = {"number": portion.code, "path": f"/analyses/{portion.code}", "on": actor.today}
    write(laboratory, "sample_sent", key=f"sample_sent:portion-{portion.id}", facts=facts, actor=actor)


RESULT = ("value", "uncertainty", "unit", "stated_value", "stated_uncertainty", "method")


def _read(portion: Portion, rows: Mapping[str, Measured]) -> dict[str, dict[str, str | None]]:
    """Return the values found, in the unit of their criterion and as they were stated."""
    asked = {criterion.code: criterion for criterion in asked_of(portion.sample)}
    if not set(rows) <= set(asked):
        raise NotFound(N_("This criterion was not asked for."))
    read = {code: canonical(asked[code], row) for code, row in rows.items()}
    found = {code: {name: getattr(row, name) for name in RESULT} for code, row in read.items() if row.value is not None}
    if not found:
        raise Malformed(N_("Enter at least one result."))
    return found


def _land(portion: Portion, *, actor: Actor) -> None:
    """Write in the grid what counts now; what does not stays beside it."""
    dossier = portion.sample.dossier
    actor.session.expire(portion, ["results"])
    samples = list_samples(actor.session, dossier)
    rule = get_regulation(dossier.regulation).evaluation.prevailing_analysis
    for result in portion.results:
        if counting(samples, result.criterion, rule) is portion:
            land(dossier, result.criterion, measured_by(result), portion, actor=actor)
