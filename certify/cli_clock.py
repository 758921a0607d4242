"""The clock: does what time does, publishes, delivers and prints, once or for ever.

It runs on no database that parts from the public log, and no other command does that prints or serves.
"""

from __future__ import annotations

import contextlib
import time
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import NoReturn

import click
from flask import Flask, current_app
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from certify.cli_context import now, public, store
from certify.cli_keys import current_issuer, current_press, list_ends
from certify.extensions import db
from certify.mail.transport import open_transport
from certify.operations import auditing, timekeeping
from certify.operations.acting import Actor
from certify.operations.anchoring import anchor_head
from certify.operations.delivery import deliver
from certify.operations.keykeeping import warn_of_ends
from certify.operations.patience import Patience
from certify.operations.publishing import hold, is_published, publish
from certify.operations.witnessing import have_witnessed, read_witnesses
from certify.trust.keyring import NoKeys
from certify.trust.note import BadNote
from certify.trust.tiles import Forked
from certify.workflows.errors import WorkflowError

PAUSE = 1.0
"""Seconds between two looks at what to publish, at the outbox and at the papers to print."""

MAIL, MAIL_AGAIN_AFTER = "mail", timedelta(seconds=30)
"""A mail server that did not answer is left alone for that time."""

DUTIES_EVERY = 60.0
"""Seconds between two looks at what time must do; a demonstration moved ahead looks at once."""

UNSIGNED = (
    "Nothing is served, published, printed or sent: either the keys here are older than it, or somebody put it there. "
    "The memory of an auditor holds the last one that was genuine."
)
FORKED = (
    "Nothing is served, published, printed or sent from it. If it was restored from a backup, it lacks what was "
    "published since: docs/proof.md, “A database restored”, says what to do."
)


@click.command(help="Do what time does: reminders, lapses, expiry; print papers; deliver messages; publish the log.")
@click.option("--forever", is_flag=True, help="Go on until told to stop.")
def tick(forever: bool) -> None:
    """Look once, or again and again. Safe when two run at once.

    Nothing is done, not even a message sent, with a database that does not continue the public log.
    """
    if forever:
        go_on(current_app._get_current_object())
    hold_database()
    keep_time()
    watch_keys()
    publish_all()
    print_and_deliver(Patience())


def go_on(app: Flask) -> NoReturn:
    """Do what time does and publish, again and again; what waits for other machines runs beside and holds up nothing.

    Of a database that does not continue the public log it says so each minute. It ends with the thread beside, should
    that break: whoever watches this process starts it again.
    """
    slow = Thread(target=print_and_deliver_on, args=(app,), daemon=True)
    slow.start()
    looked_at, day, complained_at = 0.0, None, -DUTIES_EVERY
    while slow.is_alive():
        if fork := find_fork():
            if time.monotonic() - complained_at >= DUTIES_EVERY:
                complained_at = time.monotonic()
                app.logger.critical(fork)
            time.sleep(PAUSE)
            continue
        publish_all()
        today = Actor(db.session, None, now()).today
        if today != day or time.monotonic() - looked_at > DUTIES_EVERY:
            looked_at, day = time.monotonic(), today
            keep_time()
            watch_keys()
        db.session.remove()
        time.sleep(PAUSE)
    raise SystemExit(1)


def print_and_deliver_on(app: Flask) -> None:
    """Deliver and print, again and again: the one thread that draws, as WeasyPrint wants it."""
    patience = Patience()
    with app.app_context():
        while True:
            if not find_fork():
                print_and_deliver(patience)
            db.session.remove()
            time.sleep(PAUSE)


def keep_time() -> None:
    """Do each thing that is due in a transaction of its own; what somebody else did meanwhile is left alone."""
    for due in list(timekeeping.list_due(Actor(db.session, None, now()))):
        try:
            timekeeping.settle(due, actor=Actor(db.session, None, now()))
            db.session.commit()
        except (WorkflowError, IntegrityError, StaleDataError) as refusal:
            db.session.rollback()
            current_app.logger.info("%s on %s: %s", due.duty, due.row_id, refusal)


def watch_keys() -> None:
    """Tell the administrators, once, of keys that end soon; those of a demonstration are of the true day, as made."""
    with contextlib.suppress(NoKeys):
        warn_of_ends(list_ends(), actor=Actor(db.session, None, current_app.config["CLOCK"]()))
        db.session.commit()


def publish_all() -> None:
    """Publish what was committed: the log, the status list, the keys."""
    try:
        auditing.anchor_journal(db.session, at=now())
        db.session.commit()
        publish(db.session, public(), issuer=current_issuer(), at=now())
    except (NoKeys, BadNote) as fault:  # BadNote: the log took another key just now
        current_app.logger.warning("Nothing is published: %s", fault)


def print_and_deliver(patience: Patience) -> None:
    """Have the log witnessed and stamped, deliver messages, print papers: what waits for machines of other people."""
    from certify.operations.printing import print_pending  # noqa: PLC0415 - WeasyPrint stays out of the web workers

    try:
        if is_published(public()):
            witnesses = read_witnesses(current_app.config["WITNESSES"])
            have_witnessed(public(), witnesses, current_issuer(), current_app.logger)
    except (NoKeys, BadNote) as fault:
        current_app.logger.warning("Nothing is witnessed: %s", fault)
    if patience.is_over(MAIL, now(), MAIL_AGAIN_AFTER):
        with open_transport(current_app.config, Path(current_app.instance_path)) as transport:
            delivered = deliver(db.session, transport, at=now(), base_url=current_app.config["BASE_URL"])
        if delivered.is_cut:
            current_app.logger.warning("The mail server does not answer: messages wait.")
            patience.note(MAIL, now())
    try:
        press = current_press()
        anchor_head(db.session, public(), press.stamp, current_app.logger, at=now(), patience=patience)
        db.session.commit()
        print_pending(db.session, store(), press, at=now(), limit=5, patience=patience)
    except NoKeys as missing:
        current_app.logger.warning("Nothing is printed: %s", missing)


def find_fork() -> str | None:
    """Say how the database parts from the published log, or that log from itself, and what to do; None when neither."""
    if not is_published(public()):
        return None
    try:
        hold(db.session, public(), issuer=current_issuer())
    except NoKeys:
        return None  # without keys nothing is published
    except Forked as fork:
        return f"The database does not continue the public log: {fork}. {FORKED}"
    except BadNote as fault:
        return f"The head of the public log cannot be believed: {fault}. {UNSIGNED}"
    finally:
        db.session.remove()
    return None


def hold_database() -> None:
    """Refuse a database that does not continue the public log. Raises ClickException."""
    if fork := find_fork():
        raise click.ClickException(fork)
