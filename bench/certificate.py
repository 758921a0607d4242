"""Measure the papers: our certificate against WeasyPrint alone on the same HTML, its seal, long minutes, the memory.

    python bench/certificate.py [PAPERS]      PAPERS written before the memory is read; 1000 unless told

Prints one line per figure: name, value, limit, ratio. Exits 1 when a value is above its limit. The two renderings take
turns, so that a busy machine slows both; time is processor time.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from weasyprint import HTML

from certify.pdf.render import SIZES, VARIANT, fetch, font_configuration, page, render
from certify.trust.paper import attach, seal_pdf
from certify.trust.paper_reading import read_paper
from tests.pdf import samples
from tests.trust.sealing import AT, INSIDE, sealed, sealer, trusted

ROUNDS = 12


def bare(html: str) -> bytes:
    """Write the same page with WeasyPrint alone: its fonts and profile are ours, and nothing else is."""
    return HTML(string=html, url_fetcher=fetch).write_pdf(font_config=font_configuration(), pdf_variant=VARIANT)


def seconds(task: Callable[[], object]) -> float:
    """Time one task."""
    started = time.process_time()
    task()
    return time.process_time() - started


def against_bare() -> float:
    """Compare, round by round, our certificate with the bare one."""
    facts = samples.certificate()
    html = page(facts, SIZES[facts.kind][0])
    render(facts), bare(html)
    return statistics.median(seconds(lambda: render(facts)) / seconds(lambda: bare(html)) for _ in range(ROUNDS))


def sealed_against_drawn() -> float:
    """Compare, round by round, a certificate drawn, completed and sealed with the same one only drawn."""
    facts, key = samples.certificate(), sealer()

    def whole() -> bytes:
        return seal_pdf(attach(render(facts), facts.number, INSIDE, at=facts.issued_at), key, AT)

    whole()
    return statistics.median(seconds(whole) / seconds(lambda: render(facts)) for _ in range(ROUNDS))


def judged_against_drawn() -> float:
    """Compare reading a sealed paper and its seal with drawing it: a file that a stranger sends costs little."""
    facts, content, roots = samples.certificate(), sealed(), trusted()
    times = (seconds(lambda: read_paper(content, roots, at=AT)) / seconds(lambda: render(facts)) for _ in range(ROUNDS))
    return statistics.median(times)


def resident_megabytes() -> float:
    """Read how much memory this process holds now."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def after_papers(papers: int) -> float:
    """Write so many certificates, then read the memory."""
    facts = samples.certificate()
    for _ in range(papers):
        render(facts)
    return resident_megabytes()


def long_minutes() -> bytes:
    """Write the minutes of a meeting of forty items."""
    return render(samples.minutes(40))


def main() -> int:
    """Print each figure and tell whether all hold."""
    papers = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    figures = (
        ("certificate_against_bare", against_bare(), 1.15),
        ("certificate_sealed_against_drawn", sealed_against_drawn(), 1.2),
        ("paper_judged_against_drawn", judged_against_drawn(), 0.2),
        (f"worker_megabytes_after_{papers}", after_papers(papers), 200),
        ("minutes_of_40_items_seconds", min(seconds(long_minutes) for _ in range(3)), 5),
    )
    for name, value, limit in figures:
        print(f"{name} {value:.2f} {limit} {value / limit:.2f}")
    return int(any(value > limit for _, value, limit in figures))


if __name__ == "__main__":
    sys.exit(main())
