"""What the commands for keys do to those of papers: make or replace the key of the seal, and replace its root."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click
from cryptography import x509

from certify.pdf.facts import Letterhead
from certify.trust import paper_keys

PAPER, PAPER_ROOT = "paper", paper_keys.ROOT
"""The role of the key that seals papers; its root is a certificate, which readers of PDF know."""


def make_papers(folder: Path, roots: Path, at: datetime) -> None:
    """Make the root and the seal of a label that has none. Raises FileExistsError."""
    paper_keys.make_paper_keys(folder, roots, Letterhead().authority.fr, at)


def rotate_papers(folder: Path, roots: Path, at: datetime) -> None:
    """Replace the key of the seal, or make all when the label is older than its sealed papers."""
    try:
        paper_keys.read_paper_roots(folder)
    except FileNotFoundError:
        make_papers(folder, roots, at)
    else:
        paper_keys.rotate_paper_seal(folder, roots, at)
    click.echo("Another key seals papers from now on; what the one before sealed stays good.")


def replace_root(folder: Path, new_roots: Path | None, at: datetime) -> None:
    """Replace the root, without the key of the one before, and the key of the seal."""
    if new_roots is None:
        raise click.UsageError("Say with --new-roots where the new root goes.")
    paper_keys.replace_paper_root(folder, new_roots, Letterhead().authority.fr, at)
    click.echo(f"{PAPER_ROOT}.key in {new_roots} is the root of papers from now on, and another key seals under it.")
    click.echo("Papers under the root before stay good, and its certificate stays published: leave it where it is.")


def list_paper_ends(folder: Path) -> dict[str, date]:
    """Return the last day of the present seal and of its root; none without them."""
    paths = [folder / f"{name}.crt" for name in (paper_keys.SEAL, PAPER_ROOT)]
    return {
        path.stem: x509.load_pem_x509_certificate(path.read_bytes()).not_valid_after_utc.date()
        for path in paths
        if path.exists()
    }
