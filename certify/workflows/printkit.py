"""The print kit: which form of the mark goes on which pack, and how large it must be printed to be read (TDM-1, §3.2).

A printer has dots, and a module must be a whole number of them: a mark that is scaled in between is blurred by the
printer itself. Lengths are in millimetres. The smallest modules are those that survived (`docs/proof.md`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from certify.workflows.machine import Term
from certify.workflows.words import N_

INCH = 25.4
QUIET_ZONE = 4
"""Modules left blank on each side."""

LARGEST = 1.0
"""A module larger than this gains nothing."""

NARROW = 70
"""A jar narrower than this bends a mark so much that lid or shoulder are better."""


class MarkForm(Term):
    """What a printed mark carries: its smallest module, and what it is good for in a sentence."""

    smallest: float
    told: str

    def __init__(self, _value: str, _label: str, smallest: float, told: str) -> None:
        self.smallest, self.told = smallest, told

    SEALED = (
        *("sealed", N_("Sealed mark"), 0.375),
        N_("Its signature is read without network: nobody can invent one. Use it wherever it fits."),
    )
    SHORT = (
        *("short", N_("Short mark"), 0.42),
        N_(
            "It leads to the page of the product. It bears no signature: use it only where the sealed one does not fit."
        ),
    )


class Package(Term):
    """What the mark is put on: the form that suits it, and how to place it there."""

    form: MarkForm
    told: str

    def __init__(self, _value: str, _label: str, form: MarkForm, told: str) -> None:
        self.form, self.told = form, told

    FLAT = (
        *("flat", N_("Box, bag or lid"), MarkForm.SEALED),
        N_("Keep it away from folds, seams and edges."),
    )
    JAR = (
        *("jar", N_("Jar"), MarkForm.SEALED),
        N_("On a jar narrower than 70 mm, put it on the lid or on a flat shoulder. Its sides stand upright."),
    )
    BOTTLE = (
        *("bottle", N_("Bottle"), MarkForm.SEALED),
        N_("Put it where the bottle is straight and widest. Its sides stand upright."),
    )
    SMALL = (
        *("small", N_("Small label"), MarkForm.SHORT),
        N_("For labels narrower than 20 mm, such as those of a vial. Lay it flat where you can."),
    )


class Printer(Term):
    """What prints it: its dots to the inch."""

    dpi: float

    def __init__(self, _value: str, _label: str, dpi: float) -> None:
        self.dpi = dpi

    THERMAL_203 = "thermal_203", N_("Label printer, 203 dpi"), 203.2
    THERMAL_300 = "thermal_300", N_("Label printer, 300 dpi"), 300
    DIGITAL_600 = "digital_600", N_("Office or digital printer, 600 dpi"), 600
    OFFSET_2400 = "offset_2400", N_("Printing house, 2400 dpi"), 2400


@dataclass(frozen=True)
class Size:
    """One size to print: `dots` of the printer to a module, `modules` to a side without the quiet zone."""

    dots: int
    dpi: float
    modules: int

    @property
    def module(self) -> float:
        """The side of a module."""
        return self.dots * INCH / self.dpi

    @property
    def symbol(self) -> float:
        """The side of the symbol itself."""
        return self.modules * self.module

    @property
    def side(self) -> float:
        """The side of all that must stay free for it, quiet zone included."""
        return (self.modules + 2 * QUIET_ZONE) * self.module


def sizes(form: MarkForm, printer: Printer, modules: int) -> tuple[Size, ...]:
    """List the sizes of a mark of `modules` on this printer, the smallest that is safe first.

    A step is a dot, or as many as make a twentieth of a millimetre where dots are finer.
    """
    step = max(1, round(printer.dpi / INCH / 20))
    first = ceil(round(form.smallest * printer.dpi / INCH, 6))
    return tuple(
        size for dots in range(first, first + 6 * step, step)
        if (size := Size(dots, printer.dpi, modules)).module <= LARGEST or dots == first
    )  # fmt: skip
