"""What the scans of one code say of copies: a signature stops invention, not copying (TDM-1, §3.13).

A scan is known by the hour, the region and a pseudonym that dies at midnight; nothing here can find a person. Counts
are of visitor-days (v: one telephone on one day) and of regions (r) over a sliding window. Signals only propose: a
careful sentence by themselves (`watch`), a case for a person otherwise. Every threshold is a parameter of the
regulation.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from hashlib import sha256

from certify.workflows.machine import Term
from certify.workflows.words import N_

CODE_LENGTH, VISITOR_LENGTH = 8, 6
FORGED_PATH = "forged"
"""Under which every seal that does not verify is counted: what it claims to be is not kept."""

SOMEWHERE = "?"
"""The region of a scan whose place is not known; it is never counted as a region."""


class Tier(Term):
    """What carries the code: it decides which patterns are impossible (TDM-1, §2)."""

    UNIT = "unit", N_("one unit")
    LOT = "lot", N_("one lot")
    LICENCE = "licence", N_("the authorisation, on every unit and certificate")
    FORGED = "forged", N_("seals that are not ours")


class Channel(Term):
    """How a code reached us."""

    CAMERA = "camera", N_("scanned with a telephone")
    APP = "pwa", N_("scanned with our page of verification")
    TYPED = "typed", N_("typed by hand")


class Standing(Term):
    """What the label knew of the code at the moment of the scan."""

    IN_USE = "in_use", N_("in use")
    PRINTED = "printed", N_("printed, not packed yet")
    VOID = "void", N_("destroyed, stolen or returned")
    UNISSUED = "unissued", N_("sealed, but never issued")
    ENDED = "ended", N_("suspended, withdrawn or expired")
    FORGED = "forged", N_("not sealed by us")


class Caution(Term):
    """What the public page adds: a careful sentence, or, once a person confirmed it, the alert."""

    WATCH = "watch", N_("Checked in several places")
    ALERT = "alert", N_("Copies confirmed")


class Signal(Term):
    """Why a case is proposed; the label is what the office reads."""

    SPREAD = "spread", N_("Checked in too many regions for one unit")
    RUSH = "rush", N_("Checked too far apart within hours")
    MANY = "many", N_("Checked by too many people")
    EARLY = "early", N_("Checked before it was packed")
    VOIDED = "void", N_("Checked although destroyed, stolen or returned")
    ENDED = "ended", N_("Still checked long after the authorisation ended")
    UNISSUED = "unissued", N_("Bears our seal, but was never issued")
    FORGED = "forged", N_("Many seals that are not ours in one region")
    REPORTED = "reported", N_("Reported by somebody who held the product")


@dataclass(frozen=True)
class ScanningTerms:
    """The thresholds (TDM-1, §3.13), and how long anything is kept.

    `watch_…`: from when the page is careful; `alert_…`: from when a case is proposed. `…_near` are regions within
    `near_hours`. `many_visits`: visitor-days of one unit anywhere; `lot_share`: visitor-days by unit of a lot.
    `printed_visits`: whoever packs may try a roll, so one look at a label not in use is nothing yet.
    `keep_days`: raw rows, before they are counts; `contact_days`: who reported, after the case is closed.
    """

    window_days: int
    watch_regions: int
    watch_near_regions: int
    watch_near_visits: int
    alert_regions: int
    alert_visits: int
    alert_near_regions: int
    near_hours: int
    many_visits: int
    lot_share: Fraction
    printed_visits: int
    void_visits: int
    ended_visits: int
    ended_after_days: int
    forged_visits: int
    forged_hours: int
    keep_days: int
    contact_days: int

    def __post_init__(self) -> None:
        if self.keep_days < self.window_days:
            raise ValueError(f"rows kept {self.keep_days} days do not last a window of {self.window_days}")


@dataclass(frozen=True, slots=True)
class Scan:
    """One row: everything that is kept of somebody's look at a code."""

    code: bytes
    hour: datetime
    region: str
    visitor: bytes
    channel: Channel = Channel.CAMERA
    standing: Standing = Standing.IN_USE


@dataclass(frozen=True)
class Known:
    """What the label knows of a code: units that bear it, the day of packing, the day the authorisation ended.

    Of a lot both are what its packer declared of numbered labels; nothing is known of one without.
    """

    tier: Tier
    units: int | None = None
    packed_on: date | None = None
    ended_on: date | None = None


@dataclass(frozen=True)
class Alarm:
    """One signal, and the figures that raised it."""

    signal: Signal
    visits: int
    regions: int
    since: datetime


@dataclass(frozen=True)
class Weighed:
    """What the scans of a code come to."""

    is_watched: bool
    alarms: tuple[Alarm, ...]


def code_of(path: str) -> bytes:
    """Return the eight bytes under which a printed path is counted, and stands in the list of alerts."""
    return sha256(path.encode()).digest()[:CODE_LENGTH]


def licence_path(mark: str) -> str:
    """Return the path by which the code of an authorisation is counted, whichever of its addresses was scanned."""
    return f"/v/{mark}"


def lot_path(gtin: str, lot: str) -> str:
    """Return the path printed on the units of a lot; of two columns, the expression that makes it."""
    return "/01/" + gtin + "/10/" + lot


