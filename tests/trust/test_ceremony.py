"""Keys are made, rotated and given up, and who pinned the roots follows; one root alone changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from certify.trust import ceremony
from certify.trust.ceremony import (
    LIFETIME,
    ROOTS,
    declare_compromised,
    declare_log_stolen,
    end_log,
    make_keys,
    rotate,
)
from certify.trust.keyring import NoKeys, did_document, jwks_of, read_keyring
from certify.trust.keys import FileSigner, KeyState, to_text
from certify.trust.manifest import Manifest, read_manifest, sign_manifest
from certify.trust.note import Checkpoint
from certify.trust.seal import Identity, SealReading, make_seal, read_seal
from certify.trust.tokens import Untrusted

AT = datetime(2026, 6, 15, 9, tzinfo=UTC)
JAR = Identity(gtin="06111234567895", serial="7K9M4T2XP8QJ")


@pytest.fixture
def rooms(tmp_path):
    keys, roots = tmp_path / "keys", tmp_path / "roots"
    make_keys(keys, roots, "tdm.ma", AT)
    return keys, roots


def sealed(keys):
    ring = read_keyring(keys, AT)
    return make_seal(JAR, ring.seal_kid, ring.seal_signer)


def test_keys_are_for_the_service_alone(rooms):
    private = [path for folder in rooms for path in folder.iterdir() if path.suffix in {".pem", ".key"}]
    assert {path.stat().st_mode & 0o077 for path in private} == {0}
    assert len(private) == 8
    assert rooms[0].stat().st_mode & 0o077 == 0


def test_keys_are_never_made_twice(rooms):
    with pytest.raises(FileExistsError):
        make_keys(*rooms, "tdm.ma", AT)


@pytest.mark.parametrize(("role", "name"), [("seal", "seal-128"), ("vc", "vc-26b"), ("status", "status-26b")])
def test_a_key_rotated_within_the_year_has_a_name_of_its_own(rooms, role, name):
    assert rotate(*rooms, role, AT) == name


@pytest.mark.parametrize("later", [datetime(2026, 11, 2, tzinfo=UTC), datetime(2027, 1, 20, tzinfo=UTC)])
def test_next_year_has_its_own_keys_from_its_eve_on(rooms, later):
    assert [rotate(*rooms, role, later) for role in ("seal", "vc", "pin")] == ["seal-27", "vc-27", "pin-27"]
    for at in (later, datetime(2027, 12, 1, tzinfo=UTC)):
        ring = read_keyring(rooms[0], at)
        assert (ring.seal_kid, ring.signer("vc")[0]) == (27, "did:web:tdm.ma#vc-27")


def test_past_its_year_a_key_seals_and_vouches_no_more(rooms):
    last, after = (read_keyring(rooms[0], datetime(year, *day, tzinfo=UTC)) for year, *day in YEARS)
    assert (last.seal_kid, last.signer("vc")[0], after.signer("status")[0]) == (
        *(26, "did:web:tdm.ma#vc-26", "did:web:tdm.ma#status-26"),
    )
    for use in (lambda: after.seal_kid, lambda: after.seal_signer, lambda: after.signer("vc")):
        with pytest.raises(NoKeys, match="No key may"):
            use()


YEARS = ((2026, 12, 31), (2027, 1, 1))


def test_under_a_manifest_that_has_ended_nothing_is_signed(rooms):
    ended = read_keyring(rooms[0], AT + LIFETIME)
    for use in (lambda: ended.seal_kid, lambda: ended.signer("vc"), lambda: ended.signer("status")):
        with pytest.raises(NoKeys, match=r"ended on 2027-07-20: each .* renews it"):
            use()
    rotate(*rooms, "seal", AT + LIFETIME)
    assert read_keyring(rooms[0], AT + LIFETIME).seal_kid == 27


def test_a_key_of_statements_past_its_term_is_none(rooms):
    published, roots = read_keyring(rooms[0], AT).published, read_keyring(rooms[0], AT).manifest.roots
    said = json.loads(read_keyring(rooms[0], AT).manifest.payload)
    assert [(key["nbf"], key["exp"]) for key in said["jwks"]] == [
        ("2026-01-01", "2031-12-31"),
        ("2026-01-01", "2027-12-31"),
    ]
    assert set(read_manifest(published, roots, at=AT).keys) == {"vc", "status"}
    ended = sign_manifest(said | {"exp": int(datetime(2100, 1, 1, tzinfo=UTC).timestamp())}, signers(rooms[1]))
    assert set(read_manifest(ended, roots, at=datetime(2028, 1, 1, tzinfo=UTC)).keys) == {"vc"}


def signers(roots):
    return {name: FileSigner.read(roots / f"{name}.pem") for name in ROOTS}


def test_what_ends_when_is_told(rooms):
    year = date(2026, 12, 31)
    assert read_keyring(rooms[0], AT).ends() == {
        "seal-26": year,
        "vc-26": year,
        "status-26": year,
        "tdm-trust": (AT + LIFETIME).date(),
    }


def test_what_a_retired_key_sealed_stays_good(rooms):
    old = sealed(rooms[0])
    rotate(*rooms, "seal", AT)
    seals = read_keyring(rooms[0], AT).manifest.seals
    assert [read_seal(JAR, seal, seals, AT.date()) for seal in (old, sealed(rooms[0]))] == [SealReading.GENUINE] * 2
    assert seals[26].state is KeyState.RETIRED


def test_what_a_stolen_key_sealed_is_told_apart(rooms):
    old = sealed(rooms[0])
    declare_compromised(*rooms, "seal-26", AT)
    seals = read_keyring(rooms[0], AT).manifest.seals
    assert [read_seal(JAR, seal, seals, AT.date()) for seal in (old, sealed(rooms[0]))] == [
        SealReading.COMPROMISED,
        SealReading.GENUINE,
    ]


def test_a_stolen_key_of_statements_is_not_published_any_more(rooms):
    declare_compromised(*rooms, "vc-26", AT)
    assert list(read_keyring(rooms[0], AT).manifest.keys["vc"]) == ["did:web:tdm.ma#vc-26b"]


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("seal", ["seal-128", "seal-129", "seal-130"]),
        ("vc", ["vc-26b", "vc-26c", "vc-26d"]),
        ("status", ["status-26b", "status-26c", "status-26d"]),
    ],
)
def test_no_key_ever_gets_the_name_of_another_even_when_that_is_destroyed(rooms, role, names):
    given, last = [], f"{role}-26"
    for _ in names:
        given.append(declare_compromised(*rooms, last, AT))
        (rooms[0] / f"{last}.pem").unlink()
        last = given[-1]
    assert given == names


def test_no_log_ever_gets_the_name_of_another_even_when_its_key_is_destroyed(rooms):
    names = []
    for number, last in enumerate(("log", "log2", "log3"), 1):
        end = Checkpoint(f"tdm.ma/{last}", number, bytes(32))
        names.append(end_log(*rooms, end, AT, state=KeyState.COMPROMISED).manifest.log.below)
        (rooms[0] / f"{last}.pem").unlink()
    assert names == ["log2", "log3", "log4"]


def test_a_code_sealed_by_a_stolen_key_stays_what_it_was_when_that_is_destroyed(rooms):
    old = sealed(rooms[0])
    declare_compromised(*rooms, "seal-26", AT)
    (rooms[0] / "seal-26.pem").unlink()
    rotate(*rooms, "seal", AT)
    assert read_seal(JAR, old, read_keyring(rooms[0], AT).manifest.seals, AT.date()) == SealReading.COMPROMISED


def test_of_two_ceremonies_at_once_one_is_done_again(rooms, monkeypatch):
    def meanwhile(*given):
        monkeypatch.undo()
        declare_compromised(*rooms, "seal-26", AT)
        return sign_manifest(*given)

    monkeypatch.setattr(ceremony, "sign_manifest", meanwhile)
    with pytest.raises(NoKeys, match="Somebody else changed the keys meanwhile"):
        rotate(*rooms, "vc", AT)
    manifest = read_keyring(rooms[0], AT).manifest
    assert (manifest.version, manifest.seals[26].state) == (3, KeyState.COMPROMISED)


MALFORMED = [
    {"log": 5},
    {"log": "tdm.ma/log"},
    {"size": "5"},
    {"size": -1},
    {"size": True},
    {"root": ""},
    {"root": to_text(bytes(31))},
    {"state": "active"},
    {"state": "lost"},
]


@pytest.mark.parametrize("change", MALFORMED, ids=str)
def test_a_manifest_that_says_badly_how_a_log_ended_is_none(rooms, change):
    ended = end_log(*rooms, Checkpoint("tdm.ma/log", 5, bytes(32)), AT, state=KeyState.RETIRED)
    said = json.loads(ended.manifest.payload)
    said["ended"][0] |= change
    with pytest.raises(ValueError, match=r"manifest|key of notes|canonical|KeyState"):
        Manifest.of(json.dumps(said).encode(), AT.date())
    roots = {path.stem: FileSigner.read(path) for path in rooms[1].glob("*.pem")}
    with pytest.raises(Untrusted):
        read_manifest(sign_manifest(said, roots), ended.manifest.roots, at=AT)


def test_an_unknown_key_is_not_given_up(rooms):
    with pytest.raises(NoKeys):
        declare_compromised(*rooms, "seal-77", AT)
    assert read_keyring(rooms[0], AT).manifest.version == 1


def test_one_root_changes_nothing(rooms):
    keys, roots = rooms
    for name in ("root-b", "root-c"):
        (roots / f"{name}.pem").unlink()
    with pytest.raises(Untrusted, match="1 of the 2 roots"):
        rotate(keys, roots, "vc", AT)
    assert read_keyring(keys, AT).manifest.version == 1
    with pytest.raises(Untrusted, match="1 of the 2 roots"):
        end_log(keys, roots, Checkpoint("tdm.ma/log", 5, bytes(32)), AT, state=KeyState.RETIRED)
    assert {path.name for path in keys.glob("*.pem")} == {"seal-26.pem", "vc-26.pem", "status-26.pem", "log.pem"}


def test_the_key_of_a_log_that_has_ended_may_be_stolen_later(rooms):
    end_log(*rooms, Checkpoint("tdm.ma/log", 5, bytes(32)), AT, state=KeyState.RETIRED)
    declare_log_stolen(*rooms, "log", AT)
    manifest = read_keyring(rooms[0], AT).manifest
    assert ([each.state for each in manifest.ended], manifest.log.below) == ([KeyState.COMPROMISED], "log2")
    with pytest.raises(NoKeys, match="No log log2 has ended"):
        declare_log_stolen(*rooms, "log2", AT)


def test_two_roots_are_enough_and_a_reader_follows(rooms):
    keys, roots = rooms
    pinned = read_keyring(keys, AT).manifest
    (roots / "root-c.pem").unlink()
    rotate(keys, roots, "seal", AT)
    published = read_keyring(keys, AT).published
    assert read_manifest(published, pinned.roots, at=AT, seen=pinned.version).version == 2


def test_a_key_that_others_may_read_signs_nothing(rooms):
    (rooms[0] / "vc-26.pem").chmod(0o644)
    with pytest.raises(NoKeys, match="can be read by others"):
        read_keyring(rooms[0], AT).signer("vc")


def test_a_key_of_opening_numbers_that_others_may_read_derives_none(rooms):
    (rooms[0] / "pin-26.key").chmod(0o644)
    with pytest.raises(NoKeys, match="can be read by others"):
        read_keyring(rooms[0], AT).pin_key_of(26)


def test_a_folder_that_was_there_before_is_closed(tmp_path):
    (tmp_path / "keys").mkdir(mode=0o755)
    make_keys(tmp_path / "keys", tmp_path / "roots", "tdm.ma", AT)
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_readers_of_other_standards_find_the_same_keys(rooms):
    manifest = read_keyring(rooms[0], AT).manifest
    kids = ["did:web:tdm.ma#vc-26", "did:web:tdm.ma#status-26"]
    assert [key["kid"] for key in jwks_of(manifest)["keys"]] == kids
    assert did_document("did:web:tdm.ma", manifest)["assertionMethod"] == kids
