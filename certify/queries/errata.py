"""Errata to signed minutes, as each person may see them: one about a dossier closed to its reader does not exist."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from certify.models import AgendaItem, Dossier, Erratum, Meeting, User
from certify.queries.meetings import may_read_minutes
from certify.queries.relations import visible_to
from certify.workflows import meeting as meetings
from certify.workflows.erratum import LIFE, Action, State
from certify.workflows.errors import NotAllowed, NotFound
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_

NO_ERRATUM = N_("There is no such erratum.")


def list_errata(session: Session, meeting: Meeting, *, reader: User) -> Sequence[Erratum]:
    """List the errata to the minutes of a meeting that are open to `reader`, in their order."""
    asked = select(Erratum).where(Erratum.meeting_id == meeting.id, _open_to(session, meeting, reader))
    return session.scalars(asked.order_by(Erratum.rank)).all()


def get_erratum(session: Session, erratum_id: int, *, reader: User) -> Erratum:
    """Return an erratum that `reader` may read. Raises NotFound, also for one that is closed to them, or NotAllowed."""
    erratum = session.get(Erratum, erratum_id)
    if erratum is None:
        raise NotFound(NO_ERRATUM)
    if not may(Right.READ_MEETING, reader.roles):
        raise NotAllowed(N_("The minutes are not open to your account."))
    if not is_open_to(session, erratum, reader=reader):
        raise NotFound(NO_ERRATUM)
    return erratum


def find_erratum(session: Session, number: str) -> Erratum | None:
    """Return the erratum that bears a number, whoever asks."""
    return session.scalars(select(Erratum).where(Erratum.number == number)).one_or_none()


def is_open_to(session: Session, erratum: Erratum, *, reader: User) -> bool:
    """Tell whether `reader` may read an erratum: its item is open to them; without an item, the whole minutes are."""
    if not may(Right.READ_MEETING, reader.roles):
        return False
    asked = select(Erratum.id).where(Erratum.id == erratum.id, _open_to(session, erratum.meeting, reader))
    return session.scalars(asked).first() is not None


def may_draw_up(meeting: Meeting, *, reader: User) -> bool:
    """Tell whether the minutes are signed and `reader` may draw up an erratum to them."""
    is_signed = meeting.state is meetings.State.MINUTES_SIGNED
    return is_signed and Action.DRAW_UP in LIFE.offered(State.INTENDED, reader.roles)


def count_errata(session: Session, meeting: Meeting) -> int:
    """Count the errata to the minutes of a meeting, those given up included: their numbers are taken."""
    return session.scalars(select(func.count()).where(Erratum.meeting_id == meeting.id)).one()


def _open_to(session: Session, meeting: Meeting, reader: User) -> ColumnElement[bool]:
    of_item = (AgendaItem.id == Erratum.item_id, visible_to(reader))
    on_item = exists(select(AgendaItem.id).join(Dossier).where(*of_item).correlate(Erratum))
    if not may_read_minutes(session, meeting, reader=reader):
        return on_item
    return or_(on_item, Erratum.item_id.is_(None))
