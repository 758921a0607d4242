"""What is printed: the sheets of a released batch, and the mark of a product alone. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from certify.models import LabelBatch, Licence
from certify.operations.credentials import Issuer
from certify.operations.labels import identity_of
from certify.pdf.sheets import A4_65, ROLL_20, ROLL_20_PIN, Label, sheets
from certify.pdf.symbols import Symbol, TooLong, sealed_symbol, short_symbol
from certify.trust.keyring import GivenUp
from certify.trust.keys import Signer
from certify.trust.pin import opening_pin
from certify.trust.seal import Identity, make_seal
from certify.workflows.errors import Refused
from certify.workflows.machine import Term
from certify.workflows.numbering import show_mark
from certify.workflows.printkit import MarkForm
from certify.workflows.words import N_

GROUP = 4
OPEN = "/open"
"""Where an opening number is typed: printed beside it."""


class Paper(Term):
    """What labels are printed on."""

    A4 = "a4", N_("A4 sheets of 65 labels, 38.1 × 21.2 mm")
    ROLL = "roll", N_("A roll of labels 20 mm wide")


@dataclass(frozen=True)
class Mark:
    """A mark that is ready to be drawn: its address, its symbol, and the line under it."""

    address: str
    symbol: Symbol
    line: str


def batch_sheets(
    batch: LabelBatch, serials: Sequence[tuple[int, str]], paper: Paper, *, issuer: Issuer, title: str
) -> Iterator[bytes]:
    """Write the labels of a batch, sealed one by one as the pages leave. The same batch gives the same bytes.

    Raises Refused when the key that the batch was committed with seals no more, or that of its opening numbers was
    stolen; and NoKeys when one is not at hand: before the first page, for a page that left cannot be called back.
    """
    if batch.kid != issuer.keys.seal_kid:
        raise Refused(N_("The key of these labels seals no more: declare void what is not printed, and order others."))
    layout = A4_65 if paper is Paper.A4 else ROLL_20_PIN if batch.has_pin else ROLL_20
    try:
        pin_key = issuer.keys.pin_key_of(batch.pin_year) if batch.has_pin else None
    except GivenUp as given_up:
        raise Refused(PIN_KEY_STOLEN) from given_up
    labels = _labels(batch, serials, paper, issuer, signer=issuer.keys.seal_signer, pin_key=pin_key)
    return sheets(labels, layout, title=title, at=batch.settled_at)


def product_mark(licence: Licence, form: MarkForm, *, issuer: Issuer, gtin: str | None, lot: str | None) -> Mark:
    """Return the mark of a product. Sealed: of its bar code and lot, or of the licence itself; short: of the licence.

    Raises Refused when it cannot be made: the label has no key of its own, or its host is too long.
    """
    try:
        if form is MarkForm.SHORT:
            address = short_address(issuer.base_url, licence.mark)
            return Mark(address, short_symbol(address), f"{issuer.host} · {show_mark(licence.mark)}")
        identity = Identity(gtin=gtin, lot=lot) if gtin else issuer.identity_of(licence)
        if identity is None:
            raise Refused(N_("Without a bar code there is no sealed mark yet: use the short one."))
        address = issuer.seal(identity)
        return Mark(address, sealed_symbol(address), f"{issuer.host} · {show_mark(licence.mark)}")
    except TooLong as error:
        raise Refused(N_("The address of the label is too long for this mark.")) from error


def short_address(base_url: str, mark: str) -> str:
    """Return the address of a mark for the smallest symbol: in capitals throughout, unless a path stands before it."""
    address = f"{base_url}/v/{mark}"
    return address if urlsplit(base_url).path else address.upper()


def printed_pin(pin: str) -> str:
    """Write an opening number in two groups: 6738 0419."""
    return f"{pin[:GROUP]} {pin[GROUP:]}"


PIN_KEY_STOLEN = N_(
    "The key of the opening numbers of these labels was stolen: declare void what is not printed, and order others."
)


def _labels(
    batch: LabelBatch,
    serials: Sequence[tuple[int, str]],
    paper: Paper,
    issuer: Issuer,
    *,
    signer: Signer,
    pin_key: bytes | None,
) -> Iterator[Label]:
    site = f"{issuer.host}{OPEN}" if pin_key else issuer.host
    for rank, serial in serials:
        identity = identity_of(batch, serial)
        shown = show_mark(serial)
        sheet = (site, shown[: 2 * GROUP + 1], shown[2 * GROUP + 2 :], f"nº {rank}")
        lines = sheet if paper is Paper.A4 else (shown, f"{site} · nº {rank}")
        pin = printed_pin(opening_pin(identity, pin_key)) if pin_key else None
        yield Label(f"{issuer.base_url}/{make_seal(identity, batch.kid, signer)}{identity.path}", lines, pin)
