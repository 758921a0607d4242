"""Signed statements: the vectors to the byte, a second library reads them, and confusions are refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
import rfc8785
from hypothesis import given as whenever
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import OKPKey

from certify.trust import status, tokens
from certify.trust.keys import to_bytes, to_text
from certify.trust.manifest import read_manifest, sign_manifest
from certify.trust.status import LARGEST, Status, StatusList, deflate, inflate, pack, status_token
from certify.workflows.evidence import canonical
from tests.trust.given import CREDENTIAL_KEY, STATUS_KEY, VECTORS, roots, signer

LIST, CREDENTIAL, MANIFEST = VECTORS["status"]["jwt"], VECTORS["vc"]["jwt"], VECTORS["manifest"]
STATUS_KEYS = {STATUS_KEY: signer("status-26").public()}
CREDENTIAL_KEYS = {CREDENTIAL_KEY: signer("vc-26").public()}
SAID = json.loads(to_bytes(MANIFEST["payload"]))
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_credential_is_signed_to_the_byte():
    payload = json.loads(to_bytes(CREDENTIAL.split(".")[1]))
    assert tokens.sign(payload, kind="vc+jwt", kid=CREDENTIAL_KEY, signer=signer("vc-26")) == CREDENTIAL


def test_status_list_is_written_to_the_byte():
    read = StatusList.read(LIST, STATUS_KEYS)
    assert [place for place, found in enumerate(read) if found is not Status.VALID] == [7, 42, 99]
    assert [read[7], read[42], read[99]] == [Status.WITHDRAWN, Status.SUSPENDED, Status.ALERT]
    again = status_token(list(read), uri=read.uri, kid=STATUS_KEY, signer=signer("status-26"), at=read.issued_at)
    assert again == LIST


def test_packing_is_that_of_the_ietf_example():
    values = (1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3)
    assert deflate(pack([list(Status)[value] for value in values])) == "eNo76fITAAPfAgc"


@whenever(st.lists(st.sampled_from(list(Status)), max_size=200))
def test_statuses_come_back_as_they_were_packed(statuses):
    token = status_token(statuses, uri="x", kid=STATUS_KEY, signer=signer("status-26"), at=NOW)
    assert list(StatusList.read(token, STATUS_KEYS))[: len(statuses)] == statuses


def test_list_past_its_end_says_so():
    read = StatusList.read(LIST, STATUS_KEYS)
    for place in (-1, len(read.packed) * 4):
        with pytest.raises(IndexError):
            read[place]
    assert read.expires_at - read.issued_at == timedelta(hours=72)


def test_bomb_is_refused_and_the_largest_list_is_read():
    assert len(inflate(deflate(bytes(LARGEST)))) == LARGEST
    for text in (deflate(bytes(LARGEST + 1)), deflate(b"abc")[:-2], to_text(b"no zlib")):
        with pytest.raises(ValueError):
            inflate(text)


def test_another_library_reads_our_statements():
    for token, keys in ((LIST, STATUS_KEYS), (CREDENTIAL, CREDENTIAL_KEYS)):
        ((_, public),) = keys.items()
        key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": to_text(public)})
        read = jws.deserialize_compact(token, key, algorithms=["Ed25519"])
        assert json.loads(read.payload) == json.loads(to_bytes(token.split(".")[1]))


@whenever(st.recursive(st.text() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1), st.lists, max_leaves=5))
def test_canonical_text_is_that_of_rfc_8785(value):
    assert canonical({"v": 1, "what": value}).encode("utf-8", "surrogatepass") == rfc8785.dumps({"v": 1, "what": value})


def confused(**header: object) -> str:
    """Our status list under another header, signed by its key all the same."""
    said = {"alg": "Ed25519", "typ": status.KIND, "kid": STATUS_KEY} | header
    text = to_text(json.dumps(said).encode()) + "." + LIST.split(".")[1]
    return f"{text}.{to_text(signer('status-26').sign(text.encode()))}"


@pytest.mark.parametrize(
    "token",
    [
        confused(alg="none"),
        confused(alg="HS256"),
        confused(typ="vc+jwt"),
        confused(kid=CREDENTIAL_KEY),
        confused(crit=["x"]),
        CREDENTIAL,
        LIST[:-1],
        LIST[:-2] + ("A" if LIST[-2] != "A" else "B") + LIST[-1],
        LIST + ".",
        LIST.replace(".", "", 1),
        "",
        "..",
        "é.é.é",
    ],
)
def test_confused_or_damaged_statement_is_not_believed(token):
    with pytest.raises(tokens.Untrusted):
        StatusList.read(token, STATUS_KEYS | CREDENTIAL_KEYS if token == CREDENTIAL else STATUS_KEYS)


def test_manifest_is_signed_to_the_byte_and_read():
    assert sign_manifest(SAID, {name: signer(name) for name in ("root-a", "root-c")}) == MANIFEST
    read = read_manifest(MANIFEST, roots(), at=NOW)
    assert (read.version, read.hosts, read.quorum, list(read.seals)) == (1, ("tdm.ma",), 1, [26])
    assert read.keys["status"] == STATUS_KEYS
    assert read.keys["vc"] == CREDENTIAL_KEYS


def manifest(*signers: str, **changed: object) -> dict:
    return sign_manifest(SAID | changed, {name.split(":")[0]: signer(name.split(":")[-1]) for name in signers})


@pytest.mark.parametrize(
    ("signed", "seen"),
    [
        (manifest("root-a"), 0),
        (manifest("root-a", "root-b:seal-26"), 0),
        (manifest("root-a", "root-d:root-b"), 0),
        ({"payload": MANIFEST["payload"], "signatures": [MANIFEST["signatures"][0]] * 2}, 0),
        (MANIFEST, 2),
        (manifest("root-a", "root-b", exp=int(NOW.timestamp())), 0),
        (manifest("root-a", "root-b", log="nonsense"), 0),
        ({"signatures": []}, 0),
        ({}, 0),
    ],
)
def test_manifest_that_must_not_be_trusted(signed, seen):
    with pytest.raises(tokens.Untrusted):
        read_manifest(signed, roots(), at=NOW, seen=seen)


def test_new_roots_come_in_under_the_old_ones_alone():
    kids = ("root-d", "root-e", "root-f")
    new = [{"kid": kid, "x": to_text(signer(kid).public())} for kid in kids]
    signed = manifest("root-a", "root-b", version=2, roots=new)
    read = read_manifest(signed, roots(), at=NOW, seen=1)
    assert set(read.roots.keys) == set(kids)
    third = manifest("root-d", "root-f", version=3, roots=new)
    assert read_manifest(third, read.roots, at=NOW, seen=2).version == 3
    with pytest.raises(tokens.Untrusted):
        read_manifest(third, roots(), at=NOW, seen=2)
