"""Typed about marks and labels: what to print, what to order, what was packed, what is void, what a pack hides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, Field, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Optional, ValidationError

from certify.forms.auth import OneOf, offer
from certify.forms.base import Form
from certify.forms.product import text
from certify.forms.site import DayField
from certify.workflows.errors import Malformed
from certify.workflows.identifiers import parse_lot
from certify.workflows.label import Cause
from certify.workflows.numbering import parse_mark, parse_opening_receipt
from certify.workflows.printkit import Package, Printer
from certify.workflows.words import tidy

SEALED_LOT = re.compile(r"[0-9A-Z-]{1,20}")


class CountField(StringField):
    """A whole number above zero, in any figures, with or without spaces between thousands."""

    @property
    def count(self) -> int:
        """The number typed."""
        return int(tidy(self.data).replace(" ", ""))

    def pre_validate(self, form: Form) -> None:
        """Refuse what is no such number."""
        if self.data and not re.fullmatch(r"0*[1-9][0-9]{0,6}", tidy(self.data).replace(" ", "")):
            raise ValidationError(gettext("Enter a whole number, such as 480."))


class KitForm(Form):
    """What is printed, on what, by which printer; the view offers the formats."""

    package = SelectField(_l("What the mark is put on"), choices=offer(Package), default=Package.JAR.value)
    printer = SelectField(_l("What prints it"), choices=offer(Printer), default=Printer.THERMAL_203.value)
    sold_as = SelectField(_l("Which format"), validate_choice=False)
    lot = StringField(
        _l("Lot"), [Optional()], description=_l("Only if one mark serves a whole lot: letters, digits and dashes.")
    )

    def validate_lot(self, field: Field) -> None:
        """Keep a lot as a sealed mark carries it."""
        field.data = tidy(field.data).upper().replace(" ", "")
        if not SEALED_LOT.fullmatch(field.data):
            raise ValidationError(gettext("In a sealed mark a lot has 1 to 20 letters, digits or dashes."))


@dataclass(frozen=True)
class Ordered:
    """How many labels are ordered, for which format (its position), with an opening number or not."""

    position: int
    size: int
    has_pin: bool


class OrderForm(Form):
    """An order of numbered labels; the view offers the formats."""

    sold_as = RadioField(_l("For which format"), [OneOf(_l("Choose the format."))], validate_choice=False)
    size = CountField(_l("How many labels"), [DataRequired(_l("Enter how many labels you need."))])
    has_pin = BooleanField(_l("With an opening number under a field to scratch"))

    def result(self) -> Ordered:
        """Return the order."""
        return Ordered(int(self.sold_as.data), self.size.count, self.has_pin.data)


class ReleaseForm(Form):
    """The certified yearly quantity, where the dossier does not state one that can be read."""

    yearly = StringField(_l("Certified yearly quantity"), [Optional()])

    def validate_yearly(self, field: Field) -> None:
        """Keep a number."""
        typed = tidy(field.data).replace("٫", ".").replace(",", ".").replace(" ", "")
        if not re.fullmatch(r"0*[1-9][0-9]{0,11}(\.[0-9]{1,3})?", typed):
            raise ValidationError(gettext("Enter a number above zero, such as 1200."))
        field.data = typed

    def result(self) -> Decimal | None:
        """Return the quantity."""
        return Decimal(self.yearly.data) if self.yearly.data else None


class DeclineForm(Form):
    """Why an order is declined."""

    reason = text(
        _l("Why the order is declined"),
        _l("The holder reads this."),
        required=_l("Write why: the holder reads it."),
    )


class RangeForm(Form):
    """The first and the last label, by their number or serial as they are printed."""

    first = StringField(
        _l("First label"),
        [DataRequired(_l("Enter the number of the first label."))],
        description=_l("Its number, such as 1, or its twelve characters."),
    )
    last = StringField(
        _l("Last label"),
        [DataRequired(_l("Enter the number of the last label."))],
        description=_l("Its number, such as 480, or its twelve characters."),
    )


@dataclass(frozen=True)
class Packed:
    """What was packed: lot, day, and how many packs."""

    lot: str
    packed_on: date
    declared: int


class ActivationForm(RangeForm):
    """What was packed with these labels."""

    lot = StringField(_l("Lot"), [DataRequired(_l("Enter the lot printed on the packs."))])
    packed_on = DayField(_l("Packing day"), [DataRequired(_l("Enter the day of packing."))])
    declared = CountField(
        _l("How many packs"),
        [DataRequired(_l("Enter how many packs you filled."))],
        description=_l("Count the packs: their number must be that of the labels."),
    )

    def validate_lot(self, field: Field) -> None:
        """Keep the lot the one way."""
        try:
            field.data = parse_lot(field.data)
        except Malformed as error:
            raise ValidationError(gettext(error.message, **error.facts)) from error

    def result(self) -> Packed:
        """Return what was packed."""
        return Packed(self.lot.data, self.packed_on.data, self.declared.count)


class VoidForm(RangeForm):
    """Why these labels are void."""

    cause = RadioField(
        _l("What happened"), [OneOf(_l("Choose what happened."))], choices=offer(Cause), validate_choice=False
    )

    def result(self) -> Cause:
        """Return the cause."""
        return Cause(self.cause.data)


@dataclass(frozen=True)
class Scratched:
    """The number found under the field of a label, where the buyer says they are, and the receipts that came along."""

    serial: str
    pin: str
    region: str | None
    offered: str | None
    kept: str | None


class OpenForm(Form):
    """The serial of a label and the number under its field; the view offers the regions, and a new receipt."""

    serial = StringField(
        _l("Characters of the label"),
        [DataRequired(_l("Enter the twelve characters printed beside the mark."))],
        description=_l("Twelve letters and digits, such as 7K9M-4T2X-P8QJ."),
    )
    pin = StringField(
        _l("Number under the field"),
        [DataRequired(_l("Enter the eight digits under the field."))],
        description=_l("Eight digits: scratch the field to read them."),
    )
    region = SelectField(
        _l("Where you are"),
        [Optional()],
        description=_l("Shown, with the day, to whoever types this number again. You may leave it."),
    )
    receipt = StringField(
        _l("Your receipt"),
        [Optional()],
        description=_l("Eight letters and digits, such as 4T2X-P8QJ: the page of the first opening showed them."),
    )
    offered = HiddenField()

    def validate_receipt(self, field: Field) -> None:
        """Keep a receipt the one way."""
        try:
            field.data = parse_opening_receipt(field.data)
        except Malformed as error:
            raise ValidationError(gettext(error.message, **error.facts)) from error

    def validate_offered(self, field: Field) -> None:
        """Leave out what is no receipt: nobody typed it, and another one is drawn."""
        try:
            field.data = parse_opening_receipt(field.data or "")
        except Malformed:
            field.data = None

    def validate_serial(self, field: Field) -> None:
        """Keep the serial the one way."""
        try:
            field.data = parse_mark(field.data)
        except Malformed as error:
            raise ValidationError(gettext(error.message, **error.facts)) from error

    def result(self) -> Scratched:
        """Return what was typed."""
        receipts = {"offered": self.offered.data, "kept": self.receipt.data or None}
        return Scratched(self.serial.data, self.pin.data, self.region.data or None, **receipts)
