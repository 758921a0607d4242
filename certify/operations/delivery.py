"""The outbox leaves: each message is claimed, sent and marked, so that two clocks at once send it once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from hashlib import sha256

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from certify.mail.letters import Letter, Unwritten, render
from certify.mail.transport import Mail, Transport, Unreachable
from certify.models import Dossier, Message
from certify.queries.messages import is_free, list_due_ids

LEASE = timedelta(hours=1)
"""How long a message belongs to who claimed it; one whose sender died is sent again after that, under the same name."""

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440, 2880))
"""How long to wait after each failure. After the last one the message stays in the outbox, with what went wrong."""

PLACES = {
    "applicant": "/dossiers/{dossier_id}",
    "rapporteur": "/missions/{dossier_id}",
    "office": "/office/dossiers/{dossier_id}",
    "member": "/meetings/{meeting_id}",
}
"""Where a letter leads when its facts name no path: the same dossier or meeting, in the room of the reader."""

DECISION = "/dossiers/{dossier_id}/decision"
"""Where an applicant reads the decision itself."""


@dataclass(frozen=True)
class Delivered:
    """What one delivery did: messages sent, and messages that could not be; whether it ended for want of an answer."""

    sent: int = 0
    failed: int = 0
    is_cut: bool = False


def deliver(session: Session, transport: Transport, *, at: datetime, base_url: str, limit: int = 100) -> Delivered:
    """Send at most `limit` messages that wait; links in them begin with `base_url`.

    The one operation that commits, three times a message: a claim must be seen by others before the letter leaves,
    what has left must be marked whatever happens to the next one, and no lock may be held while a mail server thinks.
    Nothing else may wait uncommitted on `session`. It ends when `transport` does not answer: that costs one wait, not
    one a message, and the others keep their place. A message marked as sent is never sent again; one whose sender died
    between sending and marking is, after LEASE, with the same Message-ID.
    """
    sent, failed, is_cut = 0, 0, False
    due = list_due_ids(session, at=at, attempts=len(PAUSES), limit=limit)
    session.commit()
    for message_id in due:
        mail = claim(session, message_id, at=at, base_url=base_url)
        if mail is None:
            continue
        try:
            failure = dispatch(mail, transport)
        except Unreachable as silence:
            failure, is_cut = str(silence), True
        if failure:
            release(session, message_id, failure=failure[:500], at=at)
            failed += 1
        else:
            _change(session, message_id, sent_at=at, claimed_until=None, failure=None)
            sent += 1
        if is_cut:
            break
    return Delivered(sent, failed, is_cut)


def claim(session: Session, message_id: int, *, at: datetime, base_url: str) -> Mail | Unwritten | None:
    """Take a message for oneself and write its letter; None when somebody else has it, or it has left already."""
    claimed = session.execute(
        update(Message)
        .where(Message.id == message_id, is_free(at))
        .values(claimed_until=at + LEASE, attempts=Message.attempts + 1)
        .execution_options(synchronize_session=False)
    )
    mail = None
    if claimed.rowcount == 1:
        message = session.get(Message, message_id, populate_existing=True)
        try:
            mail = address(message, letter_of(session, message, base_url=base_url))
        except Unwritten as error:
            mail = error
    session.commit()
    return mail


def dispatch(mail: Mail | Unwritten, transport: Transport) -> str | None:
    """Send a letter; return what went wrong, None when it left. One bad letter never holds up those behind it.

    Raises Unreachable when the fault is not of the letter.
    """
    if isinstance(mail, Unwritten):
        return f"Unwritten: {mail}"
    try:
        transport.send(mail)
    except Unreachable:
        raise
    except (OSError, ValueError, MessageError) as error:
        return f"{type(error).__name__}: {error}"
    return None


def release(session: Session, message_id: int, *, failure: str, at: datetime) -> None:
    """Give back a message that could not be sent, and say why and when it may be tried again."""
    tries = session.scalars(select(Message.attempts).where(Message.id == message_id)).one()
    pause = PAUSES[min(tries, len(PAUSES)) - 1]
    _change(session, message_id, claimed_until=at + pause, failure=failure)


def letter_of(session: Session, message: Message, *, base_url: str) -> Letter:
    """Write the letter of a message in the language of whom it is for. Raises Unwritten."""
    dossier = session.get(Dossier, message.dossier_id) if message.dossier_id else None
    reader = reader_of(message, dossier)
    try:
        place = DECISION if (message.kind, reader) == ("decision_taken", "applicant") else PLACES[reader]
        path = message.facts.get("path") or place.format_map(message.facts)
    except KeyError as error:
        raise Unwritten(f"{message.kind}: leads nowhere without {error}") from error
    host = base_url.split("://", 1)[-1]
    facts = {"reader": reader, "name": message.recipient.name, "link": base_url + path, "host": host, **message.facts}
    return render(message.kind, message.recipient.locale[:2], facts)


def reader_of(message: Message, dossier: Dossier | None) -> str:
    """Tell as what somebody reads a message: one of the keys of PLACES."""
    if dossier is None:
        return "member"
    if message.recipient.organisation_id == dossier.organisation_id:
        return "applicant"
    return "rapporteur" if message.recipient_id == dossier.rapporteur_id else "office"


def address(message: Message, letter: Letter) -> Mail:
    """Put a letter in its envelope; the name of the envelope depends on the message alone."""
    recipient = message.recipient
    name = f"{message.id:08d}-{sha256(message.key.encode()).hexdigest()[:12]}"
    return Mail(name, recipient.name, recipient.email, recipient.locale[:2], letter, message.written_at)


def _change(session: Session, message_id: int, **values: object) -> None:
    session.execute(
        update(Message).where(Message.id == message_id).values(**values).execution_options(synchronize_session=False)
    )
    session.commit()
