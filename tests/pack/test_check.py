"""The program inside the pack: what holds passes, and whatever was altered is named."""

from __future__ import annotations

import json
from hashlib import sha256
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import integers

from certify.pack import archive, check
from certify.workflows import evidence
from certify.workflows.recording import digest_of
from tests.packs import checked, entries_of, facts_of, pack_of, print_all, resealed, zipped
from tests.staged import clock, played, settled_sqlite, staged, store  # noqa: F401

JOURNAL = "journal/dossier.jsonl"


@pytest.fixture
def packed(staged, store, clock) -> bytes:  # noqa: F811
    """The pack of a dossier that was approved, its authorisation signed."""
    print_all(store, clock)
    return pack_of(staged("signed"), store)


@pytest.fixture
def whole(packed) -> dict[str, bytes]:
    """Its entries."""
    return entries_of(packed)


class Held:
    """A pack in memory."""

    def __init__(self, entries: dict[str, bytes]) -> None:
        self.entries = entries

    def names(self) -> list[str]:
        """List every entry."""
        return list(self.entries)

    def open(self, name: str) -> BytesIO:
        """Open an entry."""
        return BytesIO(self.entries[name])


def wrong(output: str) -> list[str]:
    """List the names of what does not hold."""
    return [line[7:].split(": ")[0] for line in output.splitlines() if line.startswith("WRONG")]


def vote_of(packed: bytes) -> str:
    """Name the one vote on the dossier."""
    [item] = facts_of(packed)["meetings"]
    return f"index.json, vote of meeting {item['meeting']}, item {item['position']}"


def events_of(whole: dict[str, bytes]) -> list[dict]:
    return [json.loads(line) for line in whole[JOURNAL].splitlines()]


def with_events(whole: dict[str, bytes], events: list[dict]) -> dict[str, bytes]:
    """Write another journal, every other hash made to agree with it."""
    return resealed(whole | {JOURNAL: b"".join(evidence.canonical(event).encode() + b"\n" for event in events)})


def with_index(whole: dict[str, bytes], change) -> dict[str, bytes]:
    """Change the facts, every other hash made to agree with them."""
    facts = json.loads(whole[check.INDEX])
    change(facts)
    return resealed(whole | {check.INDEX: json.dumps(facts).encode()})


def test_a_whole_pack_holds_zipped_and_unpacked(packed, tmp_path):
    place = tmp_path / "pack.zip"
    place.write_bytes(packed)
    with ZipFile(place) as opened:
        opened.extractall(tmp_path / "unpacked")
    sums = sha256((tmp_path / "unpacked" / archive.SUMS).read_bytes()).hexdigest()
    for path, program in ((place, None), (tmp_path / "unpacked", tmp_path / "unpacked" / "check.py")):
        status, output = checked(path, program)
        *lines, last = output.splitlines()
        assert (status, wrong(output)) == (0, [])
        assert last == f"All {len(lines)} checks hold. / Tout concorde. / كل شيء مطابق. {sums}"


def test_every_file_event_and_vote_has_its_line(packed, whole, tmp_path):
    place = tmp_path / "pack.zip"
    place.write_bytes(packed)
    lines = checked(place)[1].splitlines()
    files = [f"ok     {name}" for name in whole]
    events = [f"ok     {JOURNAL}, event {number}" for number, _ in enumerate(events_of(whole), 1)]
    assert [line for line in (*files, *events, f"ok     {vote_of(packed)}") if line not in lines] == []


