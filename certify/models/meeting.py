"""A meeting of the committee: agenda, attendance, declarations of interest, ballots, and what came of each item."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, Word, term, to
from certify.models.committee import Seat
from certify.models.dossier import Dossier
from certify.models.user import User
from certify.workflows.interests import Ground, Ruling
from certify.workflows.machine import Term
from certify.workflows.meeting import State
from certify.workflows.voting import Choice, Stance
from certify.workflows.words import N_


class Interest(Term):
    """What a member declared; no declaration at all means that nobody asked yet."""

    NONE = "none", N_("No interest")
    CONFLICT = "conflict", N_("Conflict of interest")


class ItemEnd(Term):
    """How an item ended: the outcome of its vote, or without one."""

    APPROVED = "approved", N_("Approved")
    APPROVED_WITH_RESERVATIONS = "approved_with_reservations", N_("Approved with reservations")
    REFUSED = "refused", N_("Refused")
    ADJOURNED = "adjourned", N_("Adjourned")
    POSTPONED = "postponed", N_("Postponed without a decision")
    TAKEN_OFF = "taken_off", N_("Taken off the agenda")
    WITHDRAWN = "withdrawn", N_("Withdrawn by the applicant")


class AwaitedFrom(Term):
    """Who owes what an adjournment waits for; it decides whether the legal clock stops."""

    APPLICANT = "applicant", N_("The applicant")
    ADMINISTRATION = "administration", N_("The administration")


class MeetingState(Base):
    """The states a meeting may be in."""

    __tablename__ = "meeting_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class Meeting(Numbered):
    """One meeting; `second_of` is the meeting whose quorum failed; `urgency`, why it is urgent; `starts_at`: here."""

    __tablename__ = "meeting"

    number: Mapped[str] = mapped_column(String(16), unique=True)
    state: Mapped[State] = mapped_column(Word(State), ForeignKey("meeting_state.code"), index=True)
    held_on: Mapped[date]
    starts_at: Mapped[str] = mapped_column(String(5))
    place: Mapped[str]
    regulation: Mapped[str] = mapped_column(String(16))
    is_urgent: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[str | None]
    second_of_id: Mapped[int | None] = to("meeting.id")
    created_by_id: Mapped[int] = to("user_account.id")
    created_at: Mapped[datetime]
    convened_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    second_of: Mapped[Meeting | None] = relationship(remote_side="Meeting.id")
    created_by: Mapped[User] = relationship()
    items: Mapped[list[AgendaItem]] = relationship(back_populates="meeting", order_by="AgendaItem.position")
    attendances: Mapped[list[Attendance]] = relationship(
        back_populates="meeting", order_by="Attendance.arrived_at, Attendance.id"
    )

    __mapper_args__ = {"version_id_col": version}


class Attendance(Numbered):
    """One stay of one person on one seat: presence is read per item from arrivals and departures, not from a list."""

    __tablename__ = "attendance"
    __table_args__ = (
        CheckConstraint("left_at IS NULL OR left_at >= arrived_at", name="order"),
        Index(
            "uq_attendance_present_seat",
            "meeting_id",
            "seat_id",
            unique=True,
            sqlite_where=text("left_at IS NULL"),
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    meeting_id: Mapped[int] = to("meeting.id", index=True)
    seat_id: Mapped[int] = to("seat.id")
    user_id: Mapped[int] = to("user_account.id")
    is_remote: Mapped[bool] = mapped_column(default=False)
    arrived_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    meeting: Mapped[Meeting] = relationship(back_populates="attendances")
    seat: Mapped[Seat] = relationship()
    user: Mapped[User] = relationship()


class AgendaItem(Numbered):
    """A dossier on the agenda of a meeting. `tally` holds the sealed result: quorum, totals, steps of the reasoning.

    `is_secret`: a member asked for it before the first ballot; `ballots` then stays empty (see `models.secrecy`).
    """

    __tablename__ = "agenda_item"
    __table_args__ = (
        UniqueConstraint("meeting_id", "position"),
        CheckConstraint("(closed_at IS NULL) = (ended IS NULL)", name="closed_has_end"),
        CheckConstraint(
            "opened_at IS NOT NULL OR ended IS NULL OR ended IN ('taken_off', 'withdrawn', 'postponed')",
            name="decided_was_open",
        ),
        Index(
            "uq_agenda_item_standing",
            "dossier_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
        Index(
            "uq_agenda_item_open",
            "meeting_id",
            unique=True,
            sqlite_where=text("opened_at IS NOT NULL AND closed_at IS NULL"),
            postgresql_where=text("opened_at IS NOT NULL AND closed_at IS NULL"),
        ),
    )

    meeting_id: Mapped[int] = to("meeting.id")
    dossier_id: Mapped[int] = to("dossier.id", index=True)
    position: Mapped[int]
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    ended: Mapped[ItemEnd | None] = term(ItemEnd)
    end_reason: Mapped[str | None]
    is_secret: Mapped[bool] = mapped_column(default=False)
    tally: Mapped[dict | None]
    debate: Mapped[str | None]
    awaited: Mapped[str | None]
    awaited_from: Mapped[AwaitedFrom | None] = term(AwaitedFrom)
    awaited_by: Mapped[date | None]

    meeting: Mapped[Meeting] = relationship(back_populates="items")
    dossier: Mapped[Dossier] = relationship()
    declarations: Mapped[list[Declaration]] = relationship(order_by="Declaration.id")
    ballots: Mapped[list[Ballot]] = relationship(order_by="Ballot.seat_id")
    reasons: Mapped[list[Reason]] = relationship(order_by="Reason.id", cascade="all, delete-orphan")
    reservations: Mapped[list[Reservation]] = relationship(order_by="Reservation.id", cascade="all, delete-orphan")


class Declaration(Numbered):
    """A member's declaration on one item: none, or a conflict and what it is (pkp/pkp-lib#12994: never a NULL)."""

    __tablename__ = "declaration"
    __table_args__ = (
        UniqueConstraint("item_id", "user_id"),
        CheckConstraint("interest = 'none' OR statement IS NOT NULL", name="conflict_is_stated"),
    )

    item_id: Mapped[int] = to("agenda_item.id")
    user_id: Mapped[int] = to("user_account.id", index=True)
    interest: Mapped[Interest] = term(Interest)
    statement: Mapped[str | None]
    declared_at: Mapped[datetime]

    user: Mapped[User] = relationship()


