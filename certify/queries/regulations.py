"""The versions of the regulations of use, read once from files of the package: no session is needed."""

import tomllib
from datetime import date
from functools import lru_cache
from importlib.resources import files

from certify.workflows.errors import NotFound
from certify.workflows.regulation import Regulation
from certify.workflows.words import N_


@lru_cache(maxsize=1)
def list_regulations() -> tuple[Regulation, ...]:
    """List every version, the oldest first.

    Raises ValueError, naming file and key, when a file does not hold what a regulation must, or bears another name than
    its version: better no start at all than a wrong delay.
    """
    folder = files("certify").joinpath("regulation")
    versions = (
        _read(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".toml")
    )
    return tuple(sorted(versions, key=lambda regulation: (regulation.valid_from, regulation.version)))


def get_regulation(version: str) -> Regulation:
    """Return the version that a dossier was filed under, or raise NotFound."""
    found = next((regulation for regulation in list_regulations() if regulation.version == version), None)
    if found is None:
        raise NotFound(N_("There is no version %(version)s of the regulations of use."), version=version)
    return found


def get_regulation_in_force(on: date) -> Regulation:
    """Return the version in force on a day, which a dossier filed that day keeps; raise NotFound before the first."""
    return in_force(list_regulations(), on)


def in_force(regulations: tuple[Regulation, ...], on: date) -> Regulation:
    """Choose among versions, the oldest first, the last that was valid on a day; raise NotFound before the first."""
    found = next((regulation for regulation in reversed(regulations) if regulation.valid_from <= on), None)
    if found is None:
        raise NotFound(N_("No version of the regulations of use was in force on %(day)s."), day=on)
    return found


def _read(name: str, text: str) -> Regulation:
    try:
        regulation = Regulation.parse(tomllib.loads(text))
    except ValueError as fault:
        raise ValueError(f"{name}: {fault}") from fault
    if name != f"{regulation.version}.toml":
        raise ValueError(f"{name}: holds version {regulation.version}")
    return regulation
