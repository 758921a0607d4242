"""Identifiers that people type: each is parsed to one canonical form, or refused with the sentence that says why.

Spaces, dashes, Arabic-Indic digits, lower case and invisible direction marks are accepted everywhere. `parse_x` raises
Malformed and nothing else, `format_x` writes for people, `remark_on_x` returns what is odd without being wrong.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from certify.workflows.errors import Malformed
from certify.workflows.words import N_, Remark, remark, tidy

SHOWN = 20
LAST_PROVINCE = 75
MOROCCAN_PREFIX = "611"


def _digits(text: str, not_digits: str) -> str:
    """Return the digits typed, without separators; raise Malformed with `not_digits` when something else is left."""
    compact = re.sub(r"[ .\-]", "", tidy(text))
    stray = re.sub(r"[0-9]", "", compact)
    if stray:
        raise Malformed(not_digits, found=stray[:SHOWN])
    return compact


def parse_ice(text: str) -> str:
    """Return the 15 digits of an identifiant commun de l'entreprise: 9 enterprise, 4 establishment, 2 check digits.

    The whole number is a multiple of 97 (ISO 7064 mod 97-10), which finds every single wrong digit.
    """
    ice = _digits(text, N_("An ICE is made of digits only: remove “%(found)s”."))
    if len(ice) != 15:
        raise Malformed(N_("An ICE has 15 digits; you typed %(count)s."), count=len(ice))
    if ice.startswith("0" * 9):
        raise Malformed(N_("This is not an ICE: its first nine digits, the enterprise, are all zero."))
    if int(ice) % 97:
        raise Malformed(N_("This ICE is mistyped: its last two digits do not match the others. Compare each digit."))
    return ice


def format_ice(ice: str) -> str:
    """Write an ICE in groups: `001 561 191 0000 66`."""
    return f"{ice[:3]} {ice[3:6]} {ice[6:9]} {ice[9:13]} {ice[13:]}"


def parse_tax_identifier(text: str) -> str:
    """Return the digits of an identifiant fiscal (IF); its length is not certain enough to refuse on."""
    number = _digits(text, N_("A tax identifier (IF) is made of digits only: remove “%(found)s”."))
    if not 1 <= len(number) <= 15:
        raise Malformed(N_("A tax identifier (IF) has 7 or 8 digits; you typed %(count)s."), count=len(number))
    return number


def remark_on_tax_identifier(number: str) -> Remark | None:
    """Say when an IF does not look like the usual ones: 6 to 9 digits, the first not zero."""
    if re.fullmatch(r"[1-9][0-9]{5,8}", number):
        return None
    return remark(
        N_("A tax identifier (IF) usually has 7 or 8 digits and does not begin with zero; check %(number)s."),
        number=number,
    )


@dataclass(frozen=True)
class SanitaryNumber:
    """An ONSSA authorisation or approval number, CODE.PROVINCE.RECEIPT.YY (décret 2-10-473 art. 13)."""

    activity: str
    province: int
    receipt: int
    year: int

    def __str__(self) -> str:
        return f"{self.activity}.{self.province}.{self.receipt}.{self.year % 100:02d}"


ONSSA_SHAPE = re.compile(r"([A-Z]{1,5})\.([0-9]{1,3})\.([0-9]{1,6})\.([0-9]{2})")


def parse_onssa(text: str, activities: Collection[str], today: date) -> SanitaryNumber:
    """Return the number, its activity being one of `activities` (annex I) and its year not after `today`'s.

    Spaces, dashes or slashes may stand for the points: `pac 15 13 21` is PAC.15.13.21.
    """
    found = ONSSA_SHAPE.fullmatch(re.sub(r"[ .\-/·]+", ".", tidy(text).upper()))
    if not found:
        raise Malformed(
            N_("An ONSSA number has four parts: activity code, province, receipt, year, such as PAC.15.13.21.")
        )
    activity, (province, receipt, year) = found[1], map(int, found.groups()[1:])
    if activity not in activities:
        raise Malformed(
            N_("“%(activity)s” is not an ONSSA activity code. Copy the letters from your authorisation."),
            activity=activity,
        )
    if not 1 <= province <= LAST_PROVINCE:
        raise Malformed(
            N_("Province codes go from 1 to %(last)s; you typed %(province)s."), last=LAST_PROVINCE, province=province
        )
    if receipt == 0:
        raise Malformed(N_("The third part, the receipt number, cannot be zero."))
    if 2000 + year > today.year:
        raise Malformed(
            N_("The last part is the year of the authorisation; %(year)s is in the future."), year=2000 + year
        )
    return SanitaryNumber(activity, province, receipt, 2000 + year)


def format_onssa(number: SanitaryNumber) -> str:
    """Write the number as it stands on the packaging."""
    return str(number)


def remark_on_activity(number: SanitaryNumber, expected: Collection[str]) -> Remark | None:
    """Say when the number was given for another activity than those `expected` of the product's value chain."""
    if number.activity in expected:
        return None
    return remark(
        N_("This number is for activity %(activity)s; this product needs one of: %(expected)s."),
        activity=number.activity,
        expected=", ".join(expected),
    )


