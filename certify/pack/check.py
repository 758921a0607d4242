"""Check an evidence pack, offline, with nothing but Python 3.8 or later.

    python3 check.py PACK.zip
    python3 check.py            (in the folder where the pack was unpacked)

One line for each thing that is checked, `ok` or `WRONG`, and a last line that says whether everything holds; the exit
status is 0 only then. What is checked:

1. SHA256SUMS: its last line is the SHA-256 of the lines before it; it names every file, and each has the SHA-256 that
   stands there.
2. index.json: the SHA-256 that it gives of each document, report and paper is the one in SHA256SUMS.
3. The journals, one event after the other. An event is written as JSON with sorted keys, no spaces, letters as they
   are, in UTF-8. Its hash is the SHA-256 of that text without the member "hash". It repeats, as "previous", the hash of
   the event before it; the first one repeats 64 zeros. Sequence numbers count from 1, and each event leaves from the
   state where the one before arrived. index.json says how many events there are, and the hash of the last one.
4. Every document that the journal of the dossier or of the licence cites is here, or index.json says that it was left
   out.
5. Each open vote, counted anew from its ballots.
6. The record of each visit: the journal's event of its close says how many entries there were, and their digest: the
   SHA-256 of their names, sorted, one a line. A name is the entry's own SHA-256. What came later is marked late.

What this cannot show: somebody who rewrites the whole pack, every hash included, makes another pack that holds
together. Hence the fingerprint in the last line: the same facts always give the same one, so ask the agency for a
second pack, or for its fingerprint, and compare.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

SUMS, INDEX = "SHA256SUMS", "index.json"
GENESIS = "0" * 64
CHUNK = 1 << 20


class Checks:
    """What was checked so far, printed as it comes."""

    def __init__(self):
        self.done = self.failed = 0

    def say(self, name, fault=None) -> None:
        """Print one line: `name` holds, or the fault."""
        self.done += 1
        self.failed += fault is not None
        print(f"WRONG  {name}: {fault}" if fault else f"ok     {name}")

    def attempt(self, name, check, *arguments) -> None:
        """Do a whole check; what is too damaged to be read is wrong too."""
        try:
            check(self, *arguments)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            self.say(name, f"cannot be read ({type(error).__name__}: {error})")


class Zipped:
    """A pack as it was received."""

    def __init__(self, path):
        self.zip = zipfile.ZipFile(path)

    def names(self) -> list:
        """List every entry."""
        return [entry.filename for entry in self.zip.infolist()]

    def open(self, name) -> BinaryIO:
        """Open an entry."""
        return self.zip.open(name)


class Unpacked:
    """A pack unpacked into a folder."""

    def __init__(self, path):
        self.path = Path(path)

    def names(self) -> list:
        """List every file."""
        return [path.relative_to(self.path).as_posix() for path in sorted(self.path.rglob("*")) if path.is_file()]

    def open(self, name) -> BinaryIO:
        """Open a file."""
        return (self.path / name).open("rb")


def fingerprint_of(pack, name) -> str | None:
    """Return the SHA-256 of a file, or None when it is not there or cannot be read."""
    digest = sha256()
    try:
        with pack.open(name) as file:
            for chunk in iter(lambda: file.read(CHUNK), b""):
                digest.update(chunk)
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    return digest.hexdigest()


def read(pack, name) -> bytes:
    """Return the bytes of a file; raise ValueError when it cannot be read."""
    try:
        with pack.open(name) as file:
            return file.read()
    except (OSError, KeyError, zipfile.BadZipFile) as error:
        raise ValueError(f"{name} is not there, or damaged") from error


def read_sums(pack) -> dict:
    """Return the SHA-256 of each file by its name, as SHA256SUMS says, whatever it is worth."""
    lines = read(pack, SUMS).decode("utf-8", "replace").splitlines()
    return {line[66:]: line[:64] for line in lines if not line.startswith("#")}


def check_files(checks, pack, sums) -> None:
    """Check 1: every file, and none too many."""
    listed, _, seal = read(pack, SUMS).rpartition(b"# ")
    is_sealed = seal == sha256(listed).hexdigest().encode() + b"\n"
    checks.say(SUMS, None if is_sealed else "was altered: its last line is not the SHA-256 of the others")
    for name, expected in sums.items():
        found = fingerprint_of(pack, name)
        missing = "is missing, or damaged" if found is None else None
        checks.say(name, missing or (None if found == expected else "was altered: its SHA-256 is another one"))
    for name, times in Counter(pack.names()).items():
        if name not in sums and name != SUMS:
            checks.say(name, "does not belong to this pack")
        elif times > 1:
            checks.say(name, "stands here more than once")


def check_index(checks, index, sums) -> None:
    """Check 2: the index and the sums agree."""
    for told in walk(index):
        if "path" in told and "sha256" in told:
            agrees = sums.get(told["path"]) == told["sha256"]
            checks.say(f"{INDEX}, {told['path']}", None if agrees else "has another SHA-256 in the index")


def walk(told) -> Iterator[dict]:
    """Yield every object in JSON."""
    if isinstance(told, dict):
        yield told
    for one in told.values() if isinstance(told, dict) else told if isinstance(told, list) else ():
        yield from walk(one)


def canonical(content) -> str:
    """Write JSON the one way."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def read_events(pack, path) -> list:
    """Return the events of a journal."""
    return [json.loads(line) for line in read(pack, path).decode("utf-8").splitlines()]


