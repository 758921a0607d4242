"""The commands, one group per audience: `flask --app certify --help`. WeasyPrint is loaded only by those that print."""

from __future__ import annotations

import json
import os
import sys
from itertools import chain, islice
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from sqlalchemy import select

from certify import cli_migrations, serving
from certify.cli_clock import hold_database, tick
from certify.cli_context import now, public, store
from certify.cli_keys import current_issuer, current_press, demonstration_issuer, keys
from certify.extensions import db, reading
from certify.models import Paper
from certify.operations import auditing, demonstration, signs
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.operations.demonstration_clock import advance_demonstration
from certify.operations.users import OFFICES, open_account
from certify.pack.archive import Pack
from certify.queries.journal import breaks
from certify.queries.pack import find_decided, gather_pack
from certify.trust.keyring import NoKeys
from certify.workflows.errors import WorkflowError
from certify.workflows.permissions import Role

if TYPE_CHECKING:
    from certify.operations.sealing import Press

MOST_FAULTS = 100
"""How many faults of the journal are named at once."""

journal = AppGroup("journal", help="The evidence.")
sign_list = AppGroup("signs", help="The official list of recognised signs.")
demo = AppGroup("demo", help="The demonstration: invented holders, real rules.")
accounts = AppGroup("accounts", help="The people.")


def register(app: Flask) -> None:
    """Hang the commands on the application."""
    for command in (serve, tick, paper, pack, journal, sign_list, keys, demo, accounts):
        app.cli.add_command(command)
    cli_migrations.register(app)


@click.command(help="Serve the product on 127.0.0.1, with the clock beside it.")
@click.option("--port", type=int, default=lambda: int(os.environ.get("PORT", "8000")), help="8000 unless PORT says.")
@click.option("--workers", type=int, default=2, help="Web processes.")
def serve(port: int, workers: int) -> None:
    """Serve until told to stop; not at all from a database that forgot what was published."""
    hold_database()
    raise SystemExit(serving.serve(port, workers))


@click.command(help="Write an issued paper to a file.")
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def paper(number: str, file: Path) -> None:
    """Print the paper if that was not done yet, and copy it."""
    from certify.operations.printing import paper_bytes  # noqa: PLC0415 - WeasyPrint stays out of the web workers

    hold_database()
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

    hold_database()
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


@journal.command("check", help="Recompute every chain and state, and hold the tables against the published log.")
def check() -> None:
    """Name what does not hold, the first hundred faults at most, and exit 1. Nobody waits for it meanwhile."""
    with reading() as session:
        broken = (f"{each.subject}, event {each.sequence}: {each.fault}" for each in breaks(session))
        faults = list(islice(chain(broken, auditing.disagreements(session, public(), _issuer())), MOST_FAULTS + 1))
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