def label_path(gtin: str | None, gdti: str | None, serial: str) -> str:
    """Return the path printed on one numbered label: its serial follows a GTIN, or is part of a GDTI."""
    return f"/01/{gtin}/21/{serial}" if gtin else f"/253/{gdti}{serial}"


def lot_of(path: str) -> tuple[str, str]:
    """Return the GTIN and the lot that a path of `lot_path` names."""
    _, _, gtin, _, lot = path.split("/")
    return gtin, lot


def weigh(scans: Iterable[Scan], known: Known, terms: ScanningTerms, now: datetime) -> Weighed:
    """Weigh the scans of one code, of which only those in the window count; the order does not matter."""
    since = now - timedelta(days=terms.window_days)
    rows = sorted((scan for scan in scans if scan.hour >= since), key=lambda scan: scan.hour)
    raised = dict(reversed(tuple(_raised(rows, known, terms))))  # of two reasons for one signal, the first
    alarms = (Alarm(signal, visits(found), len(regions(found)), found[0].hour) for signal, found in raised.items())
    ordered = sorted(alarms, key=lambda alarm: list(Signal).index(alarm.signal))
    return Weighed(known.tier is Tier.UNIT and _is_watched(rows, terms), tuple(ordered))


def visits(scans: Iterable[Scan]) -> int:
    """Count visitor-days: a pseudonym lives one day, so two days of one telephone are two."""
    return len({(scan.hour.date(), scan.visitor) for scan in scans})


def regions(scans: Iterable[Scan]) -> frozenset[str]:
    """Gather the regions and countries that are known."""
    return frozenset(scan.region for scan in scans) - {SOMEWHERE}


def most_near(scans: Sequence[Scan], hours: int) -> Sequence[Scan]:
    """Return the scans within less than `hours` that are in the most regions; `scans` by hour, of equals the first."""
    most, begin, end, first, within = 0, 0, 0, 0, Counter()
    for last, scan in enumerate(scans, 1):
        within[scan.region] += scan.region != SOMEWHERE
        while scan.hour - scans[first].hour >= timedelta(hours=hours):
            within[scans[first].region] -= scans[first].region != SOMEWHERE
            first += 1
        places = sum(number > 0 for number in within.values())
        if places > most:
            most, begin, end = places, first, last
    return scans[begin:end]


def _is_watched(rows: Sequence[Scan], terms: ScanningTerms) -> bool:
    near = len(regions(most_near(rows, terms.near_hours)))
    is_far = near >= terms.watch_near_regions and visits(rows) >= terms.watch_near_visits
    return len(regions(rows)) >= terms.watch_regions or is_far


def _raised(rows: Sequence[Scan], known: Known, terms: ScanningTerms) -> Iterator[tuple[Signal, Sequence[Scan]]]:
    """Yield each signal with the rows that raised it."""
    if not rows:
        return
    if known.tier is Tier.UNIT:
        yield from _unit(rows, terms)
    if known.tier is Tier.LOT and known.units and visits(rows) > known.units * terms.lot_share:
        yield Signal.MANY, rows
    for signal, found, least in (
        (Signal.EARLY, _before(rows, known.packed_on), 1),
        (Signal.EARLY, _standing(rows, Standing.PRINTED), terms.printed_visits),
        (Signal.VOIDED, _standing(rows, Standing.VOID), terms.void_visits),
        (Signal.ENDED, _after(rows, known.ended_on, terms.ended_after_days), terms.ended_visits),
        (Signal.UNISSUED, _standing(rows, Standing.UNISSUED), 1),
    ):
        if found and visits(found) >= least:
            yield signal, found
    if known.tier is Tier.FORGED and (burst := _burst(rows, terms)):
        yield Signal.FORGED, burst


def _unit(rows: Sequence[Scan], terms: ScanningTerms) -> Iterator[tuple[Signal, Sequence[Scan]]]:
    if len(regions(rows)) >= terms.alert_regions and visits(rows) >= terms.alert_visits:
        yield Signal.SPREAD, rows
    near = most_near(rows, terms.near_hours)
    if len(regions(near)) >= terms.alert_near_regions:
        yield Signal.RUSH, near
    if visits(rows) >= terms.many_visits:
        yield Signal.MANY, rows


def _standing(rows: Sequence[Scan], standing: Standing) -> list[Scan]:
    return [row for row in rows if row.standing is standing]


def _before(rows: Sequence[Scan], packed_on: date | None) -> list[Scan]:
    return [row for row in rows if packed_on and row.hour.date() < packed_on and row.standing is not Standing.PRINTED]


def _after(rows: Sequence[Scan], ended_on: date | None, days: int) -> list[Scan]:
    return [row for row in rows if ended_on and row.hour.date() > ended_on + timedelta(days=days)]


def _burst(rows: Sequence[Scan], terms: ScanningTerms) -> list[Scan]:
    """Return the scans of the first burst: many visitors in one region within hours; unknown places are one place."""
    by_region: defaultdict[str, list[Scan]] = defaultdict(list)
    for row in rows:
        near = by_region[row.region]
        near.append(row)
        while row.hour - near[0].hour >= timedelta(hours=terms.forged_hours):
            near.pop(0)
        if visits(near) >= terms.forged_visits:
            return near
    return []
