"""How letters leave: through a mail server over TLS, or into a folder as files that any mail program opens."""

from __future__ import annotations

import contextlib
import os
import smtplib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from secrets import token_hex
from typing import Protocol

from certify.mail.letters import Letter

SUBMISSION_OVER_TLS = 465
PATIENCE = 30.0
"""Seconds that a mail server has to answer."""

REFUSALS = (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError)
"""What a mail server that is there says of one letter; it may well take the next."""

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True)
class Mail:
    """One letter to one person. `message_id` is the same whenever it is sent, so that a second copy is recognised."""

    message_id: str
    name: str
    address: str
    language: str
    letter: Letter
    written_at: datetime


class Unreachable(OSError):
    """What carries letters does not answer, or not as it must: the next letter would not leave either."""


class Transport(Protocol):
    """What carries letters."""

    def send(self, mail: Mail) -> None:
        """Carry one letter; raises OSError when it did not leave, Unreachable when none would."""

    def close(self) -> None:
        """Let go of whatever is open."""


def compose(mail: Mail, sender: str) -> EmailMessage:
    """Make the message: plain text in UTF-8, marked as automatic so that no machine answers it (RFC 3834).

    Raises ValueError or MessageError when the address is none.
    """
    name, address = parseaddr(sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name or "Label Terroir du Maroc", addr_spec=address)
    message["To"] = Address(" ".join(mail.name.split()), addr_spec=mail.address)
    message["Subject"] = mail.letter.subject
    message["Date"] = format_datetime(mail.written_at)
    message["Message-ID"] = f"<{mail.message_id}@{address.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    encoding = "base64" if mail.language == "ar" else "quoted-printable"
    message.set_content(mail.letter.text, charset="utf-8", cte=encoding)
    message["Content-Language"] = mail.language
    return message


class Folder:
    """Writes each letter to a file; the names sort by time, and a second copy replaces the first."""

    def __init__(self, path: Path, sender: str) -> None:
        self.path = path
        self.sender = sender

    def send(self, mail: Mail) -> None:
        """Write the file under another name first: whoever looks sees a whole letter or none."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        begun = self.path / f".{token_hex(8)}"
        with open(begun, "xb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(compose(mail, self.sender).as_bytes())
        begun.replace(self.path / f"{mail.written_at:%Y%m%dT%H%M%S}-{mail.message_id}.eml")

    def close(self) -> None:
        """Nothing is open."""


class Server:
    """Hands letters to a mail server, on one connection while it lasts.

    STARTTLS is required (TLS from the first byte on port 465), save on this very machine when it offers none.
    """

    def __init__(
        self,
        host: str,
        port: int,
        sender: str,
        *,
        user: str | None = None,
        password: str | None = None,
        context: ssl.SSLContext | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self.host, self.port, self.sender = host, port, sender
        self.user, self.password, self.patience = user, password, patience
        self.context = context or ssl.create_default_context()
        self.connection: smtplib.SMTP | None = None

    def send(self, mail: Mail) -> None:
        """Send one letter; a connection that fails is not used again, nor asked to say good-bye."""
        message = compose(mail, self.sender)
        try:
            if self.connection is None:
                self.connection = self._connect()
            self.connection.send_message(message)
        except REFUSALS:
            self.close()
            raise
        except OSError as fault:
            if self.connection is not None:
                self.connection.close()
            self.connection = None
            raise Unreachable(f"{type(fault).__name__}: {fault}") from fault

    def close(self) -> None:
        """End the connection."""
        if self.connection is not None:
            with contextlib.suppress(OSError):
                self.connection.quit()
            self.connection = None

    def _connect(self) -> smtplib.SMTP:
        if self.port == SUBMISSION_OVER_TLS:
            connection = smtplib.SMTP_SSL(self.host, self.port, timeout=self.patience, context=self.context)
        else:
            connection = smtplib.SMTP(self.host, self.port, timeout=self.patience)
        try:
            connection.ehlo()
            is_near = self.host in LOOPBACK and not connection.has_extn("starttls")
            if self.port != SUBMISSION_OVER_TLS and not is_near:
                connection.starttls(context=self.context)
                connection.ehlo()
            if self.user:
                connection.login(self.user, self.password or "")
        except OSError:
            connection.close()
            raise
        return connection


@contextlib.contextmanager
def open_transport(settings: Mapping[str, object], instance: Path) -> Iterator[Transport]:
    """Lend the transport that the settings name: the server of MAIL_SERVER, or the folder `mail` of the instance."""
    sender = str(settings["MAIL_SENDER"])
    if settings["MAIL_SERVER"]:
        transport: Transport = Server(
            str(settings["MAIL_SERVER"]),
            int(str(settings["MAIL_PORT"])),
            sender,
            user=settings["MAIL_USER"],
            password=settings["MAIL_PASSWORD"],
        )
    else:
        transport = Folder(instance / "mail", sender)
    try:
        yield transport
    finally:
        transport.close()
