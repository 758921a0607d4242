"""The proposed minutes: frozen as a version, approved or remarked on by who sat, answered, signed by two people."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import select

from certify.models import (
    AgendaItem,
    Event,
    Meeting,
    MinutesAgreement,
    MinutesProposal,
    MinutesRemark,
    MinutesSignature,
    User,
)
from certify.models.minutes import Capacity
from certify.operations.acting import Actor
from certify.operations.meetings import need
from certify.operations.moves import move_meeting
from certify.operations.outbox import write
from certify.operations.paper_minutes import minutes_facts
from certify.pdf.facts import from_json
from certify.queries.meetings import get_item, list_unsettled, may_read_minutes
from certify.queries.minutes import count_open_remarks, find_proposal, list_sat, reading_ends_on
from certify.queries.presidency import Chair, list_presiding
from certify.workflows.errors import AlreadyDone, Conflicted, Malformed, NotAllowed, WrongState
from certify.workflows.meeting import Action, Facts, State
from certify.workflows.numbering import minutes_number
from certify.workflows.permissions import Right
from certify.workflows.words import N_

CLOSED_TO_YOU = N_("These minutes tell of a dossier that is closed to you: another person signs them.")


def freeze(meeting: Meeting, *, actor: Actor) -> MinutesProposal:
    """Keep the text of the minutes as the next version; after a correction it says why, and which items differ.

    Whoever sat is told, and has the time that the regulation gives to read it.
    """
    earlier = find_proposal(actor.session, meeting)
    told = minutes_facts(meeting, minutes_number(meeting.number), actor=actor)
    text = told.to_json()
    before = from_json("minutes", earlier.facts).items if earlier else ()
    proposal = MinutesProposal(
        meeting=meeting,
        version=earlier.version + 1 if earlier else 1,
        facts=text,
        sha256=sha256(text.encode()).hexdigest(),
        changes=_why(meeting, actor=actor) if earlier else "",
        changed=[new.rank for new, old in zip(told.items, before, strict=False) if new != old],
        drawn_up_by_id=actor.id,
        drawn_up_at=actor.at,
    )
    actor.session.add(proposal)
    actor.session.flush()
    _tell(proposal, actor=actor)
    return proposal


def approve_minutes(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Approve the version that stands, for what of it is open to the actor, who sat; once. Raises AlreadyDone."""
    proposal = _reviewed(meeting, actor=actor, version=version)
    if any(each.user_id == actor.id for each in proposal.agreements):
        raise AlreadyDone(N_("You have approved this version of the minutes already."))
    proposal.agreements.append(MinutesAgreement(user_id=actor.id, agreed_at=actor.at))
    actor.session.flush()


def remark_on_minutes(meeting: Meeting, item: AgendaItem | None, *, text: str, actor: Actor) -> MinutesRemark:
    """Send a remark on an item, or on the meeting (no item), which only who reads the whole minutes may do."""
    proposal = _reviewed(meeting, actor=actor)
    if item is not None:
        get_item(actor.session, item.id, reader=actor.user)
    elif not may_read_minutes(actor.session, meeting, reader=actor.user):
        raise Malformed(N_("Choose the item that your remark is about."))
    remark = MinutesRemark(proposal=proposal, item=item, user_id=actor.id, text=text, made_at=actor.at)
    actor.session.add(remark)
    actor.session.flush()
    return remark


def answer_remark(remark: MinutesRemark, *, answer: str, actor: Actor) -> None:
    """Answer a remark, in words that stay: corrected, or why not. Raises AlreadyDone when it is answered."""
    need(actor, Right.PLAN_MEETING)
    meeting = remark.proposal.meeting
    actor.hold(meeting)
    actor.hold(remark)
    if remark.answered_at is not None:
        raise AlreadyDone(N_("This remark is answered already."))
    remark.answer, remark.answered_by_id, remark.answered_at = answer, actor.id, actor.at
    actor.session.flush()


