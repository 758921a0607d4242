"""The yearly declarations of interest: mine, and for the presidency, the secretariat and the auditor, everybody's."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from certify.extensions import db
from certify.forms.interest import YearlyForm
from certify.operations.yearly import declare_year
from certify.queries.declared import get_declared, list_declarations_of, list_owing
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.workflows.permissions import Right

bp = Blueprint("interests", __name__)


@bp.route("/committee/interests")
@access(Right.DECLARE_INTEREST)
def mine():
    """What I declared, year by year."""
    return render_template("interests/mine.html", declarations=list_declarations_of(db.session, person()))


@bp.route("/committee/interests/new", methods=["GET", "POST"])
@access(Right.DECLARE_INTEREST)
@writes
def new():
    """Declare my interests for the year."""
    last = next(iter(list_declarations_of(db.session, person())), None)
    ties = [{"organisation": tie.organisation_name, **vars(tie)} for tie in last.ties] if last else []
    form = form_for(YearlyForm, {"ties": ties} if ties else None)
    if "more" in request.form:
        form.more()
        return render_template("interests/new.html", form=form)
    if not submitted(form):
        return render_template("interests/new.html", form=form)
    declare_year(form.result(), actor=actor())
    return back_to(".mine")


@bp.route("/committee/interests/members")
@access(Right.READ_INTERESTS)
def members():
    """Who sits on the committee and declared for the year, and who owes it."""
    return render_template("interests/members.html", owing=list_owing(db.session, today()))


@bp.route("/committee/interests/<int:declaration_id>")
@access(Right.DECLARE_INTEREST, Right.READ_INTERESTS)
def declaration(declaration_id: int):
    """One declaration, to its author and to whoever watches over the conflicts of interest."""
    declared = get_declared(db.session, declaration_id, reader=person())
    is_mine = declared.declaration.user_id == person().id
    return render_template("interests/declaration.html", declared=declared, is_mine=is_mine)