def check_journal(checks, pack, told) -> None:
    """Check 3: one chain, event by event."""
    path, previous, stands, subject = told["path"], GENESIS, None, None
    events = read_events(pack, path)
    for number, event in enumerate(events, 1):
        said = {name: value for name, value in event.items() if name != "hash"}
        about = [event["dossier"], event["meeting"], event["licence"]]
        faults = (
            (event["sequence"] != number, f"event {number} is not where it belongs"),
            (event["previous"] != previous, "does not follow the event before it"),
            (event["hash"] != sha256(canonical(said).encode()).hexdigest(), "does not say what its hash says"),
            (stands not in (None, event["source"]), "does not leave from where the one before arrived"),
            (subject not in (None, about), "tells of something else"),
        )
        checks.say(f"{path}, event {number}", next((fault for is_so, fault in faults if is_so), None))
        previous, stands, subject = event["hash"], event["target"], about
    is_whole = (len(events), previous) == (told["events"], told["head"])
    checks.say(f"{path}, {told['events']} events", None if is_whole else "events are missing, or too many")


def check_citations(checks, pack, index) -> None:
    """Check 4: what the journal cites."""
    here = {told["sha256"] for told in walk(index) if told.get("sha256")}
    for told in index["journals"]:
        if "meeting" in told["path"]:
            continue  # it cites what belongs to other dossiers too
        for event in read_events(pack, told["path"]):
            for cited in event["documents"]:
                name = f"{told['path']}, event {event['sequence']} cites {cited['name']}"
                checks.say(name, None if cited["sha256"] in here else "it is not in the pack")


def check_votes(checks, index) -> None:
    """Check 5: each open vote counted anew; of a secret one there are the totals alone."""
    for item in index["meetings"]:
        vote = item["vote"]
        if vote is None or vote["ballots"] is None:
            continue
        totals = Counter(ballot["choice"]["code"] for ballot in vote["ballots"])
        voting = {seat["code"] for seat in item["seats"] if seat["is_voting"]}
        seats = [ballot["seat"] for ballot in vote["ballots"]]
        faults = (
            (totals != Counter({choice: count for choice, count in vote["totals"].items() if count}), "another total"),
            (len(set(seats)) != len(seats), "a seat voted twice"),
            (not voting.issuperset(seats), "a seat without a vote voted"),
            (not item["quorum"]["is_reached"], "it was counted without a quorum"),
        )
        name = f"{INDEX}, vote of meeting {item['meeting']}, item {item['position']}"
        checks.say(name, next((fault for is_so, fault in faults if is_so), None))


def check_visits(checks, pack, index) -> None:
    """Check 6: the record of each visit is the one that the journal sealed when the visit was closed."""
    journals = [told["path"] for told in index["journals"] if "dossier" in told["path"]]
    closes = [event for path in journals for event in read_events(pack, path) if event["action"] == "close_visit"]
    sealed = {event["facts"]["visit"]: event["facts"] for event in closes if "digest" in event["facts"]}
    visits = {visit["number"]: visit for visit in index["evaluation"]["visits"]}
    for number, close in sealed.items():
        entries = visits[number]["entries"] if number in visits else []
        names = sorted(entry["sha256"] for entry in entries if not entry["is_late"])
        digest = sha256("".join(f"{name}\n" for name in names).encode()).hexdigest()
        is_same = (len(names), digest) == (close["entries"], close["digest"])
        name = f"{INDEX}, record of visit {number}, {close['entries']} entries"
        checks.say(name, None if is_same else "is not the record that the journal sealed at the close")


def check(pack) -> bool:
    """Check everything; return whether it all holds."""
    checks = Checks()
    sums = read_sums(pack)
    checks.attempt(SUMS, check_files, pack, sums)
    try:
        index = json.loads(read(pack, INDEX).decode("utf-8"))
        journals = list(index["journals"])
    except (LookupError, TypeError, ValueError) as error:
        checks.say(INDEX, f"cannot be read ({error})")
        index, journals = {}, []
    checks.attempt(INDEX, check_index, index, sums)
    for told in journals:
        checks.attempt(told["path"], check_journal, pack, told)
    if index:
        checks.attempt("the documents that the journals cite", check_citations, pack, index)
        checks.attempt(f"{INDEX}, votes", check_votes, index)
        checks.attempt(f"{INDEX}, records of visits", check_visits, pack, index)
    if checks.failed:
        print(f"{checks.failed} of {checks.done} checks FAIL. / ÉCHEC. / لم ينجح التحقق.")
    else:
        print(f"All {checks.done} checks hold. / Tout concorde. / كل شيء مطابق. {fingerprint_of(pack, SUMS)}")
    return not checks.failed


def main() -> int:
    """Check the pack that the command line names, or the folder of this file."""
    sys.stdout.reconfigure(errors="backslashreplace")
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    try:
        return 0 if check(Unpacked(path) if path.is_dir() else Zipped(path)) else 1
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        print(f"WRONG  {path}: this is no evidence pack ({error}).")
        return 1


if __name__ == "__main__":
    sys.exit(main())
