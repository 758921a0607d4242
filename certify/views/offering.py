"""What the pages of the office share: the acts that the regulation offers a person, what stands in the way, filters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from flask import g, request, url_for
from flask_babel import gettext

from certify.extensions import SAFE_METHODS, db
from certify.forms.desk import DeskForm, LicencesForm
from certify.models import Dossier, Licence
from certify.operations.admissibility import PROPOSED
from certify.queries.casefile import Casefile, Change
from certify.queries.licences import signing_facts
from certify.queries.reference import Region, get_province, get_region, list_regions
from certify.queries.regulations import get_regulation_in_force
from certify.queries.relations import roles_on
from certify.views.helpers import person, today
from certify.views.presenting import tongue
from certify.workflows import licence as licences
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import Refused, Stale
from certify.workflows.machine import Machine, Term
from certify.workflows.permissions import Right, Role, may

PAGES = {
    Action.TAKE_UP: "office.take_up",
    Action.DECLARE_ADMISSIBLE: "office.admissible",
    Action.REQUEST_COMPLEMENT: "office.complement",
    Action.DECLARE_INADMISSIBLE: "office.inadmissible",
    Action.APPOINT_RAPPORTEUR: "office.rapporteur",
    Action.PUT_ON_AGENDA: "meetings.index",
    Action.RESUME_EXAMINATION: "office.resume",
    Action.RETURN_TO_COMMITTEE: "office.return_to_committee",
    Action.LIFT_RESERVATIONS: "office.lift_all",
    Action.NOTIFY: "office.notification",
}
"""Where each act of the office on a dossier is done."""

LICENCE_PAGES = {
    licences.Action.SIGN: "office.licence.sign",
    licences.Action.SUSPEND: "office.licence.suspend",
    licences.Action.REINSTATE: "office.licence.reinstate",
    licences.Action.WITHDRAW: "office.licence.withdraw",
}
"""Where each act on a licence is done."""

READY = {
    "listed_pieces": 1,
    "ground_is_listed": True,
    "has_reason": True,
    "has_second_signature": True,
    "has_proof": True,
    "agenda_is_open": True,
    "reservations_open": 0,
}
"""What the page of an act will ask for, taken as given when another page says whether the act is possible."""


@dataclass(frozen=True)
class Act:
    """An act that the regulation offers: its page, and the refusal that one would meet there now, if any."""

    action: Term
    url: str
    refusal: Refused | None


def dossier_acts(case: Casefile) -> list[Act]:
    """List what the person may do with a dossier: the check of the documents first, while it is not done."""
    roles = roles_on(db.session, person(), case.dossier)
    facts = replace(case.facts, **READY)
    acts = []
    if may_check(case.dossier, roles) and case.facts.unchecked_documents:
        acts.append(Act(Right.CHECK_DOCUMENTS, url_for("office.documents", dossier_id=case.dossier.id), None))
    for action in _known(LIFE, case.dossier.state, roles, PAGES):
        refusal = _refusal(LIFE, case.dossier.state, action, roles, facts)
        if case.proposal and action in (Action.DECLARE_ADMISSIBLE, Action.REQUEST_COMPLEMENT):
            refusal = Refused(PROPOSED)
        if not (case.proposal and action is Action.DECLARE_INADMISSIBLE):
            acts.append(Act(action, _address(PAGES[action], dossier_id=case.dossier.id), refusal))
    return acts


def may_check(dossier: Dossier, roles: frozenset[Role]) -> bool:
    """Tell whether the documents of a dossier may be checked now."""
    return may(Right.CHECK_DOCUMENTS, roles) and Action.DECLARE_ADMISSIBLE in LIFE.offered(dossier.state, roles)


def licence_acts(found: Licence) -> list[Act]:
    """List what the person may do with a licence."""
    roles = roles_on(db.session, person(), found.dossier)
    facts = replace(signing_facts(db.session, found), has_reason=True)
    return [
        Act(
            action,
            _address(LICENCE_PAGES[action], licence_id=found.id),
            _refusal(licences.LIFE, found.state, action, roles, facts),
        )
        for action in _known(licences.LIFE, found.state, roles, LICENCE_PAGES)
    ]


def demand(life: Machine, subject: Dossier | Licence, action: Term, roles: frozenset[Role]) -> None:
    """Raise what the regulation says unless it offers `action`: the page of an act opens only where it can be done.

    What is sent from the page is for the operation to judge: a stale form comes back whatever became of its subject,
    with all that was typed.
    """
    if request.method in SAFE_METHODS and action not in life.offered(subject.state, roles):
        life.decide(subject.state, action, roles)


def tell_changes(version: int, list_changes: Callable[[int], Iterable[Change]]) -> None:
    """When the form was stale, add to the refusal what was done since it was read: (when, who, what)."""
    refusal = g.get("refusal")
    if isinstance(refusal, Stale):
        seen = request.form.get("version", "")
        missed = max(1, version - int(seen)) if seen.isascii() and seen.isdigit() else 1
        refusal.changes = [
            (change.at, change.who.name if change.who else gettext("The legal clock"), gettext(change.what))
            for change in list_changes(missed)
        ]


def read_filters(kind: type[DeskForm | LicencesForm], states: Iterable[Term]) -> DeskForm | LicencesForm:
    """Read the filters from the address, and offer what may be chosen."""
    form = kind(request.args)
    form.state.choices = [("", gettext("Any state")), *((str(state), gettext(state.label)) for state in states)]
    regions = ((region.code, tongue(region.label)) for region in list_regions())
    form.region.choices = [("", gettext("Any region")), *regions]
    filieres = ((one.code, tongue(one.label)) for one in get_regulation_in_force(today()).filieres)
    form.filiere.choices = [("", gettext("Any value chain")), *filieres]
    return form


def page_url(number: int) -> str:
    """Return the address of another page of the list that is shown."""
    return url_for(request.endpoint, **{**request.args, "page": number})


def region_of(dossier: Dossier) -> Region | None:
    """Return the region of the site; None while no site is stated."""
    return get_region(get_province(dossier.site.province).region) if dossier.site else None


def _known(life: Machine, state: Term, roles: frozenset[Role], pages: Mapping[Term, str]) -> list[Term]:
    return [action for action in life.offered(state, roles) if action in pages]


def _refusal(life: Machine, state: Term, action: Term, roles: frozenset[Role], facts: object) -> Refused | None:
    try:
        life.decide(state, action, roles, facts)
    except Refused as refusal:
        return refusal
    return None


def _address(endpoint: str, **subject: int) -> str:
    return url_for(endpoint, **subject) if endpoint.startswith("office.") else url_for(endpoint)
