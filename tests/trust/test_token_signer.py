"""Keys in a PKCS #11 token: SoftHSM2 signs what the file keys sign, and everybody verifies it."""

from __future__ import annotations

from datetime import UTC, datetime

import pkcs11
import pytest
from pkcs11 import KeyType

from certify.trust.ceremony import declare_compromised, end_log, make_keys, rotate
from certify.trust.keyring import NoKeys, read_keyring, read_signer
from certify.trust.keys import FileSigner, KeyState, is_signed
from certify.trust.note import Checkpoint
from certify.trust.paper_token import TokenSealer
from tests.trust import tokens

pytestmark = tokens.needed
ED25519 = b"\x13\x0cedwards25519"
"""The name of the curve, as a PrintableString."""

AT = datetime(2026, 6, 15, 9, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def made() -> None:
    """Ed25519 keys made in the token: `vc-26`, and `another`."""
    with tokens.opened() as session:
        curve = {pkcs11.Attribute.EC_PARAMS: ED25519}
        parameters = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
        for label in ("vc-26", "another"):
            parameters.generate_keypair(mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label=label)


def test_a_token_signs_as_a_file_does(tmp_path):
    tokens.tell(tmp_path / "vc-26.toml", "vc-26")
    signer = read_signer(tmp_path, "vc-26")
    assert is_signed(b"text", signer.sign(b"text"), signer.public())
    assert not is_signed(b"other", signer.sign(b"text"), signer.public())


def test_keys_are_made_around_one_in_a_token(tmp_path):
    tokens.tell(tmp_path / "keys" / "vc-26.toml", "vc-26")
    ring = make_keys(tmp_path / "keys", tmp_path / "roots", "tdm.ma", AT)
    kid, signer = ring.signer("vc")
    assert (kid, signer.public()) == ("did:web:tdm.ma#vc-26", ring.manifest.keys["vc"][kid])
    assert not (tmp_path / "keys" / "vc-26.pem").exists()
    assert isinstance(ring.signer("status")[1], FileSigner)


def test_a_role_moves_from_a_file_to_a_token(tmp_path):
    make_keys(tmp_path / "keys", tmp_path / "roots", "tdm.ma", AT)
    tokens.tell(tmp_path / "keys" / "vc-26b.toml", "vc-26")
    rotate(tmp_path / "keys", tmp_path / "roots", "vc", AT)
    kid, signer = read_keyring(tmp_path / "keys", AT).signer("vc")
    assert (kid, is_signed(b"text", signer.sign(b"text"), signer.public())) == ("did:web:tdm.ma#vc-26b", True)


@pytest.mark.parametrize(
    ("stolen", "successor"), [("vc-26", "vc-26b"), ("status-26", "status-26b"), ("seal-26", "seal-128")]
)
def test_a_stolen_key_in_a_token_gets_a_successor_of_another_name(tmp_path, stolen, successor):
    rooms = tmp_path / "keys", tmp_path / "roots"
    tokens.tell(rooms[0] / f"{stolen}.toml", "vc-26")
    before = make_keys(*rooms, "tdm.ma", AT)
    assert declare_compromised(*rooms, stolen, AT) == successor
    after = read_keyring(rooms[0], AT)
    assert signs(after, stolen).public() != signs(before, stolen).public()


def signs(ring, name: str):
    role = name.partition("-")[0]
    return ring.seal_signer if role == "seal" else ring.signer(role)[1]


@pytest.mark.parametrize("key", ["another", "vc-26"])
def test_a_log_in_a_token_is_followed_by_one_of_another_key(tmp_path, key):
    rooms, end = (tmp_path / "keys", tmp_path / "roots"), Checkpoint("tdm.ma/log", 5, bytes(32))
    tokens.tell(rooms[0] / "log.toml", "vc-26")
    before = make_keys(*rooms, "tdm.ma", AT).manifest
    tokens.tell(rooms[0] / "log2.toml", key)
    if key == "vc-26":
        with pytest.raises(NoKeys, match=r"log2\.toml tells of a key that was in use before"):
            end_log(*rooms, end, AT, state=KeyState.COMPROMISED)
        assert read_keyring(rooms[0], AT).manifest == before
        return
    ring = end_log(*rooms, end, AT, state=KeyState.COMPROMISED)
    assert (ring.manifest.log.below, ring.log_signer.public()) == ("log2", ring.manifest.log.public)


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_pin_that_others_may_read_opens_no_token(tmp_path, mode):
    (tmp_path / "pin").write_text("1234")
    (tmp_path / "pin").chmod(mode)
    told = f'library = "x"\ntoken = "terroir"\nkey = "vc-26"\npin_file = "{tmp_path / "pin"}"\n'
    (tmp_path / "vc-26.toml").write_text(told)
    with pytest.raises(NoKeys, match="can be read by others"):
        read_signer(tmp_path, "vc-26")
    with pytest.raises(PermissionError):
        TokenSealer.read(tmp_path / "vc-26.toml", b"", ())


def test_a_token_told_of_badly_is_no_key(tmp_path):
    (tmp_path / "vc-26.toml").write_text('library = "x"\n')
    with pytest.raises(NoKeys, match="does not name 'token'"):
        read_signer(tmp_path, "vc-26")
