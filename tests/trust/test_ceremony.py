"""Keys are made, rotated and given up, and who pinned the roots follows; one root alone changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from certify.trust.ceremony import declare_compromised, make_keys, rotate
from certify.trust.keyring import NoKeys, did_document, jwks_of, read_keyring
from certify.trust.keys import KeyState
from certify.trust.manifest import read_manifest
from certify.trust.seal import Identity, SealReading, make_seal, read_seal
from certify.trust.tokens import Untrusted

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
JAR = Identity(gtin="06111234567895", serial="7K9M4T2XP8QJ")


@pytest.fixture
def rooms(tmp_path):
    keys, roots = tmp_path / "keys", tmp_path / "roots"
    make_keys(keys, roots, "tdm.ma", AT)
    return keys, roots


def sealed(keys):
    ring = read_keyring(keys)
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


def test_next_year_has_its_own_keys(rooms):
    later = AT + timedelta(days=60)
    assert [rotate(*rooms, role, later) for role in ("seal", "vc", "pin")] == ["seal-27", "vc-27", "pin-27"]
    assert (read_keyring(rooms[0]).seal_kid, read_keyring(rooms[0]).signer("vc")[0]) == (27, "did:web:tdm.ma#vc-27")


def test_what_a_retired_key_sealed_stays_good(rooms):
    old = sealed(rooms[0])
    rotate(*rooms, "seal", AT)
    seals = read_keyring(rooms[0]).manifest.seals
    assert [read_seal(JAR, seal, seals) for seal in (old, sealed(rooms[0]))] == [SealReading.GENUINE] * 2
    assert seals[26].state is KeyState.RETIRED


def test_what_a_stolen_key_sealed_is_told_apart(rooms):
    old = sealed(rooms[0])
    declare_compromised(*rooms, "seal-26", AT)
    seals = read_keyring(rooms[0]).manifest.seals
    assert [read_seal(JAR, seal, seals) for seal in (old, sealed(rooms[0]))] == [
        SealReading.COMPROMISED,
        SealReading.GENUINE,
    ]


def test_a_stolen_key_of_statements_is_not_published_any_more(rooms):
    declare_compromised(*rooms, "vc-26", AT)
    assert list(read_keyring(rooms[0]).manifest.keys["vc"]) == ["did:web:tdm.ma#vc-26b"]


def test_an_unknown_key_is_not_given_up(rooms):
    with pytest.raises(NoKeys):
        declare_compromised(*rooms, "seal-77", AT)
    assert read_keyring(rooms[0]).manifest.version == 1


def test_one_root_changes_nothing(rooms):
    keys, roots = rooms
    for name in ("root-b", "root-c"):
        (roots / f"{name}.pem").unlink()
    with pytest.raises(Untrusted, match="1 of the 2 roots"):
        rotate(keys, roots, "vc", AT)
    assert read_keyring(keys).manifest.version == 1


def test_two_roots_are_enough_and_a_reader_follows(rooms):
    keys, roots = rooms
    pinned = read_keyring(keys).manifest
    (roots / "root-c.pem").unlink()
    rotate(keys, roots, "seal", AT)
    published = read_keyring(keys).published
    assert read_manifest(published, pinned.roots, at=AT, seen=pinned.version).version == 2


def test_a_key_that_others_may_read_signs_nothing(rooms):
    (rooms[0] / "vc-26.pem").chmod(0o644)
    with pytest.raises(NoKeys, match="can be read by others"):
        read_keyring(rooms[0]).signer("vc")


def test_readers_of_other_standards_find_the_same_keys(rooms):
    manifest = read_keyring(rooms[0]).manifest
    kids = ["did:web:tdm.ma#vc-26", "did:web:tdm.ma#status-26"]
    assert [key["kid"] for key in jwks_of(manifest)["keys"]] == kids
    assert did_document("did:web:tdm.ma", manifest)["assertionMethod"] == kids
