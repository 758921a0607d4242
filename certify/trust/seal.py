"""The seal of a pack: a GS1 Digital Link whose path is itself signed (`trust.md` §3.1 and §3.2).

    https://host/SEAL/01/GTIN[/10/LOT][/21/SERIAL]     SEAL = base32( key byte ‖ Ed25519 signature ), 104 characters
    https://host/SEAL/253/GDTI[DOCUMENT]               signed: "tdm-seal-v1" LF path LF

The host is not signed, so that a change of domain leaves what is printed good. A seal proves that the label gave out
this identifier; it cannot prove that the pack in the hand is the one it was glued on.
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from certify.trust.keys import KeyState, SealKey, Signer, is_signed
from certify.workflows.errors import Malformed
from certify.workflows.numbering import parse_mark
from certify.workflows.verdict import SealReading
from certify.workflows.words import N_

DOMAIN = b"tdm-seal-v1\n"
SEAL = re.compile(r"[A-Z2-7]{104}")
BY_GTIN = re.compile(r"/01/(?P<gtin>[0-9]{14})(/10/(?P<lot>[0-9A-Z-]{1,20}))?(/21/(?P<serial>[0-9A-Z]{12}))?")
BY_GDTI = re.compile(r"/253/(?P<gdti>[0-9]{13})(?P<document>[0-9A-Z]{0,17})")
LONGEST = 300

NOT_OURS = N_("This address is not a sealed mark of the label.")


@dataclass(frozen=True)
class Identity:
    """What a code on a pack names: a trade item (with lot, serial), or a document type with its serial."""

    gtin: str | None = None
    lot: str | None = None
    serial: str | None = None
    gdti: str | None = None
    document: str | None = None

    @property
    def path(self) -> str:
        """The canonical path, upper case: what is signed."""
        if self.gdti:
            return f"/253/{self.gdti}{self.document or ''}"
        parts = (("01", self.gtin), ("10", self.lot), ("21", self.serial))
        return "".join(f"/{identifier}/{value}" for identifier, value in parts if value)


@dataclass(frozen=True)
class Address:
    """A scanned address, taken apart; `seal` is None when the code bears none."""

    host: str
    seal: str | None
    identity: Identity


def parse_path(path: str) -> Identity:
    """Read a canonical path. Raises Malformed unless it follows the grammar and its check digits match."""
    found = BY_GTIN.fullmatch(path) or BY_GDTI.fullmatch(path)
    if found is None:
        raise Malformed(NOT_OURS)
    parts = {name: value for name, value in found.groupdict().items() if value}
    if check_digit((key := parts.get("gtin") or parts["gdti"])[:-1]) != key[-1]:
        raise Malformed(N_("This code is mistyped: its check digit does not match."))
    if "serial" in parts and parse_mark(parts["serial"]) != parts["serial"]:
        raise Malformed(NOT_OURS)
    return Identity(**parts)


def parse_address(address: str) -> Address:
    """Take a scanned address apart, whatever the case of its path. Raises Malformed for anything but a code of ours."""
    try:
        parts = urlsplit(address.strip()[:LONGEST])
        is_plain = parts.scheme == "https" and parts.hostname and parts.netloc.lower() == parts.hostname
    except ValueError as error:
        raise Malformed(NOT_OURS) from error
    if not is_plain or parts.query or parts.fragment or not parts.path.isascii():
        raise Malformed(NOT_OURS)
    path = parts.path.upper()
    first, _, rest = path[1:].partition("/")
    seal = first if SEAL.fullmatch(first) else None
    return Address(parts.hostname, seal, parse_path(f"/{rest}" if seal else path))


def make_seal(identity: Identity, kid: int, signer: Signer) -> str:
    """Seal an identity with the key `kid` (1 to 255): 104 characters."""
    return b32encode(bytes([kid]) + signer.sign(message(identity))).decode()


def sealed_address(host: str, identity: Identity, kid: int, signer: Signer) -> str:
    """Return the address to print: host in lower case, all that follows in upper case."""
    return f"https://{host.lower()}/{make_seal(identity, kid, signer)}{identity.path}"


def read_seal(identity: Identity, seal: str | None, keys: Mapping[int, SealKey], on: date) -> SealReading:
    """Judge a seal on a day with the published keys, by the byte that names each; no network is needed.

    Past the term of a key its seals prove nothing: whoever finds an old key that nobody guards any more makes them.
    """
    if seal is None:
        return SealReading.UNSEALED
    kid, signature = open_seal(seal)
    key = keys.get(kid)
    if key is None:
        return SealReading.UNKNOWN_KEY
    if not is_signed(message(identity), signature, key.public):
        return SealReading.FORGED
    if key.state is KeyState.COMPROMISED:
        return SealReading.COMPROMISED
    return SealReading.ENDED if on > key.valid_to else SealReading.GENUINE


def open_seal(seal: str) -> tuple[int, bytes]:
    """Take a seal, as SEAL matches it, apart: the byte of its key and the signature.

    104 characters of five bits are 65 bytes, with nothing to pad; read as one number, they take a twentieth of the time
    that `base64.b32decode` takes.
    """
    blob = int(seal.translate(TO_BASE_32), 32).to_bytes(65, "big")
    return blob[0], blob[1:]


TO_BASE_32 = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789abcdefghijklmnopqrstuv")
"""From the digits of RFC 4648 to those of `int`."""


def message(identity: Identity) -> bytes:
    """Return the bytes that a seal signs."""
    return DOMAIN + identity.path.encode() + b"\n"


def check_digit(digits: str) -> str:
    """Return the GS1 modulo 10 check digit of `digits`."""
    tripled, plain = digits[::-2], digits[-2::-2]
    return str(-(3 * sum(map(int, tripled)) + sum(map(int, plain))) % 10)