class ConflictRuling(Numbered):
    """What whoever presides ruled on one ground that the system suggested of a member on an item, and why."""

    __tablename__ = "conflict_ruling"
    __table_args__ = (
        UniqueConstraint("item_id", "user_id", "ground"),
        CheckConstraint("ruled_by_id <> user_id", name="ruled_by_another"),
        CheckConstraint("reason <> ''", name="reasoned"),
    )

    item_id: Mapped[int] = to("agenda_item.id")
    user_id: Mapped[int] = to("user_account.id")
    ground: Mapped[Ground] = term(Ground)
    ruling: Mapped[Ruling] = term(Ruling)
    reason: Mapped[str]
    ruled_by_id: Mapped[int] = to("user_account.id")
    ruled_at: Mapped[datetime]

    user: Mapped[User] = relationship(foreign_keys=user_id)
    ruled_by: Mapped[User] = relationship(foreign_keys=ruled_by_id)


class Ballot(Numbered):
    """One seat's vote on one item, cast once. `statement` is the reservation, the reason, or what is awaited."""

    __tablename__ = "ballot"
    __table_args__ = (
        UniqueConstraint("item_id", "seat_id"),
        UniqueConstraint("item_id", "user_id"),
    )

    item_id: Mapped[int] = to("agenda_item.id")
    seat_id: Mapped[int] = to("seat.id")
    user_id: Mapped[int] = to("user_account.id")
    choice: Mapped[Choice] = term(Choice)
    statement: Mapped[str | None]
    cast_at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    user: Mapped[User] = relationship()


class AdvisoryOpinion(Numbered):
    """What a consultative seat thinks of an item, never a ballot; it may be put anew until the item ends."""

    __tablename__ = "advisory_opinion"
    __table_args__ = (
        UniqueConstraint("item_id", "seat_id"),
        UniqueConstraint("item_id", "user_id"),
        CheckConstraint("statement <> ''", name="stated"),
    )

    item_id: Mapped[int] = to("agenda_item.id")
    seat_id: Mapped[int] = to("seat.id")
    user_id: Mapped[int] = to("user_account.id")
    stance: Mapped[Stance] = term(Stance)
    statement: Mapped[str]
    given_at: Mapped[datetime]

    seat: Mapped[Seat] = relationship()
    user: Mapped[User] = relationship()


class Reason(Numbered):
    """A reason of a refusal: the criterion or article, the fact, the evidence (law 03-01, art. 1)."""

    __tablename__ = "reason"

    item_id: Mapped[int] = to("agenda_item.id", index=True)
    criterion: Mapped[str] = mapped_column(String(80))
    fact: Mapped[str]
    evidence: Mapped[str]


class Reservation(Numbered):
    """A reservation of an approval, to be lifted with its proof by `due_on` (set at signature)."""

    __tablename__ = "reservation"
    __table_args__ = (CheckConstraint("(lifted_at IS NULL) = (proof IS NULL)", name="lifted_with_proof"),)

    item_id: Mapped[int] = to("agenda_item.id", index=True)
    statement: Mapped[str]
    due_on: Mapped[date | None]
    proof: Mapped[str | None]
    lifted_at: Mapped[datetime | None]
    lifted_by_id: Mapped[int | None] = to("user_account.id")
