"""What a device without network must know besides the status list (`trust.md` §3.7 and §3.10).

The directory says which licence a code is of, the alerts which codes are confirmed copies. Both are statements of the
key that signs the status list, as old as that list may be; neither holds personal data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Self

from certify.trust import tokens
from certify.trust.keys import Signer, to_bytes, to_text
from certify.trust.status import LIFETIME, TTL
from certify.workflows.scanning import CODE_LENGTH

DIRECTORY, ALERTS = "tdm-directory+jwt", "tdm-alerts+jwt"
PREFIX = CODE_LENGTH
"""Bytes of the SHA-256 of a path that name it among the alerts."""


@dataclass(frozen=True)
class Listed:
    """A licence as devices know it; `place` is that in the status list, `holder` and `product` are by language."""

    place: int
    number: str
    mark: str
    gtins: tuple[str, ...]
    holder: Mapping[str, str]
    product: Mapping[str, str]
    valid_from: date
    valid_to: date

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Read an entry of the directory. Raises KeyError, TypeError or ValueError when it is not as it must be."""
        days = (date.fromisoformat(said[name]) for name in ("nbf", "exp"))
        names = (said["number"], said["mark"], tuple(said["gtins"]), said["holder"], said["product"])
        return cls(said["idx"], *names, *days)

    def said(self) -> dict[str, Any]:
        """Write it as an entry of the directory."""
        return {
            "idx": self.place,
            "number": self.number,
            "mark": self.mark,
            "gtins": list(self.gtins),
            "holder": dict(self.holder),
            "product": dict(self.product),
            "nbf": self.valid_from.isoformat(),
            "exp": self.valid_to.isoformat(),
        }


def directory_token(licences: Iterable[Listed], *, kid: str, signer: Signer, at: datetime) -> str:
    """Sign the directory, in the order of the places in the status list."""
    entries = [licence.said() for licence in sorted(licences, key=lambda licence: licence.place)]
    return tokens.sign({**_times(at), "entries": entries}, kind=DIRECTORY, kid=kid, signer=signer)


def read_directory(token: str, keys: Mapping[str, bytes]) -> tuple[Listed, ...]:
    """Return every licence that a signed directory lists. Raises tokens.Untrusted."""
    try:
        return tuple(Listed.of(entry) for entry in tokens.read(token, kind=DIRECTORY, keys=keys)["entries"])
    except (KeyError, TypeError, ValueError) as error:
        raise tokens.Untrusted(str(error)) from error


def alerts_token(prefixes: Iterable[bytes], *, kid: str, signer: Signer, at: datetime) -> str:
    """Sign the list of the codes, by their prefixes, that a person confirmed to be copied or void."""
    written = to_text(b"".join(sorted(set(prefixes))))
    return tokens.sign({**_times(at), "h": written}, kind=ALERTS, kid=kid, signer=signer)


def read_alerts(token: str, keys: Mapping[str, bytes]) -> frozenset[bytes]:
    """Return the prefixes of a signed list of alerts, to be asked for `code_of(path)`. Raises tokens.Untrusted."""
    try:
        prefixes = to_bytes(tokens.read(token, kind=ALERTS, keys=keys)["h"])
        if len(prefixes) % PREFIX:
            raise ValueError("the alerts are cut")
    except (KeyError, TypeError, ValueError) as error:
        raise tokens.Untrusted(str(error)) from error
    return frozenset(prefixes[place : place + PREFIX] for place in range(0, len(prefixes), PREFIX))


def read_times(token: str, *, kind: str, keys: Mapping[str, bytes]) -> tuple[datetime, datetime]:
    """Return when a directory or a list of alerts was signed, and until when it counts. Raises tokens.Untrusted."""
    said = tokens.read(token, kind=kind, keys=keys)
    try:
        return datetime.fromtimestamp(said["iat"], UTC), datetime.fromtimestamp(said["exp"], UTC)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise tokens.Untrusted(str(error)) from error


def _times(at: datetime) -> dict[str, int]:
    issued = int(at.timestamp())
    return {"iat": issued, "exp": issued + int(LIFETIME.total_seconds()), "ttl": int(TTL.total_seconds())}
