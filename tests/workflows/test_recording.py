"""Entries of a visit: what is read, what is refused, and that the merge is the same in whatever order they come."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.workflows.errors import Malformed
from certify.workflows.evidence import canonical
from certify.workflows.recording import Kind, corrections, digest_of, latest_checks, merged, read_entry
from tests.recordings import CHECK, HASH, entry_text, name_of


def read(**more):
    text = entry_text(**more)
    return read_entry(text, name_of(text))


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("check", CHECK),
        ("observation", {"fact": "Lot absent", "check": "labelling", "grade": "minor", "measure": ""}),
        ("place", {"latitude": "30.427755", "longitude": "-9.598107", "accuracy": "12", "words": ""}),
        ("place", {"latitude": "", "longitude": "", "accuracy": "", "words": "Douar Tighmi"}),
        ("photo", {"photo": HASH, "size": 3, "caption": "", "about": "", "reduced": False}),
        (
            "signature",
            {"role": "inspector", "name": "Ilyas", "capacity": "", "remarks": "", "photo": HASH, "size": 9,
             "refused": False, "covers": [HASH]},
        ),
        (
            "signature",
            {"role": "representative", "name": "Aïcha", "capacity": "Gérante", "remarks": "Absente", "photo": "",
             "size": 0, "refused": True, "covers": []},
        ),
        ("note", {"text": "سجل التتبع"}),
        ("correction", {"of": HASH, "text": "Lot lisible", "reason": "Relu", "withdrawn": False}),
        ("correction", {"of": HASH, "text": "", "reason": "Erreur", "withdrawn": True}),
    ],
)  # fmt: skip
def test_each_kind_is_read(kind, body):
    entry = read(kind=kind, body=body)
    assert (entry.kind, entry.body) == (Kind(kind), body)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("check", {**CHECK, "answer": "perhaps"}),
        ("check", {**CHECK, "more": 1}),
        ("check", {"check": "storage"}),
        ("check", {**CHECK, "check": "../../etc"}),
        ("note", {"text": ""}),
        ("note", {"text": "a\0b"}),
        ("note", {"text": "x" * 4001}),
        ("note", {"text": 3}),
        ("place", {"latitude": "91.000000", "longitude": "0.000000", "accuracy": "1", "words": ""}),
        ("place", {"latitude": "30.4", "longitude": "0.000000", "accuracy": "1", "words": ""}),
        ("place", {"latitude": "", "longitude": "", "accuracy": "", "words": ""}),
        ("photo", {"photo": "x", "size": 3, "caption": "", "about": "", "reduced": False}),
        ("photo", {"photo": HASH, "size": 0, "caption": "", "about": "", "reduced": False}),
        ("photo", {"photo": HASH, "size": True, "caption": "", "about": "", "reduced": False}),
        ("observation", {"fact": "Lot", "check": "", "grade": "huge", "measure": ""}),
        ("correction", {"of": HASH, "text": "", "reason": "Erreur", "withdrawn": False}),
        ("correction", {"of": HASH, "text": "a", "reason": "Erreur", "withdrawn": True}),
        ("dance", {"text": "a"}),
    ],
)
def test_a_strange_body_is_refused(kind, body):
    with pytest.raises(Malformed):
        read(kind=kind, body=body)


@pytest.mark.parametrize(
    "more",
    [{"at": "2026-11-27"}, {"at": "2026-13-27T10:00:00.000Z"}, {"id": "12"}, {"visit": "1"}, {"author": True}],
)
def test_a_strange_frame_is_refused(more):
    with pytest.raises(Malformed):
        read(**more)


def test_another_name_is_refused():
    with pytest.raises(Malformed, match="fingerprint"):
        read_entry(entry_text(), HASH)


@pytest.mark.parametrize("text", ["", "[]", "1", "{", '{"a":NaN}', "[" * 5000])
def test_what_is_no_entry_is_refused(text):
    with pytest.raises(Malformed):
        read_entry(text, name_of(text))


def test_what_is_not_written_the_one_way_is_refused():
    text = entry_text().replace('":', '": ', 1)
    with pytest.raises(Malformed):
        read_entry(text, name_of(text))


def test_an_entry_as_a_browser_writes_it_has_the_same_bytes():
    assert canonical({"b": 'é\u2028\n"', "a": [1, True]}) == '{"a":[1,true],"b":"é\u2028\\n\\""}'


RECORDS = st.lists(
    st.builds(
        lambda second, answer, author: read(
            at=f"2026-11-27T10:00:{second:02}.000Z", author=author, body={**CHECK, "answer": answer}
        ),
        st.integers(0, 3),
        st.sampled_from(["conform", "not_conform"]),
        st.integers(1, 2),
    )
)


@given(RECORDS, RECORDS, st.randoms())
def test_two_records_merge_into_the_same_one_in_any_order(one, other, random):
    shuffled = [*one, *other, *one]
    random.shuffle(shuffled)
    assert merged([*one, *other]) == merged(shuffled)
    assert latest_checks([*one, *other]) == latest_checks(shuffled)
    assert {entry.sha256 for entry in merged(shuffled)} == {entry.sha256 for entry in (*one, *other)}


def test_the_latest_answer_counts_and_the_earlier_one_is_kept():
    early, late = read(at="2026-11-27T10:00:00.000Z"), read(at="2026-11-27T10:00:01.000Z")
    assert latest_checks([late, early]) == {"storage": (early, late)}


def test_a_correction_stands_beside_what_it_corrects():
    body = {"of": HASH, "text": "Lu", "reason": "Relu", "withdrawn": False}
    entry = read(kind="correction", body=body)
    assert corrections([entry]) == {HASH: (entry,)}


def test_a_name_is_the_fingerprint_of_the_text():
    text = entry_text()
    assert name_of(text) == sha256(text.encode()).hexdigest()


def test_a_record_has_one_digest_whatever_the_order_and_another_with_one_entry_less():
    names = [sha256(bytes([number])).hexdigest() for number in range(4)]
    said = "\n".join(sorted(names)) + "\n"
    assert digest_of(names) == digest_of(reversed(names)) == sha256(said.encode()).hexdigest()
    assert digest_of(names[1:]) != digest_of(names)
    assert digest_of(()) == sha256().hexdigest()
