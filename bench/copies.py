"""False alarms and found copies: the rules of `workflows.scanning` on simulated scans, with the thresholds in force.

Nobody has measured how Moroccan buyers scan: every number of ASSUMED is a guess, written here so that it can be argued
with, and the thresholds are parameters of the regulation. Genuine jars give the false alarms, one serial copied on
many jars gives what is found and after how many scans. The stressed lines repeat it with places that are wrong one
time in five (mobile networks leave the country's net at few points), and with two processes that know each telephone
by two pseudonyms, as two machines would. Seeds are fixed: the same figures each time.
"""

from __future__ import annotations

import random
import statistics
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from certify.queries.regulations import list_regulations
from certify.workflows.scanning import Known, Scan, Tier, weigh

TERMS = list_regulations()[-1].scanning
START = datetime(2026, 9, 1, tzinfo=UTC)
DAYS = 60
UNIT, CODE = Known(Tier.UNIT), bytes(8)

PLACES = {
    **{"MA-06": 24, "MA-04": 15, "MA-07": 13, "MA-03": 12, "MA-01": 11, "MA-09": 9, "MA-05": 6, "MA-02": 6},
    **{"MA-08": 3, "MA-10": 1, "MA-11": 1, "MA-12": 1, "FR": 4, "ES": 2, "BE": 1},
}
"""Where jars are bought: the twelve regions by their people, and three countries."""

ASSUMED = {
    "of 100 buyers, those who check": 10,
    "of 100 who check, those who check once more another day": 20,
    "of 1,000 jars, those given away in another region, checked there too": 30,
    "of 1,000 jars, those that stand at a fair, checked by 15 passers-by in three days": 2,
    "of 100 fair jars, those that stand at a second fair elsewhere within the sixty days": 30,
    "of 100 scans, those placed in the wrong region": 3,
}
CHECKS, AGAIN, GIVEN, FAIRS, SECOND, WRONG = ASSUMED.values()
STRESSED = 20
"""Scans placed wrongly, of 100, in the stressed lines."""

GENUINE, TRIALS, COPIES, LOCAL = 60_000, 400, (100, 300, 1_000), 0.85
FALSE_ALARMS, FOUND = 5 / 10_000, 0.95
"""The aims: cases proposed on genuine jars (nearly all stood at a fair where passers-by were misplaced); and copies
found, of one serial on 300 jars all over the country.
"""


@dataclass
class World:
    """How scans come to be: the chance, how often a place is wrong, and by how many pseudonyms a telephone goes."""

    chance: random.Random
    wrong: int = WRONG
    pseudonyms: int = 1

    def somewhere(self) -> str:
        """Draw a place."""
        return self.chance.choices(list(PLACES), PLACES.values())[0]

    def look(self, place: str, day: float) -> list[Scan]:
        """One person looks once; a second look on the same page may reach the other process."""
        if self.chance.random() * 100 < self.wrong:
            place = self.somewhere()
        hour = (START + timedelta(days=day)).replace(minute=0, second=0, microsecond=0)
        return [Scan(CODE, hour, place, self.chance.randbytes(6)) for _ in range(self.pseudonyms)]

    def buyer(self, place: str, day: float) -> list[Scan]:
        """A buyer checks, or does not; some again later."""
        if self.chance.random() * 100 >= CHECKS:
            return []
        seen = self.look(place, day)
        return seen + self.look(place, day + self.chance.uniform(1, 10)) if self.chance.random() * 100 < AGAIN else seen

    def genuine(self) -> list[Scan]:
        """The scans of one honest jar."""
        place, day = self.somewhere(), self.chance.uniform(0, 45)
        kind = self.chance.random() * 1000
        if kind < FAIRS:
            return self.fairs(place, day)
        seen = self.buyer(place, day)
        return seen + self.buyer(self.somewhere(), day + self.chance.uniform(2, 15)) if kind < FAIRS + GIVEN else seen

    def fairs(self, place: str, day: float) -> list[Scan]:
        """The scans of a jar on a stand, and perhaps on another stand later."""
        stands = [(place, day)]
        if self.chance.random() * 100 < SECOND:
            stands.append((self.somewhere(), day + self.chance.uniform(7, 15)))
        looks = (self.look(where, since + self.chance.uniform(0, 3)) for where, since in stands for _ in range(15))
        return [one for look in looks for one in look]

    def copied(self, jars: int, local: float) -> list[Scan]:
        """The scans of one serial on many jars sold over the sixty days, a part of them in one region."""
        home = self.somewhere()
        found = []
        for _ in range(jars):
            place = home if self.chance.random() < local else self.somewhere()
            found += self.buyer(place, self.chance.uniform(0, DAYS - 1))
        return sorted(found, key=lambda one: one.hour)


def main() -> int:
    """Print the figures and say by the status whether both aims are met."""
    for said, number in ASSUMED.items():
        print(f"assumed: {said}: {number}")
    missed = []
    for name, wrong, pseudonyms in (("", WRONG, 1), (f"{STRESSED} % wrong, ", STRESSED, 1), ("two salts, ", WRONG, 2)):
        watched, alarmed = false_alarms(World(random.Random(1), wrong, pseudonyms))
        print(f"{name}{GENUINE:,} genuine jars: careful sentence {watched:.3%}, case {alarmed:.4%}")
        missed += ["false alarms"] if not name and alarmed > FALSE_ALARMS else []
    for local in (0, LOCAL):
        for jars in COPIES:
            found, after = detection(World(random.Random(2)), jars, local)
            where = f"{local:.0%} of them in one region" if local else "all over the country"
            print(f"one serial on {jars:,} jars, {where}: case {found:.0%}, after {after} scans (median)")
            missed += ["copies"] if (jars, local) == (300, 0) and found < FOUND else []
    print(f"missed: {', '.join(missed)}" if missed else "every aim is met")
    return 1 if missed else 0


def false_alarms(world: World) -> tuple[float, float]:
    """Return the parts of genuine jars that are watched, and on which a case is proposed."""
    weighed = [weigh(seen, UNIT, TERMS, END) for _ in range(GENUINE) if len(seen := world.genuine()) > 1]
    return sum(one.is_watched for one in weighed) / GENUINE, sum(bool(one.alarms) for one in weighed) / GENUINE


def detection(world: World, jars: int, local: float) -> tuple[float, int | str]:
    """Return the part of copied serials found, and after how many scans in the middle."""
    found = [count for _ in range(TRIALS) if (count := first_alarm(world.copied(jars, local)))]
    return len(found) / TRIALS, int(statistics.median(found)) if found else "–"


def first_alarm(seen: list[Scan]) -> int | None:
    """Return after how many scans a case is proposed; None when it never is."""
    if not weigh(seen, UNIT, TERMS, END).alarms:
        return None
    return next(count for count in range(1, len(seen) + 1) if weigh(seen[:count], UNIT, TERMS, END).alarms)


END = START + timedelta(days=DAYS)

if __name__ == "__main__":
    sys.exit(main())
