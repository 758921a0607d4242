"""The public register: one row a licence, rewritten in the transaction of whatever moves the licence.

It holds what is printed on the certificate and may be read by anybody: the product, the producer as the jar names it,
the place, the validity, the dated changes of state. Never a person's name, telephone, street or number of identity.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from sqlalchemy import select

from certify.models import (
    AgendaItem,
    Credential,
    Dossier,
    Event,
    Licence,
    Meeting,
    Product,
    RegisterEntry,
    RegisterGtin,
)
from certify.models.meeting import ItemEnd
from certify.operations.acting import Actor
from certify.queries.calendar import casablanca_today
from certify.queries.reference import get_province, get_region
from certify.queries.regulations import get_regulation
from certify.workflows.licence import Action

KINDS = {
    Action.SIGN: "granted",
    Action.SUSPEND: "suspended",
    Action.REINSTATE: "reinstated",
    Action.WITHDRAW: "withdrawn",
    Action.EXPIRE: "expired",
}
"""The moves that the public is told of, and the word for each."""

ENDINGS = ("suspended", "withdrawn")
"""The changes that have a ground. The public may read its code; the reason stays between the label and the holder."""

APPROVALS = (ItemEnd.APPROVED, ItemEnd.APPROVED_WITH_RESERVATIONS)


def write_entry(licence: Licence, *, actor: Actor) -> None:
    """Write the licence as it now stands: the particulars once, at signature; the state and the history each time."""
    entry = actor.session.get(RegisterEntry, licence.mark)
    if entry is None:
        entry = RegisterEntry(
            mark=licence.mark,
            licence_id=licence.id,
            number=licence.number,
            valid_from=licence.valid_from,
            valid_to=licence.valid_to,
            photo_sha256=licence.photo_sha256,
            facts=particulars(licence, actor=actor),
        )
        actor.session.add(entry)
    entry.state = str(licence.state)
    entry.history = history(licence, actor=actor)
    entry.changed_at = actor.at
    if entry in actor.session.new:
        actor.session.flush()
        gtins = {size.gtin for size in licence.dossier.product.formats if size.gtin}
        actor.session.add_all(RegisterGtin(gtin=gtin, mark=licence.mark) for gtin in sorted(gtins))


def show_evidence(credential: Credential, *, actor: Actor) -> None:
    """Write where anybody finds the proof of a licence: its place in the status list, its entry in the public log."""
    entry = actor.session.get_one(RegisterEntry, credential.licence.mark)
    entry.facts = entry.facts | {"evidence": proof_in(credential)}


def proof_in(credential: Credential) -> dict[str, object]:
    """Return what the register says of where the proof of a licence is."""
    return {"place": credential.place, "entry": credential.position, "vc": credential.sha256}


def show_move(licence: Licence, position: int | None, *, actor: Actor) -> None:
    """Write which entry of the public log tells how a licence stands now; None: nothing new was told."""
    entry = actor.session.get_one(RegisterEntry, licence.mark)
    if position is not None and "evidence" in entry.facts:
        entry.facts = entry.facts | {"evidence": entry.facts["evidence"] | {"moved": position}}


def particulars(licence: Licence, *, actor: Actor) -> dict[str, object]:
    """Gather what the committee allowed, as it stood at signature, in plain JSON; words by language."""
    dossier, product, site = licence.dossier, licence.dossier.product, licence.dossier.site
    province = get_province(site.province)
    regulation = get_regulation(dossier.regulation)
    meeting = find_approving_meeting(dossier, actor=actor)
    return {
        "product": _words(fr=product.name_fr, ar=product.name_ar, en=product.name_en),
        "holder": _words(fr=dossier.organisation.name_fr, ar=dossier.organisation.name_ar),
        "commune": site.commune,
        "province": dict(province.label),
        "region": dict(get_region(province.region).label),
        "filiere": dict(regulation.filiere(product.filiere).label),
        "usage": str(product.usage),
        "formats": [f"{size.content} {size.unit}" for size in product.formats],
        "sign": _sign(product),
        "variety": product.variety,
        "origin_area": product.origin_area,
        "meeting": {"number": meeting.number, "held_on": meeting.held_on.isoformat()} if meeting else None,
        "regulation": dossier.regulation,
    }


def history(licence: Licence, *, actor: Actor) -> list[dict[str, str]]:
    """List the dated changes of state that the journal holds, the oldest first; a licence expires on its last day."""
    meeting = find_approving_meeting(licence.dossier, actor=actor)
    moves = select(Event.action, Event.at, Event.facts).where(Event.licence_id == licence.id)
    moves = moves.where(Event.action.in_([str(action) for action in KINDS])).order_by(Event.sequence)
    return told(actor.session.execute(moves).all(), licence.valid_to, meeting.number if meeting else None)


def told(
    moves: Iterable[tuple[str, datetime, Mapping[str, str]]], valid_to: date, meeting: str | None
) -> list[dict[str, str]]:
    """Return the lines of a history, of moves as the journal holds them: action, moment, facts."""
    lines = []
    for action, at, facts in moves:
        kind = KINDS[Action(action)]
        on = valid_to if kind == "expired" else casablanca_today(at)
        lines.append({"on": on.isoformat(), "kind": kind})
        if kind == "granted" and meeting:
            lines[-1]["meeting"] = meeting
        if kind in ENDINGS and "ground" in facts:
            lines[-1]["ground"] = facts["ground"]
    return lines


def find_approving_meeting(dossier: Dossier, *, actor: Actor) -> Meeting | None:
    """Return the meeting at which the committee approved the product; None when none did."""
    held = select(Meeting).join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
    approved = held.where(AgendaItem.dossier_id == dossier.id, AgendaItem.ended.in_(APPROVALS))
    return actor.session.scalars(approved.order_by(AgendaItem.id.desc()).limit(1)).first()


def _words(**named: str | None) -> dict[str, str]:
    return {language: text for language, text in named.items() if text}


def _sign(product: Product) -> dict[str, str] | None:
    return {"kind": product.sign.sign, "name": product.sign.name} if product.sign else None
