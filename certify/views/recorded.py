"""The visit report: what was recorded on a visit, put together for whoever may read it; photos by hash."""

from __future__ import annotations

from flask import Blueprint, render_template

from certify.extensions import db
from certify.models import Dossier
from certify.operations.storage import EXTENSIONS
from certify.queries.findings import list_cases
from certify.queries.recording import find_photo, get_record, get_recorded
from certify.queries.relations import roles_on
from certify.views.files import SANDBOX, send
from certify.views.helpers import access, person, today
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import NotFound
from certify.workflows.permissions import Right, Role
from certify.workflows.recording import Kind
from certify.workflows.words import N_

bp = Blueprint("recorded", __name__)


@bp.route("/visits/<int:visit_id>/report")
@access(Right.READ_DOSSIER)
def report(visit_id: int):
    """Read the report of a visit: its register, its observations and signatures, and every hash."""
    visit = get_recorded(db.session, visit_id, reader=person())
    dossier = visit.dossier
    may_find = dossier.rapporteur_id == person().id and Action.REQUIRE_CONFORMITY in LIFE.offered(
        dossier.state, {Role.RAPPORTEUR}
    )
    cases = list_cases(db.session, dossier, reader=person(), today=today(), sent=_is_applicant(dossier))
    return render_template(
        "visits/report.html",
        record=get_record(db.session, visit),
        dossier=dossier,
        kinds=Kind,
        may_find=may_find,
        followed={case.finding.observation: case for case in cases if case.finding.observation},
    )


def _is_applicant(dossier: Dossier) -> bool:
    return Role.APPLICANT in roles_on(db.session, person(), dossier)


@bp.route("/visits/<int:visit_id>/photos/<digest>")
@access(Right.READ_DOSSIER)
def photo(visit_id: int, digest: str):
    """Open a picture of a visit, the very bytes that its hash names."""
    visit = get_recorded(db.session, visit_id, reader=person())
    found = find_photo(db.session, visit, digest)
    if found is None:
        raise NotFound(N_("This photo has not arrived."))
    name = f"{digest[:12]}{EXTENSIONS[found.media_type]}"
    return send(found.sha256, found.media_type, name, policy=SANDBOX, attached=False)