def remark_on_province(number: SanitaryNumber, province: int) -> Remark | None:
    """Say when the number was given in another province than the site's."""
    if number.province == province:
        return None
    return remark(
        N_("This number was given in province %(found)s, and your site is in province %(expected)s."),
        found=number.province,
        expected=province,
    )


def parse_gtin(text: str) -> str:
    """Return the 14-digit form of a GTIN-8, -12, -13 or -14 (the number under a bar code), its check digit verified."""
    number = _digits(text, N_("A bar code number (GTIN) is made of digits only: remove “%(found)s”."))
    if len(number) not in (8, 12, 13, 14):
        raise Malformed(
            N_("A bar code number (GTIN) has 8, 12, 13 or 14 digits; you typed %(count)s."), count=len(number)
        )
    gtin = number.zfill(14)
    if not gtin.strip("0"):
        raise Malformed(N_("This is not a bar code number: all its digits are zero."))
    if sum(int(digit) * weight for digit, weight in zip(gtin, (3, 1) * 7, strict=True)) % 10:
        raise Malformed(
            N_("This bar code number is mistyped: its last digit does not match the others. Compare each digit.")
        )
    return gtin


def format_gtin(gtin: str) -> str:
    """Write a GTIN in its shortest usual form: 8, 13 or 14 digits."""
    if gtin.startswith("0" * 6):
        return gtin[6:]
    return gtin.removeprefix("0")


def remark_on_gtin(gtin: str) -> Remark | None:
    """Say when a GTIN was not given by GS1 Maroc (prefix 611). A prefix names who gave it, never the origin."""
    shown = format_gtin(gtin)
    prefix = shown[:3] if len(shown) == 8 else gtin[1:4]
    if len(shown) != 8 and prefix[0] == "2":
        return remark(
            N_("Numbers that begin with %(prefix)s are for use inside one shop; ask GS1 Maroc for yours."),
            prefix=prefix,
        )
    if prefix != MOROCCAN_PREFIX:
        return remark(
            N_("This number begins with %(prefix)s, not 611 (GS1 Maroc): check that the prefix is your own."),
            prefix=prefix,
        )
    return None


def parse_lot(text: str) -> str:
    """Return a lot in capitals without spaces: 3 to 20 letters, digits, dashes or slashes."""
    lot = tidy(text).upper().replace(" ", "")
    stray = re.sub(r"[A-Z0-9/\-]", "", lot)
    if stray:
        raise Malformed(N_("A lot holds only letters, digits, “-” and “/”: remove “%(found)s”."), found=stray[:SHOWN])
    if not 3 <= len(lot) <= 20:
        raise Malformed(N_("A lot has 3 to 20 characters; you typed %(count)s."), count=len(lot))
    return lot


def parse_cnie(text: str) -> str:
    """Return the number of a Moroccan identity card: one or two letters, then one to seven digits."""
    cnie = re.sub(r"[ .\-]", "", tidy(text)).upper()
    if not re.fullmatch(r"[A-Z]{1,2}[0-9]{1,7}", cnie):
        raise Malformed(N_("A CNIE number is one or two letters followed by up to seven digits, such as AB123456."))
    return cnie


def mask_cnie(cnie: str) -> str:
    """Write a CNIE number so that its owner recognises it and nobody else learns it: `AB••••56` (law 09-08)."""
    letters = cnie.rstrip("0123456789")
    digits = cnie.removeprefix(letters)
    return letters + "•" * len(digits[:-2]) + digits[-2:] if len(digits) > 2 else letters + "•" * len(digits)


def parse_phone(text: str) -> str:
    """Return a Moroccan telephone number in its international form, `+212612345678`."""
    number = re.sub(r"[ .\-/()]", "", tidy(text))
    national = re.sub(r"^(\+|00)?2120?|^0(?!0)", "", number)
    if re.search(r"[^0-9+]", number) or "+" in number[1:]:
        raise Malformed(N_("A telephone number is made of digits only, such as 06 12 34 56 78."))
    if national == number:
        raise Malformed(N_("Enter a Moroccan number that begins with 0 or +212, such as 06 12 34 56 78."))
    if len(national) != 9:
        raise Malformed(
            N_("A Moroccan number has 10 digits, or 9 after +212, such as 06 12 34 56 78; you typed %(count)s."),
            count=len(number.lstrip("+")),
        )
    if national[0] not in "5678":
        raise Malformed(N_("A Moroccan number begins with 05, 06, 07 or 08."))
    return f"+212{national}"


def format_phone(phone: str) -> str:
    """Write a telephone number in groups: `+212 6 12 34 56 78`."""
    national = phone.removeprefix("+212")
    return " ".join(("+212", national[0], *(national[place : place + 2] for place in range(1, 9, 2))))
