"""Sheets of marks: each code reads back as it was given, beside its own words, on paper of the right size."""

import subprocess
import tracemalloc
from datetime import UTC, datetime
from io import BytesIO

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from certify.pdf.marks import mark_pdf, mark_svg
from certify.pdf.sheets import A4_65, ROLL_20, ROLL_20_PIN, Label, sheets
from certify.pdf.symbols import sealed_symbol, short_symbol
from certify.pdf.writer import INCH, POINTS
from certify.workflows.printkit import MarkForm, Printer, sizes
from tests.pdf.test_symbols import sealed

AT = datetime(2026, 12, 7, 12, tzinfo=UTC)
LAYOUTS = {"a4": A4_65, "roll": ROLL_20, "roll with pin": ROLL_20_PIN}


def labels(count: int, pin: str | None = None) -> list[Label]:
    return [Label(sealed(), ("tdm.ma", f"nº {rank}"), pin) for rank in range(1, count + 1)]


def written(given: list[Label], layout=A4_65) -> bytes:
    return b"".join(sheets(given, layout, title="Étiquettes · بطاقات", at=AT))


def pictures(document: bytes, folder, dpi: float = 203.2) -> list[Image.Image]:
    """Draw each page as a printer of `dpi` would, without smoothing."""
    (folder / "sheet.pdf").write_bytes(document)
    command = ["pdftoppm", "-r", str(dpi), "-aa", "no", "-aaVector", "no", "-gray", "sheet.pdf", "page"]
    subprocess.run(command, cwd=folder, check=True)
    drawn = []
    for path in sorted(folder.glob("page-*.pgm")):
        with Image.open(path) as page:
            drawn.append(page.copy())
    return drawn


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_every_code_reads_back_on_its_page(tmp_path, layout):
    given = labels(layout.per_page + 2, pin="6738 0419")
    pages = [
        {read.text for read in zxingcpp.read_barcodes(page)} for page in pictures(written(given, layout), tmp_path)
    ]
    addresses = [label.address for label in given]
    cut = range(0, len(addresses), layout.per_page)
    assert pages == [set(addresses[start : start + layout.per_page]) for start in cut]


def test_words_stand_on_the_page_in_order(tmp_path):
    (tmp_path / "sheet.pdf").write_bytes(written(labels(3, pin="6738 0419")))
    text = subprocess.run(["pdftotext", "-raw", "sheet.pdf", "-"], cwd=tmp_path, capture_output=True, check=True).stdout
    assert text.decode().split("\n")[:-1] == [
        each for rank in (1, 2, 3) for each in ("tdm.ma", f"nº {rank}", "6738 0419")
    ]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_page_has_the_size_of_its_paper_and_embeds_its_font(layout):
    with pikepdf.open(BytesIO(written(labels(1), layout))) as document:
        [page] = document.pages
        assert [float(edge) * INCH / POINTS for edge in page.MediaBox[2:]] == pytest.approx(layout.page, abs=0.001)
        assert len(page.Resources.Font.F.FontDescriptor.FontFile2.read_bytes()) > 1000
        assert (document.check_pdf_syntax(), str(document.docinfo.Title)) == ([], "Étiquettes · بطاقات")


def test_module_is_as_many_dots_as_the_layout_says(tmp_path):
    [page] = pictures(written(labels(1), ROLL_20), tmp_path)
    rows = [page.crop((0, row, page.width, row + 1)).tobytes() for row in range(page.height)]
    first = next(place for place, row in enumerate(rows) if 0 in row)
    assert rows[first].strip(b"\xff").split(b"\xff")[0] == bytes(7 * 3)
    assert first == 4 * 3


def test_same_labels_give_the_same_bytes():
    given = labels(70)
    assert written(given) == written(given)


def test_memory_does_not_grow_with_the_sheet():
    def peak(count: int) -> int:
        tracemalloc.reset_peak()
        for _ in sheets((label for _ in range(count // 10) for label in ten), A4_65, title="x", at=AT):
            pass
        return tracemalloc.get_traced_memory()[1]

    ten = labels(10)
    tracemalloc.start()
    try:
        peak(130)
        small, large = peak(130), peak(1300)
    finally:
        tracemalloc.stop()
    assert large < small + 100_000


@pytest.mark.parametrize("printer", Printer)
@pytest.mark.parametrize("form", MarkForm)
def test_single_mark_is_printed_at_its_exact_size(tmp_path, form, printer):
    address = sealed() if form is MarkForm.SEALED else "HTTPS://TDM.MA/V/7K9M4T2XP8QJ"
    symbol = sealed_symbol(address) if form is MarkForm.SEALED else short_symbol(address)
    size = sizes(form, printer, symbol.side)[0]
    document = mark_pdf(symbol, "tdm.ma · 7K9M-4T2X-P8QJ", dpi=size.dpi, dots=size.dots, title="Miel", at=AT)
    with pikepdf.open(BytesIO(document)) as opened:
        assert float(opened.pages[0].MediaBox[2]) * INCH / POINTS == pytest.approx(size.side, abs=0.001)
    [page] = pictures(document, tmp_path, 600)
    assert [read.text for read in zxingcpp.read_barcodes(page)] == [address]


def test_svg_needs_no_font_and_names_itself():
    drawing = mark_svg(sealed_symbol(sealed()), "tdm.ma", module=0.375, title="Miel & <safran>")
    assert '<svg xmlns="http://www.w3.org/2000/svg" width="19.875mm"' in drawing
    assert ("<title>Miel &amp; &lt;safran&gt;</title>" in drawing, "<text" in drawing) == (True, False)
