"""The committee: what a member must do, one item, the declaration and the ballot; what the president alone does."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from certify.extensions import db
from certify.forms.ballot import BallotForm, CastingForm, InterestForm, OpinionForm, RulingForm
from certify.forms.base import Form
from certify.forms.meeting import CloseForm
from certify.forms.minutes import AdjournmentForm, ReasonsForm, ReservationsForm
from certify.models import AgendaItem
from certify.models.meeting import AwaitedFrom, Interest, ItemEnd
from certify.operations import agenda, ballots, interests, meetings, minutes, opinions
from certify.queries.admissibility import last_day_of
from certify.queries.committee import list_opinions, list_statements
from certify.queries.declared import has_declared
from certify.queries.documents import list_entries
from certify.queries.evaluation import list_criteria
from certify.queries.interests import find_suggestion
from certify.queries.meetings import count_standing, list_sittings
from certify.queries.sitting import get_hearing, is_live, list_sittings_of
from certify.queries.users import get_user
from certify.views.following import pulse_of
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.meetings import draft, fetch, fetch_item, pressed, reasoned, shown
from certify.views.presenting import tongue
from certify.workflows import dossier as dossiers
from certify.workflows.meeting import Action
from certify.workflows.permissions import Right
from certify.workflows.voting import Choice
from certify.workflows.words import N_

bp = Blueprint("committee", __name__)

PAGES = {
    dossiers.Action.OPEN_ITEM: "committee.item_opening",
    dossiers.Action.CLOSE_ITEM: "committee.item_closing",
    dossiers.Action.POSTPONE_ITEM: "committee.item_postponement",
    dossiers.Action.TAKE_OFF_AGENDA: "meetings.removal",
}
"""Where each act of the committee on a dossier is done."""

RULINGS = {
    ItemEnd.ADJOURNED: "committee.adjournment",
    ItemEnd.REFUSED: "committee.reasons",
    ItemEnd.APPROVED_WITH_RESERVATIONS: "committee.reservations",
}
"""Where what an outcome still needs is stated."""

PRESSED = (dossiers.Action.OPEN_ITEM, dossiers.Action.CLOSE_ITEM)

UNDECIDED = N_("Nothing is decided: ballots already cast stay uncounted, and another meeting decides.")

CONSEQUENCES = {
    dossiers.Action.OPEN_ITEM: N_("The vote opens, once every member present has declared and the quorum is there."),
    dossiers.Action.CLOSE_ITEM: N_("Once everybody here has voted: the ballots are counted, and the result stands."),
    dossiers.Action.POSTPONE_ITEM: UNDECIDED,
}
"""What follows an act on an item, said beside its button."""


def heard(item: AgendaItem, template: str = "committee/item.html", **more: object):
    """Render a page about an item, with all that its reader may see of it."""
    me, day, pulse = person(), today(), pulse_of(item.meeting, **more)
    hearing = get_hearing(db.session, item, reader=me, today=day)
    entries = list_entries(db.session, item.dossier, reader=me, today=day) if hearing.papers_are_open else ()
    where = {"pages": PAGES, "pressed": PRESSED, "ruling": RULINGS.get(item.ended) if hearing.may_rule else None}
    where |= {"item": item, "meeting": item.meeting, "consequences": CONSEQUENCES, "pulse": pulse}
    return render_template(template, hearing=hearing, entries=entries, **where, **more)


def pressed_on(item: AgendaItem, operation):
    """Do what one button asks of an item; its page tells what refuses it."""
    form = form_for(Form, version=item.dossier.version)
    if not submitted(form):
        return heard(item, form=form)
    operation(item, version=form.version.data, actor=actor())
    return back_to(".item", item_id=item.id)


@bp.route("/committee")
@access(Right.WORK_COMMITTEE)
def desk():
    """What I must do now, and the meetings I sit at."""
    day, convened = today(), list_sittings(db.session, member=person())
    pulse = pulse_of(next((meeting for meeting in convened if is_live(meeting, day)), None))
    sittings = list_sittings_of(db.session, person(), today=day)
    owes_year = not has_declared(db.session, person(), day)
    return render_template("committee/desk.html", sittings=sittings, owes_year=owes_year, pulse=pulse)


@bp.route("/committee/items/<int:item_id>")
@access(Right.READ_MEETING)
def item(item_id: int):
    """One item: the dossier, its report, the declaration, the vote, the result."""
    return heard(fetch_item(item_id))


@bp.route("/committee/items/<int:item_id>/interest", methods=["GET", "POST"])
@access(Right.DECLARE_INTEREST)
@writes
def interest(item_id: int):
    """Declare an interest in the dossier, or none; a conflict closes it at once."""
    item = fetch_item(item_id)
    form = form_for(InterestForm)
    if not submitted(form):
        return heard(item, "committee/interest.html", form=form)
    said = form.result()
    declared = Interest(said.interest)
    ballots.declare_interest(item, interest=declared, statement=said.statement, actor=actor())
    return back_to(".item", item_id=item.id) if declared is Interest.NONE else back_to(".desk")


@bp.route("/committee/items/<int:item_id>/conflicts/<int:user_id>", methods=["GET", "POST"])
@access(dossiers.Action.RULE_CONFLICT)
@writes
def ruling(item_id: int, user_id: int):
    """Confirm or dismiss what the system suggests of a member."""
    item, member = fetch_item(item_id), get_user(db.session, user_id)
    form = form_for(RulingForm, version=item.dossier.version)
    if not submitted(form):
        suggested = find_suggestion(db.session, item, member, reader=person())
        return heard(item, "committee/ruling.html", form=form, member=member, suggested=suggested)
    interests.rule_on_conflict(item, member, **vars(form.result()), version=form.version.data, actor=actor())
    return back_to(".item", item_id=item.id)


@bp.route("/committee/items/<int:item_id>/ballot", methods=["GET", "POST"])
@access(Right.VOTE)
@writes
def ballot(item_id: int):
    """Cast my ballot, once."""
    item = fetch_item(item_id)
    form = form_for(BallotForm)
    form.offer(Choice)  # the operation refuses what is not offered; thirty people vote at once
    if not submitted(form):
        form.offer(ballots.offered_choices(item, actor=actor()))
        return heard(item, "committee/ballot.html", form=form)
    vote = form.result()
    receipt = ballots.cast_ballot(item, choice=vote.choice, statement=vote.statement, actor=actor())
    # A receipt is shown in the answer itself, once: nothing of ours keeps it beside its voter.
    return (
        heard(item, "committee/receipt.html", form=form, receipt=receipt)
        if receipt
        else back_to(".item", item_id=item.id)
    )


@bp.route("/committee/items/<int:item_id>/opinion", methods=["GET", "POST"])
@access(Right.GIVE_OPINION)
@writes
def opinion(item_id: int):
    """Give the advisory opinion of a seat without a vote, or put it anew."""
    item = fetch_item(item_id)
    given = next((each for each in list_opinions(db.session, item) if each.user_id == person().id), None)
    form = form_for(OpinionForm, {"stance": given.stance, "statement": given.statement} if given else None)
    if not submitted(form):
        return heard(item, "committee/opinion.html", form=form)
    opinions.give_opinion(item, **vars(form.result()), actor=actor())
    return back_to(".item", item_id=item.id)


@bp.route("/committee/items/<int:item_id>/secrecy", methods=["GET", "POST"])
@access(Right.VOTE)
@writes
def secrecy(item_id: int):
    """Ask that the vote on an open item be secret."""
    return pressed_on(fetch_item(item_id), ballots.ask_secrecy)


@bp.route("/committee/meetings/<int:meeting_id>/opening", methods=["GET", "POST"])
@access(Action.OPEN)
@writes
def opening(meeting_id: int):
    """Open a meeting."""
    return pressed(fetch(meeting_id), meetings.open_meeting)


@bp.route("/committee/meetings/<int:meeting_id>/suspension", methods=["GET", "POST"])
@access(Action.SUSPEND)
@writes
def suspension(meeting_id: int):
    """Suspend a meeting."""
    return pressed(fetch(meeting_id), meetings.suspend_meeting)


@bp.route("/committee/meetings/<int:meeting_id>/resumption", methods=["GET", "POST"])
@access(Action.RESUME)
@writes
def resumption(meeting_id: int):
    """Resume a meeting."""
    return pressed(fetch(meeting_id), meetings.resume_meeting)


@bp.route("/committee/meetings/<int:meeting_id>/absence", methods=["GET", "POST"])
@access(Action.DECLARE_NO_QUORUM)
@writes
def no_quorum(meeting_id: int):
    """Declare that the quorum of a meeting is missing."""
    return pressed(fetch(meeting_id), meetings.declare_no_quorum, "meetings/no_quorum.html")


@bp.route("/committee/meetings/<int:meeting_id>/closing", methods=["GET", "POST"])
@access(Action.CLOSE)
@writes
def closing(meeting_id: int):
    """Close a meeting; say why what was not dealt with goes to another one."""
    meeting = fetch(meeting_id)
    form = form_for(CloseForm, version=meeting.version)
    if not submitted(form):
        unheard = count_standing(db.session, meeting, reader=person())
        return shown("meetings/closing.html", meeting, form=form, unheard=unheard)
    meetings.close_meeting(meeting, reason=form.result(), version=form.version.data, actor=actor())
    return back_to("meetings.meeting", meeting_id=meeting.id)


@bp.route("/committee/meetings/<int:meeting_id>/signature", methods=["GET", "POST"])
@access(Action.SIGN_MINUTES)
@writes
def signature(meeting_id: int):
    """Read the whole minutes, then sign them."""
    meeting = fetch(meeting_id)
    form = form_for(Form, version=meeting.version)
    if not submitted(form):
        return draft(meeting, form=form)
    minutes.sign_minutes(meeting, version=form.version.data, actor=actor())
    return back_to("meetings.meeting", meeting_id=meeting.id)


@bp.route("/committee/items/<int:item_id>/opening", methods=["GET", "POST"])
@access(dossiers.Action.OPEN_ITEM)
@writes
def item_opening(item_id: int):
    """Open an item: the members may vote."""
    return pressed_on(fetch_item(item_id), agenda.open_item)


@bp.route("/committee/items/<int:item_id>/closing", methods=["GET", "POST"])
@access(dossiers.Action.CLOSE_ITEM)
@writes
def item_closing(item_id: int):
    """Close the vote on an item and seal its result."""
    item = fetch_item(item_id)
    form = form_for(CastingForm, version=item.dossier.version)
    choices = ballots.casting_choices(item, actor=actor())
    form.offer(choices)
    if not submitted(form):
        return heard(item, "committee/casting.html" if choices else "committee/item.html", form=form)
    ballots.close_item(item, casting=form.result(), version=form.version.data, actor=actor())
    return back_to(".item", item_id=item.id)


@bp.route("/committee/items/<int:item_id>/postponement", methods=["GET", "POST"])
@access(dossiers.Action.POSTPONE_ITEM)
@writes
def item_postponement(item_id: int):
    """Stop an open item without a decision."""
    item = fetch_item(item_id)
    return reasoned(
        item,
        agenda.postpone_item,
        url_for(".item", item_id=item.id),
        item.dossier.version,
        title=gettext("Postpone item %(position)s", position=item.position),
        consequence=gettext(UNDECIDED),
    )


@bp.route("/committee/items/<int:item_id>/adjournment", methods=["GET", "POST"])
@access(Right.RULE_ITEM)
@writes
def adjournment(item_id: int):
    """State the terms of an adjournment, proposed from the ballots."""
    item = fetch_item(item_id)
    proposed = item.awaited or "\n".join(list_statements(db.session, item, Choice.ADJOURN))
    values = {"awaited": proposed, "awaited_from": item.awaited_from, "awaited_by": item.awaited_by}
    form = form_for(AdjournmentForm, values)
    if not submitted(form):
        latest = last_day_of(item.dossier, "adjournment", item.meeting.held_on)
        return heard(item, "committee/adjournment.html", form=form, latest=latest)
    terms = form.result()
    owing = AwaitedFrom(terms.awaited_from)
    minutes.state_adjournment(
        item, awaited=terms.awaited, awaited_from=owing, awaited_by=terms.awaited_by, actor=actor()
    )
    return back_to(".item", item_id=item.id)


@bp.route("/committee/items/<int:item_id>/reservations", methods=["GET", "POST"])
@access(Right.RULE_ITEM)
@writes
def reservations(item_id: int):
    """Confirm the reservations, proposed from the ballots."""
    item = fetch_item(item_id)
    confirmed = [each.statement for each in item.reservations]
    proposed = confirmed or list_statements(db.session, item, Choice.FAVOURABLE_WITH_RESERVATIONS)
    form = form_for(ReservationsForm, {"statements": [*proposed, ""]})
    if not submitted(form):
        return heard(item, "committee/reservations.html", form=form)
    minutes.confirm_reservations(item, statements=form.result(), actor=actor())
    return back_to(".item", item_id=item.id)


@bp.route("/committee/items/<int:item_id>/reasons", methods=["GET", "POST"])
@access(Right.PLAN_MEETING, Right.RULE_ITEM)
@writes
def reasons(item_id: int):
    """State the reasons of a refusal: criterion or article, fact, evidence."""
    item = fetch_item(item_id)
    criteria = list_criteria(item.dossier)
    form = form_for(ReasonsForm, {"reasons": stated(item, {criterion.code for criterion in criteria})})
    form.offer([(criterion.code, tongue(criterion.label)) for criterion in criteria])
    if not submitted(form):
        return heard(item, "committee/reasons.html", form=form)
    given = [minutes.GivenReason(**vars(each)) for each in form.result()]
    minutes.state_reasons(item, reasons=given, actor=actor())
    return back_to(".item", item_id=item.id)


def stated(item: AgendaItem, codes: set[str]) -> list[dict[str, str | None]]:
    """Return the reasons stated so far as the form holds them, and room for one more."""
    kept = [
        {
            "criterion": each.criterion if each.criterion in codes else "",
            "article": None if each.criterion in codes else each.criterion,
            "fact": each.fact,
            "evidence": each.evidence,
        }
        for each in item.reasons
    ]
    return [*kept, {}]