def test_any_altered_byte_is_found_and_its_entry_named(whole, tmp_path):
    silent = []
    for rank, (name, content) in enumerate(whole.items()):
        at = (0, len(content) // 2, len(content) - 1)[rank % 3]
        altered = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        status, output = checked(zipped(whole | {name: altered}, tmp_path / "altered.zip"))
        if status != 1 or name not in wrong(output):
            silent.append((name, at, output.splitlines()[-1]))
    assert silent == []


@given(number=integers(0), at=integers(0), bit=integers(0, 7))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bit_of_any_entry_counts(whole, capsys, number, at, bit):
    name = list(whole)[number % len(whole)]
    altered = bytearray(whole[name])
    altered[at % len(altered)] ^= 1 << bit
    assert check.check(Held(whole | {name: bytes(altered)})) is False
    assert name in wrong(capsys.readouterr().out)


def test_a_byte_altered_in_the_archive_itself_names_the_entry(packed, tmp_path):
    place = tmp_path / "altered.zip"
    content = bytearray(packed)
    content[packed.index(b"%PDF") + 3] ^= 1
    place.write_bytes(content)
    status, output = checked(place)
    assert status == 1
    [name] = wrong(output)
    assert name.startswith("documents/")


@pytest.mark.parametrize("name", [JOURNAL, "index.fr.html", "check.py", check.INDEX, archive.SUMS])
def test_a_missing_entry_is_named(whole, tmp_path, name):
    status, output = checked(zipped({key: value for key, value in whole.items() if key != name}, tmp_path / "p.zip"))
    assert (status, name in output) == (1, True)


def test_an_entry_too_many_is_named(whole, tmp_path):
    status, output = checked(zipped(whole | {"documents/more.pdf": b"%PDF"}, tmp_path / "pack.zip"))
    assert (status, wrong(output)) == (1, ["documents/more.pdf"])


@pytest.mark.parametrize("position", [0, 3, -1])
def test_a_removed_event_is_found_however_the_rest_is_resealed(whole, tmp_path, position):
    events = events_of(whole)
    del events[position]
    status, output = checked(zipped(with_events(whole, events), tmp_path / "pack.zip"))
    assert status == 1
    assert any(name.startswith(JOURNAL) for name in wrong(output))


def test_a_journal_in_another_order_is_found(whole, tmp_path):
    events = events_of(whole)
    events[2], events[3] = events[3], events[2]
    status, output = checked(zipped(with_events(whole, events), tmp_path / "pack.zip"))
    assert status == 1
    assert f"{JOURNAL}, event 3" in wrong(output)


def test_an_event_that_says_something_else_is_found(whole, tmp_path):
    events = events_of(whole)
    events[4]["reason"] = "Autre chose"
    status, output = checked(zipped(with_events(whole, events), tmp_path / "pack.zip"))
    assert (status, wrong(output)) == (1, [f"{JOURNAL}, event 5"])


def test_a_ballot_that_changes_sides_is_found(packed, whole, tmp_path):
    def change(facts):
        facts["meetings"][0]["vote"]["ballots"][0]["choice"]["code"] = "unfavourable"

    status, output = checked(zipped(with_index(whole, change), tmp_path / "pack.zip"))
    assert (status, wrong(output)) == (1, [vote_of(packed)])


def test_a_secret_vote_gives_totals_alone(whole, tmp_path):
    def change(facts):
        facts["meetings"][0]["vote"]["ballots"] = None

    assert checked(zipped(with_index(whole, change), tmp_path / "pack.zip"))[0] == 0


def test_a_document_replaced_with_its_hashes_no_longer_is_what_the_journal_cites(whole, tmp_path):
    path = next(one["path"] for one in json.loads(whole[check.INDEX])["documents"] if one["kind"] == "product_photo")
    replaced = b"another photo"

    def change(facts):
        for one in facts["documents"]:
            if one.get("path") == path:
                one["sha256"] = sha256(replaced).hexdigest()

    status, output = checked(zipped(with_index(whole | {path: replaced}, change), tmp_path / "pack.zip"))
    assert status == 1
    assert [name for name in wrong(output) if not name.startswith(JOURNAL)] == []


def test_what_is_no_pack_is_said_to_be_none(tmp_path):
    (tmp_path / "pack.zip").write_bytes(b"no archive")
    status, output = checked(tmp_path / "pack.zip")
    assert (status, output.count("\n")) == (1, 1)
    assert output.startswith("WRONG")


def test_the_program_writes_evidence_as_we_do(packed):
    facts = facts_of(packed)
    assert check.canonical(facts) == evidence.canonical(facts)
    assert check.GENESIS == evidence.GENESIS


@pytest.mark.parametrize(
    ("names", "late", "fault"),
    [("ab", "c", 0), ("a", "c", 1), ("abc", "", 1), ("a", "b", 1), ("ac", "", 1), ("", "", 1)],
)
def test_the_record_of_a_visit_is_the_one_sealed_at_its_close(names, late, fault):
    hashed = {letter: sha256(letter.encode()).hexdigest() for letter in "abc"}
    facts = {"visit": 7, "entries": 2, "digest": digest_of([hashed["a"], hashed["b"]])}
    journal = evidence.canonical({"action": "close_visit", "facts": facts})
    entries = [{"sha256": hashed[one], "is_late": one in late} for one in names + late]
    index = {"journals": [{"path": JOURNAL}], "evaluation": {"visits": [{"number": 7, "entries": entries}]}}
    checks = check.Checks()
    check.check_visits(checks, Held({JOURNAL: journal.encode()}), index)
    assert (checks.done, checks.failed) == (1, fault)
