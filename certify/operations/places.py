"""Where an address is, coarsely: a region of Morocco or a country, from a database on this machine, then forgotten.

`GEO_DATABASE` names a file in the MaxMind format that knows subdivisions (GeoLite2-City, DB-IP City Lite); the package
`maxminddb` reads it. Without one every place is unknown, and the signals that compare places stay silent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from certify.queries.reference import list_regions
from certify.workflows.scanning import SOMEWHERE

MOROCCO = "MA"

Lookup = Callable[[str], Any]


def open_places(path: str | None) -> Callable[[str], str]:
    """Return the function from an address to a place. Raises SystemExit when a file is named that cannot be read."""
    if not path:
        return lambda _address: SOMEWHERE
    try:
        import maxminddb  # noqa: PLC0415 - optional: only who names a database needs it
    except ImportError as missing:
        raise SystemExit("GEO_DATABASE is set, but the package maxminddb is not installed.") from missing
    try:
        reader = maxminddb.open_database(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        raise SystemExit(f"GEO_DATABASE cannot be read: {error}") from error
    known = frozenset(region.code for region in list_regions())
    return lambda address: place_of(reader.get, address, known)


def place_of(look_up: Lookup, address: str, known: frozenset[str]) -> str:
    """Return the region (MA-09) or the country (FR) of an address; “?” when the database does not say."""
    try:
        found = look_up(address)
    except ValueError:  # not an address
        return SOMEWHERE
    if not isinstance(found, dict):
        return SOMEWHERE
    country = found.get("country", {}).get("iso_code") or SOMEWHERE
    if country != MOROCCO:
        return country
    region = f"{MOROCCO}-{next((part.get('iso_code') for part in found.get('subdivisions', ())), None)}"
    return region if region in known else SOMEWHERE
