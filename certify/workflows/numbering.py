"""The numbers that the office gives and the mark behind the QR: made, checked when typed, written one way only.

A number says what it names: DEM-2026-00042 a dossier, CH-2026-03 a meeting, TDM-09-2026-0107-L a licence of region 09,
and a paper bears the number of what it is about (REC-, DEC-, PV-, CERT-). A second decision on a dossier adds its
place, DEC-DEM-2026-00042-2, an erratum to minutes its rank, PV-CH-2026-03-R1. Ranks begin at one each year; a
rank longer than its usual width is written in full. A licence ends with a check character (ISO 7064 mod 37,36).
A sample bears a code that says nothing either: seven random symbols and a check symbol.
The mark says nothing: eleven random symbols and a check symbol (Luhn mod 32), unguessable, fit to be read aloud.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from certify.workflows.errors import Malformed
from certify.workflows.machine import Term
from certify.workflows.words import N_, tidy

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MARK_LENGTH = 12
SHORT_LENGTH = 8
LAST_REGION = 12


class Kind(Term):
    """What a number names."""

    DOSSIER = "dossier", N_("Dossier")
    RECEIPT = "receipt", N_("Receipt")
    DECISION = "decision", N_("Decision")
    MEETING = "meeting", N_("Meeting")
    MINUTES = "minutes", N_("Minutes")
    ERRATUM = "erratum", N_("Erratum")
    LICENCE = "licence", N_("Licence")
    CERTIFICATE = "certificate", N_("Certificate")


@dataclass(frozen=True)
class Number:
    """A number read from its text. `region` (1 to 12) is None but for a licence and its certificate; `version` is None
    but for a certificate, for an erratum (its rank) and for a decision that is not the first. `str()` gives the one way
    of writing it.
    """

    kind: Kind
    year: int
    rank: int
    region: int | None = None
    version: int | None = None

    def __str__(self) -> str:
        return WRITERS[self.kind](self)


def dossier_number(year: int, rank: int) -> str:
    """Return the number of the `rank`-th dossier filed in `year`: DEM-2026-00042."""
    return str(Number(Kind.DOSSIER, year, rank))


def meeting_number(year: int, rank: int) -> str:
    """Return the number of the `rank`-th meeting of `year`: CH-2026-03."""
    return str(Number(Kind.MEETING, year, rank))


def licence_number(region: int, year: int, rank: int) -> str:
    """Return the number of the `rank`-th licence given in `year`, with its check character: TDM-09-2026-0107-L."""
    return str(Number(Kind.LICENCE, year, rank, region))


def receipt_number(dossier: str) -> str:
    """Return the number of the filing receipt of a dossier: REC-DEM-2026-00042."""
    return f"REC-{dossier}"


def decision_number(dossier: str, version: int | None = None) -> str:
    """Return the number of the decision on a dossier: DEC-DEM-2026-00042, then DEC-DEM-2026-00042-2 and so on."""
    return f"DEC-{dossier}-{version}" if (version or 1) > 1 else f"DEC-{dossier}"


def minutes_number(meeting: str) -> str:
    """Return the number of the minutes of a meeting: PV-CH-2026-03."""
    return f"PV-{meeting}"


def erratum_number(minutes: str, rank: int) -> str:
    """Return the number of the `rank`-th erratum to minutes: PV-CH-2026-03-R1."""
    return f"{minutes}-R{rank}"


def certificate_number(licence: str, version: int) -> str:
    """Return the number of the `version`-th certificate of a licence: CERT-TDM-09-2026-0107-L-1."""
    return f"CERT-{licence}-{version}"


def convocation_number(meeting: str, rank: int) -> str:
    """Return the number of the `rank`-th convocation to a meeting: CONV-CH-2026-03-7."""
    return f"CONV-{meeting}-{rank}"


def _write_licence(number: Number) -> str:
    stem = f"TDM-{number.region:02d}-{number.year}-{number.rank:04d}"
    return f"{stem}-{check_character(stem)}"


WRITERS: dict[Kind, Callable[[Number], str]] = {
    Kind.DOSSIER: lambda number: f"DEM-{number.year}-{number.rank:05d}",
    Kind.RECEIPT: lambda number: receipt_number(WRITERS[Kind.DOSSIER](number)),
    Kind.DECISION: lambda number: decision_number(WRITERS[Kind.DOSSIER](number), number.version),
    Kind.MEETING: lambda number: f"CH-{number.year}-{number.rank:02d}",
    Kind.MINUTES: lambda number: minutes_number(WRITERS[Kind.MEETING](number)),
    Kind.ERRATUM: lambda number: erratum_number(WRITERS[Kind.MINUTES](number), number.version),
    Kind.LICENCE: _write_licence,
    Kind.CERTIFICATE: lambda number: certificate_number(_write_licence(number), number.version),
}

DOSSIER_SHAPE = r"DEM-(?P<year>2[0-9]{3})-(?P<rank>[0-9]{1,9})"
MEETING_SHAPE = r"CH-(?P<year>2[0-9]{3})-(?P<rank>[0-9]{1,9})"
LICENCE_SHAPE = r"TDM-(?P<region>[0-9]{1,2})-(?P<year>2[0-9]{3})-(?P<rank>[0-9]{1,9})-(?P<check>[0-9A-Z])"
SHAPES = {
    Kind.DOSSIER: re.compile(DOSSIER_SHAPE),
    Kind.RECEIPT: re.compile(f"REC-{DOSSIER_SHAPE}"),
    Kind.DECISION: re.compile(rf"DEC-{DOSSIER_SHAPE}(-(?P<version>[0-9]{{1,4}}))?"),
    Kind.MEETING: re.compile(MEETING_SHAPE),
    Kind.MINUTES: re.compile(f"PV-{MEETING_SHAPE}"),
    Kind.ERRATUM: re.compile(rf"PV-{MEETING_SHAPE}-R(?P<version>[0-9]{{1,4}})"),
    Kind.LICENCE: re.compile(LICENCE_SHAPE),
    Kind.CERTIFICATE: re.compile(rf"CERT-{LICENCE_SHAPE}-(?P<version>[0-9]{{1,4}})"),
}


def parse_number(text: str, *kinds: Kind) -> Number:
    """Read a number as people type it, of one of `kinds` (any, when none is named).

    Lower case, spaces for dashes and missing leading zeros are accepted. Raises Malformed when it is no number of ours,
    of another kind than asked, or its check character does not match.
    """
    typed = re.sub(r"[ \-/]+", "-", tidy(text).upper())
    kind, found = next(
        ((kind, found) for kind, shape in SHAPES.items() if (found := shape.fullmatch(typed))), (None, None)
    )
    if found is None:
        raise Malformed(
            N_("This is not one of our numbers. They look like DEM-2026-00042, CH-2026-03 or TDM-09-2026-0107-L.")
        )
    if kinds and kind not in kinds:
        raise Malformed(N_("“%(typed)s” is a number of another kind than the one asked for here."), typed=typed)
    parts = {name: int(part) for name, part in found.groupdict().items() if part is not None and name != "check"}
    number = Number(kind, **parts)
    _check_parts(number, found.groupdict().get("check"))
    return number


def _check_parts(number: Number, check: str | None) -> None:
    if number.rank == 0 or number.version == 0:
        raise Malformed(N_("Our numbers begin at 1: there is no number zero."))
    if number.region is not None and not 1 <= number.region <= LAST_REGION:
        raise Malformed(
            N_("Regions go from 01 to %(last)s; you typed %(region)s."), last=LAST_REGION, region=number.region
        )
    if check is not None and _write_licence(number)[-1] != check:
        raise Malformed(
            N_("This licence number is mistyped: its last letter or digit does not match. Compare each character.")
        )


def check_character(text: str) -> str:
    """Return the ISO 7064 mod 37,36 check character of the letters and digits of `text`."""
    product = 36
    for symbol in text:
        if symbol in ALPHANUMERIC:
            total = (product + ALPHANUMERIC.index(symbol)) % 36 or 36
            product = total * 2 % 37
    return ALPHANUMERIC[(37 - product) % 36]


def make_mark(randomness: bytes) -> str:
    """Return a new mark from eleven random bytes, which the caller takes from `secrets.token_bytes(11)`.

    Each byte gives five bits, evenly: 55 bits in all, so that with ten million live marks a guess hits once in 2^32.
    """
    if len(randomness) != MARK_LENGTH - 1:
        raise ValueError(f"a mark is made of {MARK_LENGTH - 1} random bytes, not {len(randomness)}")
    symbols = "".join(CROCKFORD[byte % 32] for byte in randomness)
    return symbols + _luhn(symbols)


def parse_mark(text: str) -> str:
    """Return the twelve symbols of a mark as somebody reads it from a jar; O counts as 0, I and L as 1.

    Raises Malformed when it is mistyped: that a well-formed mark is unknown is for the register to say.
    """
    mark = text if WRITTEN.fullmatch(text) else _read_mark(text)
    stray = "".join(dict.fromkeys(symbol for symbol in mark if symbol not in CROCKFORD))
    if stray:
        raise Malformed(
            N_("A mark holds only digits and letters, never the letter U: check “%(found)s”."),
            found=stray[:MARK_LENGTH],
        )
    if len(mark) != MARK_LENGTH:
        raise Malformed(
            N_("A mark has %(length)s letters and digits; you typed %(count)s."), length=MARK_LENGTH, count=len(mark)
        )
    if _luhn(mark[:-1]) != mark[-1]:
        raise Malformed(
            N_("This mark is mistyped: one character is wrong or two are swapped. Compare it with the label.")
        )
    return mark


WRITTEN = re.compile(rf"[{CROCKFORD}]{{{MARK_LENGTH}}}")
"""A mark as we write it ourselves."""


def _read_mark(text: str) -> str:
    return tidy(text).upper().translate(AS_READ)


AS_READ = str.maketrans("OIL", "011", " .-")
"""What is read for what, and what is passed over."""


def make_sample_code(randomness: bytes) -> str:
    """Return a new code for a part of a sample, from seven random bytes: `4T2X-P8QJ`. It tells nothing."""
    return _make_short(randomness)


def parse_sample_code(text: str) -> str:
    """Return the code of a sample as somebody reads it from its label; raises Malformed when it is mistyped."""
    if (code := _read_short(text)) is None:
        raise Malformed(N_("This is no code of a sample. Codes look like 4T2X-P8QJ: compare it with the label."))
    return code


def make_opening_receipt(randomness: bytes) -> str:
    """Return a new receipt for whoever opens a pack first, from seven random bytes: `4T2X-P8QJ`."""
    return _make_short(randomness)


def parse_opening_receipt(text: str) -> str:
    """Return the receipt of an opening as somebody wrote it down; raises Malformed when it is mistyped."""
    if (receipt := _read_short(text)) is None:
        raise Malformed(N_("This is no receipt. Receipts look like 4T2X-P8QJ; leave the field empty if you have none."))
    return receipt


def show_mark(mark: str) -> str:
    """Write a mark in three groups of four: `7K9M-4T2X-P8QJ`."""
    return "-".join(mark[place : place + 4] for place in range(0, MARK_LENGTH, 4))


def _make_short(randomness: bytes) -> str:
    symbols = "".join(CROCKFORD[byte % 32] for byte in randomness)
    if len(symbols) != SHORT_LENGTH - 1:
        raise ValueError(f"a code is made of {SHORT_LENGTH - 1} random bytes, not {len(symbols)}")
    code = symbols + _luhn(symbols)
    return f"{code[:4]}-{code[4:]}"


def _read_short(text: str) -> str | None:
    code = _read_mark(text)
    if len(code) != SHORT_LENGTH or set(code) - set(CROCKFORD) or _luhn(code[:-1]) != code[-1]:
        return None
    return f"{code[:4]}-{code[4:]}"


def _luhn(symbols: str) -> str:
    """Return the Luhn mod 32 check symbol: from the right, every second value is doubled and its two digits added."""
    doubled, plain = symbols[::-2], symbols[-2::-2]
    return CROCKFORD[-(sum(map(DOUBLED.__getitem__, doubled)) + sum(map(CROCKFORD.index, plain))) % 32]


DOUBLED = {symbol: sum(divmod(value * 2, 32)) for value, symbol in enumerate(CROCKFORD)}
