"""The commands, one group per audience: `flask --app certify --help`. WeasyPrint is loaded only by those that print."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from datetime import datetime, timedelta
from itertools import chain, islice
from pathlib import Path
from threading import Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, NoReturn

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from certify import cli_migrations, serving
from certify.cli_keys import current_issuer, current_press, demonstration_issuer, keys, list_ends
from certify.extensions import db, reading
from certify.mail.transport import open_transport
from certify.models import Paper
from certify.operations import auditing, demonstration, signs, timekeeping
from certify.operations.acting import Actor
from certify.operations.anchoring import anchor_head
from certify.operations.credentials import Issuer
from certify.operations.delivery import deliver
from certify.operations.demonstration_clock import advance_demonstration
from certify.operations.keykeeping import warn_of_ends
from certify.operations.patience import Patience
from certify.operations.publishing import hold, is_published, publish
from certify.operations.storage import Store
from certify.operations.users import OFFICES, open_account
from certify.operations.witnessing import have_witnessed, read_witnesses
from certify.pack.archive import Pack
from certify.queries.journal import breaks
from certify.queries.pack import find_decided, gather_pack
from certify.queries.settings import get_days_ahead
from certify.trust.keyring import NoKeys
from certify.trust.tiles import Forked
from certify.workflows.errors import WorkflowError
from certify.workflows.permissions import Role

if TYPE_CHECKING:
    from certify.operations.sealing import Press

PAUSE = 1.0
"""Seconds between two looks at what to publish, at the outbox and at the papers to print."""

MAIL, MAIL_AGAIN_AFTER = "mail", timedelta(seconds=30)
"""A mail server that did not answer is left alone for that time."""

DUTIES_EVERY = 60.0
"""Seconds between two looks at what time must do; a demonstration moved ahead looks at once."""

MOST_FAULTS = 100
"""How many faults of the journal are named at once."""

FORKED = (
    "Nothing is served, published, printed or sent from it. If it was restored from a backup, it lacks what was "
    "published since: docs/proof.md, “A database restored”, says what to do."
)

journal = AppGroup("journal", help="The evidence.")
sign_list = AppGroup("signs", help="The official list of recognised signs.")
demo = AppGroup("demo", help="The demonstration: invented holders, real rules.")
accounts = AppGroup("accounts", help="The people.")


def register(app: Flask) -> None:
    """Hang the commands on the application."""
    for command in (serve, tick, paper, pack, journal, sign_list, keys, demo, accounts):
        app.cli.add_command(command)
    cli_migrations.register(app)


def now() -> datetime:
    """Return the present moment, moved ahead in a demonstration."""
    moment = current_app.config["CLOCK"]()
    return moment + timedelta(days=get_days_ahead(db.session)) if current_app.config["DEMONSTRATION"] else moment


def store() -> Store:
    """Return where files are kept."""
    return Store(Path(current_app.instance_path) / "files")


@click.command(help="Serve the product on 127.0.0.1, with the clock beside it.")
@click.option("--port", type=int, default=lambda: int(os.environ.get("PORT", "8000")), help="8000 unless PORT says.")
@click.option("--workers", type=int, default=2, help="Web processes.")
def serve(port: int, workers: int) -> None:
    """Serve until told to stop; not at all from a database that forgot what was published."""
    _hold()
    raise SystemExit(serving.serve(port, workers))


@click.command(help="Do what time does: reminders, lapses, expiry; print papers; deliver messages; publish the log.")
@click.option("--forever", is_flag=True, help="Go on until told to stop.")
def tick(forever: bool) -> None:
    """Look once, or again and again. Safe when two run at once.

    Nothing is done, not even a message sent, with a database that does not continue the public log.
    """
    if forever:
        go_on(current_app._get_current_object())
    _hold()
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
        if fork := _find_fork():
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
            if not _find_fork():
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
        publish(db.session, _public(), issuer=current_issuer(), at=now())
    except NoKeys as missing:
        current_app.logger.warning("Nothing is published: %s", missing)


def print_and_deliver(patience: Patience) -> None:
    """Have the log witnessed and stamped, deliver messages, print papers: what waits for machines of other people."""
    from certify.operations.printing import print_pending  # noqa: PLC0415 - WeasyPrint stays out of the web workers

    try:
        if is_published(_public()):
            witnesses = read_witnesses(current_app.config["WITNESSES"])
            have_witnessed(_public(), witnesses, current_issuer(), current_app.logger)
    except NoKeys as missing:
        current_app.logger.warning("Nothing is witnessed: %s", missing)
    if patience.is_over(MAIL, now(), MAIL_AGAIN_AFTER):
        with open_transport(current_app.config, Path(current_app.instance_path)) as transport:
            delivered = deliver(db.session, transport, at=now(), base_url=current_app.config["BASE_URL"])
        if delivered.is_cut:
            current_app.logger.warning("The mail server does not answer: messages wait.")
            patience.note(MAIL, now())
    try:
        press = current_press()
        anchor_head(db.session, _public(), press.stamp, current_app.logger, at=now(), patience=patience)
        db.session.commit()
        print_pending(db.session, store(), press, at=now(), limit=5, patience=patience)
    except NoKeys as missing:
        current_app.logger.warning("Nothing is printed: %s", missing)


@click.command(help="Write an issued paper to a file.")
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def paper(number: str, file: Path) -> None:
    """Print the paper if that was not done yet, and copy it."""
    from certify.operations.printing import paper_bytes  # noqa: PLC0415 - WeasyPrint stays out of the web workers

    _hold()
    issued = db.session.scalars(select(Paper).where(Paper.number == number)).one_or_none()
    if issued is None:
        raise click.ClickException(f"There is no paper {number}.")
    content = paper_bytes(db.session, store(), _press(), issued, at=now())
    if content is None:
        raise click.ClickException(f"The paper {number} cannot be printed yet: the log of the service says why.")
    file.write_bytes(content)
    click.echo(f"{number} → {file} ({len(content)} bytes)")


@click.command(help="Write the evidence pack of a decision to a file.")
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def pack(number: str, file: Path) -> None:
    """Print its papers that are not printed yet, then write the pack of a dossier and say its fingerprint."""
    from certify.operations.printing import print_now  # noqa: PLC0415 - WeasyPrint stays out of the web workers

    _hold()
    try:
        gathered = gather_pack(db.session, find_decided(db.session, number))
    except WorkflowError as refusal:
        raise click.ClickException(str(refusal)) from refusal
    if gathered.unprinted:
        print_now(db.session, store(), _press(), gathered.unprinted, at=now())
    gathered = gather_pack(db.session, find_decided(db.session, number))
    if gathered.unprinted:
        raise click.ClickException(f"The paper {gathered.unprinted[0].number} is not printed yet.")
    made = Pack(gathered.facts, gathered.texts, gathered.files, gathered.at)
    with file.open("wb") as target:
        made.write(target, store())
    click.echo(f"{number} → {file} ({made.fingerprint})")


def _public() -> Path:
    """Return where what is published lies."""
    return Path(current_app.instance_path) / "public"


def _find_fork() -> str | None:
    """Say how the database parts from the published log, and what to do; None when it continues it."""
    if not is_published(_public()):
        return None
    try:
        hold(db.session, _public(), issuer=current_issuer())
    except NoKeys:
        return None  # without keys nothing is published
    except Forked as fork:
        return f"The database does not continue the public log: {fork}. {FORKED}"
    finally:
        db.session.remove()
    return None


def _hold() -> None:
    if fork := _find_fork():
        raise click.ClickException(fork)


def _press() -> Press:
    try:
        return current_press()
    except NoKeys as missing:
        raise click.ClickException(str(missing)) from missing


@journal.command("check", help="Recompute every chain and state, and hold the tables against the published log.")
def check() -> None:
    """Name what does not hold, the first hundred faults at most, and exit 1. Nobody waits for it meanwhile."""
    with reading() as session:
        broken = (f"{each.subject}, event {each.sequence}: {each.fault}" for each in breaks(session))
        faults = list(islice(chain(broken, auditing.disagreements(session, _public(), _issuer())), MOST_FAULTS + 1))
    for fault in faults[:MOST_FAULTS]:
        click.echo(fault)
    if len(faults) > MOST_FAULTS:
        click.echo("There is more.")
    if faults:
        raise SystemExit(1)
    click.echo("Every chain holds, every state follows from its events, and the published log tells the same.")


def _issuer() -> Issuer | None:
    """Return what brings the key of the log; None where there are no keys."""
    try:
        return current_issuer()
    except NoKeys:
        return None


@sign_list.command("import", help="Load the official list (TSV); a second time changes nothing.")
@click.argument("file", type=click.File("rb"))
def import_list(file: click.utils.LazyFile) -> None:
    """Report what was added and which lines are faulty."""
    try:
        report = signs.import_signs(file, session=db.session)
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    db.session.commit()
    for number, fault in report.faults:
        click.echo(f"line {number}: {fault}", err=True)
    click.echo(f"{report.added} added, {report.corrected} corrected, {report.unchanged} unchanged,", nl=False)
    click.echo(f" {len(report.faults)} faulty")


@demo.command("load", help="Load the invented population; refused in production and on a database in use.")
def load() -> None:
    """Fill an empty database through the rules themselves."""
    if not current_app.config["DEMONSTRATION"]:
        raise click.ClickException("Demonstration data never loads in production (CERTIFY_DEMONSTRATION is not set).")
    try:
        demonstration.load(session=db.session, store=store(), at=now(), issuer=demonstration_issuer(now()))
    except ValueError as fault:
        raise click.ClickException(str(fault)) from fault
    db.session.commit()
    click.echo("The demonstration is loaded.")


@demo.command("show", help="Show where to start looking.")
@click.option("--json", "as_json", is_flag=True, help="For a program.")
def show(as_json: bool) -> None:
    """List accounts, dossiers and licences of the demonstration."""
    shown = demonstration.show(db.session)
    if as_json:
        json.dump(shown, sys.stdout, ensure_ascii=False, indent=1)
        return
    for account in shown["accounts"]:
        click.echo(f"{account['role']:14} {account['email']:40} {account['password']}")
    for row in (*shown["dossiers"], *shown["licences"]):
        click.echo(f"{row['state']:28} {row['number'] or '':22} {row['path']}")


@demo.command("advance", help="Move the demonstration some days ahead.")
@click.argument("days", type=click.IntRange(min=1))
def advance(days: int) -> None:
    """Time passes; the clock then does what it must."""
    if not current_app.config["DEMONSTRATION"]:
        raise click.ClickException("Only a demonstration can be moved ahead.")
    advance_demonstration(days, actor=Actor(db.session, None, now()))
    db.session.commit()
    click.echo(f"It is now {Actor(db.session, None, now()).today:%Y-%m-%d}.")


@accounts.command("invite", help="Create an account and send its holder a link; the first administrator begins here.")
@click.argument("email")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in OFFICES]),
    default=str(Role.ADMINISTRATOR),
)
@click.option("--language", type=click.Choice(["fr", "ar", "en"]), default="fr")
def invite(email: str, name: str, role: str, language: str) -> None:
    """Write the invitation to the outbox; `tick` delivers it."""
    newcomer = SimpleNamespace(name=name, email=email.lower(), locale=language)
    try:
        open_account(newcomer, roles={Role(role)}, key=current_app.secret_key, actor=Actor(db.session, None, now()))
    except WorkflowError as refusal:
        raise click.ClickException(str(refusal)) from refusal
    db.session.commit()
    click.echo(f"{email} is invited.")