def attest_minutes(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Sign the approved minutes as secretary, the first of the two signatures; nothing takes effect yet."""
    actor.hold(meeting, version)
    _read_whole(meeting, actor=actor)
    proposal = find_proposal(actor.session, meeting)
    awaited = list_sat(actor.session, meeting) - {each.user_id for each in proposal.agreements} if proposal else ()
    facts = Facts(
        items_unsettled=len(list_unsettled(actor.session, meeting)),
        remarks_open=count_open_remarks(actor.session, meeting),
        approvals_awaited=len(awaited),
        reading_is_over=proposal is not None and actor.today > reading_ends_on(proposal),
    )
    move_meeting(meeting, Action.ATTEST_MINUTES, actor=actor, facts=facts, particulars=_cited(proposal))
    _sign(proposal, Capacity.SECRETARY, actor=actor)
    _call_president(proposal, actor=actor)


def countersign(meeting: Meeting, chair: Chair, *, actor: Actor) -> MinutesProposal:
    """Sign the minutes as president, the second signature, on the very text that the secretary signed."""
    _read_whole(meeting, actor=actor)
    proposal = find_proposal(actor.session, meeting)
    signed = proposal.signatures if proposal else ()
    facts = Facts(
        items_unsettled=len(list_unsettled(actor.session, meeting)),
        is_another_hand=all(each.user_id != actor.id for each in signed),
    )
    if proposal is not None and meeting.state is State.MINUTES_ATTESTED and facts.is_another_hand:
        _sign(proposal, Capacity.PRESIDENT, actor=actor)
    told = _cited(proposal) | {"presided": chair.told}
    move_meeting(meeting, Action.SIGN_MINUTES, actor=actor, facts=facts, particulars=told)
    return proposal


def _reviewed(meeting: Meeting, *, actor: Actor, version: int | None = None) -> MinutesProposal:
    need(actor, Right.REVIEW_MINUTES)
    actor.hold(meeting, version)
    if actor.id not in list_sat(actor.session, meeting):
        raise NotAllowed(N_("Only who sat at this meeting says something of its minutes."))
    if meeting.state is not State.MINUTES_DRAFTED:
        raise WrongState(N_("The minutes are not open to remarks: they are being corrected, or are signed."))
    return find_proposal(actor.session, meeting)


def _read_whole(meeting: Meeting, *, actor: Actor) -> None:
    if not may_read_minutes(actor.session, meeting, reader=actor.user):
        raise Conflicted(CLOSED_TO_YOU)


def _sign(proposal: MinutesProposal, capacity: Capacity, *, actor: Actor) -> None:
    signature = MinutesSignature(capacity=capacity, user=actor.user, sha256=proposal.sha256, signed_at=actor.at)
    proposal.signatures.append(signature)
    actor.session.flush()


def _cited(proposal: MinutesProposal | None) -> dict[str, object]:
    return {"minutes_version": proposal.version, "minutes_sha256": proposal.sha256} if proposal else {}


def _why(meeting: Meeting, *, actor: Actor) -> str:
    asked = select(Event.reason).where(Event.meeting_id == meeting.id, Event.action == str(Action.CORRECT_MINUTES))
    return actor.session.scalars(asked.order_by(Event.sequence.desc()).limit(1)).one()


def _call_president(proposal: MinutesProposal, *, actor: Actor) -> None:
    """Write to whoever signs as president: not to who signed already, nor where a dossier is closed to them."""
    meeting = proposal.meeting
    facts = {"number": meeting.number, "meeting_id": meeting.id, "held_on": meeting.held_on}
    facts |= {"path": f"/committee/meetings/{meeting.id}/signature"}
    for user in list_presiding(actor.session, meeting):
        if user.id != actor.id and may_read_minutes(actor.session, meeting, reader=user):
            key = f"meeting_minutes_attested:{meeting.id}:{proposal.version}:{user.id}"
            write(user, "minutes_attested", key=key, facts=facts, actor=actor)


def _tell(proposal: MinutesProposal, *, actor: Actor) -> None:
    """Write to whoever sat; never a word of any dossier."""
    meeting = proposal.meeting
    facts = {
        "number": meeting.number,
        "meeting_id": meeting.id,
        "held_on": meeting.held_on,
        "version": proposal.version,
        "due_on": reading_ends_on(proposal),
    }
    sat = select(User).where(User.id.in_(list_sat(actor.session, meeting)), User.is_active).order_by(User.id)
    for user in actor.session.scalars(sat):
        key = f"meeting_minutes_proposed:{meeting.id}:{proposal.version}:{user.id}"
        write(user, "minutes_proposed", key=key, facts=facts, actor=actor)
