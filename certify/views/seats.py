"""The composition of the committee: who reads it, and the administrator who keeps it."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext
from wtforms.fields import SelectChoice

from certify.extensions import db
from certify.forms.seat import AppointmentForm, EndForm, SeatForm
from certify.operations.seats import appoint, end_mandate, make_seat
from certify.queries.seats import get_bench, get_mandate, list_appointable, list_benches
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.workflows.composition import Holding
from certify.workflows.permissions import Right, may

bp = Blueprint("seats", __name__)


@bp.route("/seats")
@access(Right.KEEP_COMMITTEE, Right.READ_MEETING)
def index():
    """Every seat, and who held, holds and will hold it."""
    keeps = may(Right.KEEP_COMMITTEE, person().roles)
    return render_template("seats/index.html", benches=list_benches(db.session, today()), keeps=keeps, Holding=Holding)


@bp.route("/seats/new", methods=["GET", "POST"])
@access(Right.KEEP_COMMITTEE)
@writes
def new():
    """Add a seat."""
    form = form_for(SeatForm, {"is_voting": True})
    if not submitted(form):
        return render_template("seats/new.html", form=form)
    seat = make_seat(form.result(), actor=actor())
    return back_to(".appointment", seat_id=seat.id)


@bp.route("/seats/<int:seat_id>/appointment", methods=["GET", "POST"])
@access(Right.KEEP_COMMITTEE)
@writes
def appointment(seat_id: int):
    """Appoint somebody to a seat."""
    bench = get_bench(db.session, seat_id, today())
    people = [SelectChoice(str(one.id), one.name) for one in list_appointable(db.session)]
    choices = [SelectChoice("", gettext("Choose…")), *people]
    form = form_for(AppointmentForm, {"starts_on": today()}, user_id=choices)
    if not submitted(form):
        return render_template("seats/appointment.html", bench=bench, form=form)
    appoint(bench.seat, form.result(), actor=actor())
    return back_to(".index", _anchor=f"seat-{seat_id}")


@bp.route("/seats/mandates/<int:mandate_id>/end", methods=["GET", "POST"])
@access(Right.KEEP_COMMITTEE)
@writes
def end(mandate_id: int):
    """End a mandate."""
    mandate = get_mandate(db.session, mandate_id)
    form = form_for(EndForm, {"ends_on": mandate.ends_on or today()})
    if not submitted(form):
        return render_template("seats/end.html", mandate=mandate, form=form)
    end_mandate(mandate, form.ends_on.data, actor=actor())
    return back_to(".index", _anchor=f"seat-{mandate.seat_id}")
