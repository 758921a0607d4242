"""The commands for the keys of the label: made once, rotated each year, given up when one was stolen.

The roots are needed for each, two of three at least, and for nothing else: bring them on a stick, take them away again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from flask import current_app
from flask.cli import AppGroup

from certify.cli_context import now, public
from certify.cli_paper_keys import PAPER, PAPER_ROOT, list_paper_ends, make_papers, replace_root, rotate_papers
from certify.extensions import db
from certify.operations.credentials import Issuer
from certify.operations.publishing import is_published, must_be_newest
from certify.operations.succession import Witnesses, succeed_log
from certify.operations.witnessing import read_witnesses
from certify.trust import ceremony
from certify.trust.keyring import NoKeys, read_keyring
from certify.trust.keys import KeyState
from certify.trust.note import BadNote
from certify.trust.paper_keys import SEAL, read_paper_sealer
from certify.trust.successors import ROLES

if TYPE_CHECKING:
    from certify.operations.sealing import Press

keys = AppGroup("keys", help="The keys of the label, and the roots that vouch for them.")

ROOT, LOG = "root", "log"

new_roots_option = click.option(
    "--new-roots",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where new roots go, when roots are replaced: another stick.",
)


def _needed(context: click.Context, option: click.Parameter, roots: Path | None) -> Path | None:
    """Ask for the roots whenever one of them signs: the root of papers alone is replaced without."""
    if roots is None and PAPER_ROOT not in context.params.values():
        raise click.MissingParameter(ctx=context, param=option)
    return roots


roots_option = click.option(
    "--roots",
    type=click.Path(file_okay=False, path_type=Path),
    callback=_needed,
    help=f"The folder of the root keys: on a stick, never on this machine. {PAPER_ROOT} is replaced without.",
)


@keys.command("init", help="Make the keys of a new label, and its roots.")
@roots_option
def init(roots: Path) -> None:
    """Say where everything is, and what to do with the roots."""
    with _explained():
        made = ceremony.make_keys(folder(), roots, _host(), current_app.config["CLOCK"]())
        make_papers(folder(), roots, current_app.config["CLOCK"]())
    click.echo(f"The keys of {made.did} are in {folder()}; the service alone may read them.")
    click.echo(
        f"Give the three roots in {roots} to three people, paper-root.key to one, and leave none on this machine."
    )


@keys.command("rotate", help="Give a role another key; what the old one signed stays good.")
@click.argument("role", type=click.Choice((*ROLES, LOG, PAPER, PAPER_ROOT, ROOT)))
@roots_option
@new_roots_option
def rotate(role: str, roots: Path, new_roots: Path | None) -> None:
    """Say the name of the new key; that of papers is made here when the label is older than its sealed papers."""
    _hold_keys()
    if role in (PAPER, PAPER_ROOT):
        _rotate_papers(role, roots, new_roots)
        return
    if role == ROOT:
        _rotate_roots(roots, new_roots)
        return
    if role == LOG:
        _succeed_log(roots, KeyState.RETIRED)
        return
    with _explained():
        name = ceremony.rotate(folder(), roots, role, current_app.config["CLOCK"]())
    click.echo(f"{name}, {_place(name)}, signs from now on; `tick` publishes it.")


@keys.command(
    "compromise",
    help="Say what was stolen, and replace it: seal-26, vc-26, status-26, pin-26, log, paper-seal, paper-root, root-a.",
)
@click.argument("name")
@roots_option
@new_roots_option
def compromise(name: str, roots: Path, new_roots: Path | None) -> None:
    """Say the name of the new key. A root is replaced with the two others; a log by another that goes on from it."""
    _hold_keys()
    if name.startswith(LOG):
        _give_up_log(name, roots)
        return
    if name in (PAPER, SEAL, PAPER_ROOT):
        _rotate_papers(name, roots, new_roots)
        click.echo("Tell the office: from now on a seal on what was never issued is looked into (/check/paper).")
        return
    if name.startswith(f"{ROOT}-"):
        _rotate_roots(roots, new_roots, without=name)
        return
    with _explained():
        successor = ceremony.declare_compromised(folder(), roots, name, current_app.config["CLOCK"]())
    click.echo(f"{name} counts no more; {successor}, {_place(successor)}, signs from now on; `tick` publishes both.")


@keys.command("witnesses", help="Say whose signatures under the log count, and how many a head needs.")
@click.argument("vkeys", nargs=-1, metavar="NAME+ID+KEY…")
@click.option("--quorum", type=click.IntRange(min=0), required=True, help="How many must sign.")
@roots_option
def witnesses(vkeys: tuple[str, ...], quorum: int, roots: Path) -> None:
    """Publish another manifest; where each is asked is the setting WITNESSES."""
    _hold_keys()
    with _explained():
        ceremony.name_witnesses(folder(), roots, vkeys, quorum, current_app.config["CLOCK"]())
    click.echo(f"{len(vkeys)} witnesses count from now on; a head needs {quorum} of them.")


@keys.command("hosts", help="Say under which hosts codes are read: the official one, then all ever printed.")
@click.argument("hosts", nargs=-1, required=True)
@roots_option
def hosts(hosts: tuple[str, ...], roots: Path) -> None:
    """Publish another manifest; the official address itself is the setting BASE_URL."""
    _hold_keys()
    with _explained():
        ceremony.name_hosts(folder(), roots, hosts, current_app.config["CLOCK"]())
    click.echo(f"Codes are read under {', '.join(hosts)} from now on; `tick` publishes it.")


@keys.command("show", help="List the keys and what they are for.")
def show() -> None:
    """List what the manifest says."""
    with _explained():
        ring = read_keyring(folder(), current_app.config["CLOCK"]())
    manifest = ring.manifest
    click.echo(f"{ring.did}, version {manifest.version}, until {manifest.expires_at:%Y-%m-%d}")
    click.echo(f"hosts {' '.join(manifest.hosts)}, roots {' '.join(manifest.roots.keys)}")
    for kid, key in manifest.seals.items():
        click.echo(f"seal-{kid:<22} {key.state}")
    for role, held in manifest.keys.items():
        for kid in held:
            click.echo(f"{kid.partition('#')[2]:<27} {role}")
    click.echo(str(manifest.log))
    for ended in manifest.ended:
        click.echo(f"{ended.key.name:<27} {ended.state}, ended with {ended.size} entries")
    for name, until in ring.ends().items():
        click.echo(f"{name:<27} signs until {until:%Y-%m-%d}")
    with _explained():
        current_press()
    for name, until in list_paper_ends(folder()).items():
        click.echo(f"{name:<27} until {until:%Y-%m-%d}")


def folder() -> Path:
    """Return where the keys are."""
    return Path(current_app.config["KEYS"])


def current_issuer() -> Issuer:
    """Return what licences are issued with. Raises NoKeys."""
    ring = read_keyring(folder(), current_app.config["CLOCK"]())
    return Issuer(current_app.config["BASE_URL"], ring, current_app.config["GDTI"])


def list_ends() -> dict[str, date]:
    """Return the last day of each key that signs now, of the manifest, the seal of papers, its root. Raises NoKeys."""
    return read_keyring(folder(), current_app.config["CLOCK"]()).ends() | list_paper_ends(folder())


def current_press() -> Press:
    """Return what papers are sealed with. Raises NoKeys."""
    from certify.operations.sealing import Press  # noqa: PLC0415 - pyHanko stays out of the web workers
    from certify.trust.paper import time_stamper  # noqa: PLC0415

    settings = current_app.config
    try:
        sealer = read_paper_sealer(folder())
    except (FileNotFoundError, PermissionError, ValueError, ImportError) as fault:
        raise NoKeys(f"Papers wait for the key of their seal: {fault}") from fault
    public = Path(current_app.instance_path) / "public"
    return Press(sealer, time_stamper(settings["TSA_URL"]), current_issuer(), public)


def demonstration_issuer(at: datetime) -> Issuer:
    """Return the issuer of the demonstration, whose keys and roots are made here the first time."""
    roots = Path(current_app.instance_path) / "roots"
    try:
        found = current_issuer()
    except NoKeys:
        ceremony.make_keys(folder(), roots, _host(), at)
        found = current_issuer()
    if not (folder() / "paper-seal.crt").exists():
        make_papers(folder(), roots, at)
    return found


def _hold_keys() -> None:
    """Refuse to change keys of which an older copy was restored: what it lacks would be given out again."""
    if is_published(public()):
        with _explained():
            must_be_newest(db.session, read_keyring(folder(), current_app.config["CLOCK"]()).manifest)


def _succeed_log(roots: Path, state: KeyState) -> None:
    asked = Witnesses(read_witnesses(current_app.config["WITNESSES"]), current_app.logger)
    with _explained():
        before, moment = current_issuer(), now()
        try:
            done = succeed_log(db.session, public(), roots, issuer=before, state=state, witnesses=asked, at=moment)
        except BadNote as fault:
            raise NoKeys(f"{fault}. Has somebody given it another key already? See `keys show`.") from fault
    manifest, old = done.issuer.keys.manifest, before.keys.manifest.log
    click.echo(f"The log {old.name} ended with {done.end.size} entries, signed by {len(done.witnesses)} witnesses.")
    click.echo(f"{manifest.log.name}, {_place(manifest.log.below)}, goes on from there.")
    click.echo(f"Destroy the key {old.below}: it signs nothing any more, but another past.")
    click.echo(f"Tell each witness to run, with the memory that it has, for {manifest.log}")
    if manifest.quorum:
        click.echo(f"Until {manifest.quorum} of them sign, certificates wait and devices go by what they know.")


def _give_up_log(name: str, roots: Path) -> None:
    """Give the log of today another key, or say that of one that has ended was stolen since."""
    at = current_app.config["CLOCK"]()
    with _explained():
        present = read_keyring(folder(), at).manifest.log.below
        if name == present:
            _succeed_log(roots, KeyState.COMPROMISED)
            return
        ceremony.declare_log_stolen(folder(), roots, name, at)
    click.echo(f"The signature of {name}, which ended before, proves nothing alone from now on; `tick` publishes it.")
    click.echo(f"The log of today keeps its key. Was that stolen? `keys compromise {present}`")


def _place(name: str) -> str:
    """Say where a new key is: who wanted it in a token writes its `.toml` before."""
    return "in a token" if (folder() / f"{name}.toml").exists() else "in a file"


def _rotate_papers(name: str, roots: Path, new_roots: Path | None) -> None:
    with _explained():
        if name == PAPER_ROOT:
            replace_root(folder(), new_roots, current_app.config["CLOCK"]())
        else:
            rotate_papers(folder(), roots, current_app.config["CLOCK"]())


def _rotate_roots(roots: Path, new_roots: Path | None, without: str | None = None) -> None:
    if new_roots is None:
        raise click.UsageError("Say with --new-roots where the new roots go.")
    with _explained():
        if without and without not in read_keyring(folder(), current_app.config["CLOCK"]()).manifest.roots.keys:
            raise NoKeys(f"The manifest knows no root {without}.")
        made = ceremony.rotate_roots(folder(), roots, new_roots, current_app.config["CLOCK"](), without=without)
    click.echo(f"{', '.join(made)} in {new_roots} are the roots from now on; `tick` publishes them.")
    click.echo("Give them to three people. Keep the old ones for a year: who has not followed yet needs them.")


def _host() -> str:
    return current_app.config["BASE_URL"].split("://", 1)[1]


@contextmanager
def _explained() -> Iterator[None]:
    """Say what went wrong in one sentence."""
    try:
        yield
    except (NoKeys, ValueError, FileExistsError, FileNotFoundError, PermissionError) as fault:
        raise click.ClickException(str(fault)) from fault
