"""Facts in, a PDF out: PDF/A-3a and PDF/UA-1 at once. Same facts, same bytes, with the same fonts and packages.

Only a single-threaded process may render: Pango's fonts are configured once and shared by all papers, and two threads
that share them write wrong papers or crash. The paper worker and the commands import this module; the web never does.
"""

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pydyf
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from weasyprint import HTML, Attachment, Document
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcherResponse

from certify.pdf.facts import DecisionFacts, Paper
from certify.pdf.fonts import font_face_css, font_files
from certify.pdf.haste import arabic_lines_once, write_once
from certify.pdf.ornament import border_svg, emblem_svg
from certify.pdf.pdfua import finish
from certify.pdf.qr import qr_svg
from certify.pdf.tongues import day, days, hour, spaced_mark, weight

VARIANT = "pdf/a-3a"
SIZE = 9.0
SIZES = {"certificate": (8.4, 8.0, 7.4, 6.8)}
DRAWINGS = {"paper:border": border_svg, "paper:emblem": emblem_svg}


def render(facts: Paper) -> bytes:
    """Write one paper; raises FontMissing when its fonts are not installed."""
    with undisturbed():
        return _written(facts)


def lay_out(html: str) -> Document:
    """Lay out one paper, with our fonts and our files alone."""
    with arabic_lines_once():
        return HTML(string=html, url_fetcher=fetch).render(font_config=font_configuration())


def page(facts: Paper, size: float = SIZE) -> str:
    """Write the HTML of one paper, set at a size in points; raises UndefinedError when a fact is not there."""
    name = f"{facts.kind}/{facts.outcome}" if isinstance(facts, DecisionFacts) else facts.kind
    return environment().get_template(f"{name}.html").render(facts=facts, font_faces=_font_faces(), size=size)


@cache
def environment() -> Environment:
    """Set up the templates of the papers, apart from those of the screens."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": day, "days": days, "hour": hour, "weight": weight, "spaced_mark": spaced_mark}
    made.filters |= {"instant": _instant, "halves": _halves, "qr": qr_svg}
    return made


@cache
def font_configuration() -> FontConfiguration:
    """Make the one font configuration of this process."""
    return FontConfiguration()


def fetch(url: str) -> URLFetcherResponse:
    """Hand WeasyPrint our drawings and our fonts; anything else stops the paper with FatalURLFetchingError."""
    if url in DRAWINGS:
        return URLFetcherResponse(url, DRAWINGS[url](), {"Content-Type": "image/svg+xml"})
    for path in font_files().values():
        if url == path.as_uri():
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
    raise FatalURLFetchingError(f"A paper asked for {url}, which is not one of its own files.")


def _written(facts: Paper) -> bytes:
    document = _fitted(facts)
    document.metadata.attachments.append(_embedded(facts))
    return document.write_pdf(pdf_variant=VARIANT, finisher=complete)


def complete(document: Document, pdf: pydyf.PDF) -> None:
    """Complete a PDF before it is written, and have its objects written once."""
    finish(document, pdf)
    write_once(pdf)


def _fitted(facts: Paper) -> Document:
    """Lay out a paper at its size; a certificate at the largest size that keeps it on one page."""
    for size in SIZES.get(facts.kind, (SIZE,)):
        document = lay_out(page(facts, size))
        if len(document.pages) == 1:
            break
    return document


@contextmanager
def undisturbed() -> Iterator[None]:
    """Let Python's collector wait until a paper is written, then free its youngest objects: the whole of that paper.

    In between it would find nothing to free, and take an eighth of the time of long minutes. WeasyPrint leaves a
    colour profile open until it is dropped; the warning of that is kept out too.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            yield
    finally:
        gc.collect(0)
        if was_on:
            gc.enable()


def _embedded(facts: Paper) -> Attachment:
    """Attach the facts to the paper, dated by the paper itself so that its bytes never change."""
    moment = facts.issued_at.astimezone(UTC)
    return Attachment(
        string=facts.to_json(),
        name="facts.json",
        description="Les faits de ce document · معطيات هذه الوثيقة",
        relationship="Data",
        created=moment,
        modified=moment,
    )


@cache
def _font_faces() -> Markup:
    return Markup(font_face_css(font_files()))


def _instant(moment: datetime) -> str:
    """Write a moment as the metadata of a document want it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _halves(digest: str) -> Markup:
    """Break a digest in its middle."""
    middle = len(digest) // 2
    return Markup("{}<br>{}").format(digest[:middle], digest[middle:])
