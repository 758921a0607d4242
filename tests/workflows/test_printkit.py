"""The print kit: whole dots, never under the smallest module, the sizes that TDM-1 states."""

import pytest

from certify.workflows.printkit import LARGEST, MarkForm, Package, Printer, sizes

STATED = {
    # printer: dots to a module, module, side with its quiet zone (trust.md, 3.2)
    Printer.THERMAL_203: (3, 0.375, 19.9),
    Printer.THERMAL_300: (5, 0.423, 22.4),
    Printer.DIGITAL_600: (9, 0.381, 20.2),
}


@pytest.mark.parametrize("printer", STATED)
def test_smallest_sealed_mark_is_that_of_the_specification(printer):
    smallest = sizes(MarkForm.SEALED, printer, 45)[0]
    assert (smallest.dots, round(smallest.module, 3), round(smallest.side, 1)) == STATED[printer]


@pytest.mark.parametrize("printer", Printer)
@pytest.mark.parametrize("form", MarkForm)
def test_sizes_grow_from_the_smallest_and_end_in_reason(form, printer):
    found = sizes(form, printer, 25)
    modules = [size.module for size in found]
    assert modules == sorted(set(modules))
    assert (round(modules[0], 6) >= form.smallest, modules[0] < form.smallest + 0.13, modules[-1] <= LARGEST) == (
        True,
    ) * 3
    assert all(isinstance(size.dots, int) for size in found)


def test_small_label_alone_bears_the_short_form():
    assert {package: package.form for package in Package} == {
        Package.FLAT: MarkForm.SEALED,
        Package.JAR: MarkForm.SEALED,
        Package.BOTTLE: MarkForm.SEALED,
        Package.SMALL: MarkForm.SHORT,
    }
