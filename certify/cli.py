"""The commands, one group per audience: `flask --app certify --help`. WeasyPrint is loaded only by those that print."""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from certify import cli_migrations, serving
from certify.cli_keys import current_issuer, current_press, demonstration_issuer, keys
from certify.extensions import db
from certify.mail.transport import open_transport
from certify.models import Paper
from certify.operations import auditing, demonstration, signs, timekeeping
from certify.operations.acting import Actor
from certify.operations.anchoring import anchor_head
from certify.operations.delivery import deliver
from certify.operations.demonstration_clock import advance_demonstration
from certify.operations.publishing import publish
from certify.operations.storage import Store
from certify.operations.users import OFFICES, open_account
from certify.operations.witnessing import have_witnessed, read_witnesses
from certify.pack.archive import Pack
from certify.queries.journal import find_break
from certify.queries.pack import find_decided, gather_pack
from certify.queries.settings import get_days_ahead
from certify.trust.keyring import NoKeys
from certify.workflows.errors import WorkflowError
from certify.workflows.permissions import Role

if TYPE_CHECKING:
    from certify.operations.sealing import Press

PAUSE = 1.0
"""Seconds between two looks at the outbox and the papers to print."""

DUTIES_EVERY = 60.0
"""Seconds between two looks at what time must do; a demonstration moved ahead looks at once."""

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
    """Serve until told to stop."""
    raise SystemExit(serving.serve(port, workers))


@click.command(help="Do what time does: reminders, lapses, expiry; print papers; deliver messages; publish the log.")
@click.option("--forever", is_flag=True, help="Go on until told to stop.")
def tick(forever: bool) -> None:
    """Look once, or again and again. Safe when two run at once."""
    looked_at, day = 0.0, None
    while True:
        today = Actor(db.session, None, now()).today
        if today != day or time.monotonic() - looked_at > DUTIES_EVERY:
            looked_at, day = time.monotonic(), today
            keep_time()
        print_and_deliver()
        db.session.remove()
        if not forever:
            return
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


def print_and_deliver() -> None:
    """Deliver messages, publish the log, print papers: all follow from what was committed, the slowest comes last."""
    from certify.operations.printing import print_pending  # noqa: PLC0415 - WeasyPrint stays out of the web workers

    with open_transport(current_app.config, Path(current_app.instance_path)) as transport:
        deliver(db.session, transport, at=now(), base_url=current_app.config["BASE_URL"])
    try:
        auditing.anchor_journal(db.session, at=now())
        db.session.commit()
        public = Path(current_app.instance_path) / "public"
        publish(db.session, public, issuer=current_issuer(), at=now())
        have_witnessed(public, read_witnesses(current_app.config["WITNESSES"]), current_issuer(), current_app.logger)
        press = current_press()
        anchor_head(db.session, public, press.stamp, current_app.logger, at=now())
        db.session.commit()
        print_pending(db.session, store(), press, at=now(), limit=5)
    except NoKeys as missing:
        current_app.logger.warning("Nothing is published or printed: %s", missing)


@click.command(help="Write an issued paper to a file.")
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def paper(number: str, file: Path) -> None:
    """Print the paper if that was not done yet, and copy it."""
    from certify.operations.printing import paper_bytes  # noqa: PLC0415 - WeasyPrint stays out of the web workers

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


def _press() -> Press:
    try:
        return current_press()
    except NoKeys as missing:
        raise click.ClickException(str(missing)) from missing


@journal.command("check", help="Recompute every chain and state; name the first break.")
def check() -> None:
    """Exit 1 at the first break."""
    broken = find_break(db.session)
    fault = f"{broken.subject}, event {broken.sequence}: {broken.fault}" if broken else None
    fault = fault or next(auditing.disagreements(db.session), None)
    if fault:
        click.echo(fault)
        raise SystemExit(1)
    click.echo("Every chain holds, every state follows from its events, and the public log tells the same.")


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
