"""Keys in a PKCS #11 token: SoftHSM2 signs what the file keys sign, and everybody verifies it."""

from __future__ import annotations

from datetime import UTC, datetime

import pkcs11
import pytest
from pkcs11 import KeyType

from certify.trust.ceremony import make_keys, rotate
from certify.trust.keyring import NoKeys, read_keyring, read_signer
from certify.trust.keys import FileSigner, is_signed
from certify.trust.paper_token import TokenSealer
from tests.trust import tokens

pytestmark = tokens.needed
ED25519 = b"\x13\x0cedwards25519"
"""The name of the curve, as a PrintableString."""

AT = datetime(2026, 6, 15, 9, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
def made() -> None:
    """An Ed25519 key, `vc-26`, made in the token."""
    with tokens.opened() as session:
        curve = {pkcs11.Attribute.EC_PARAMS: ED25519}
        parameters = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
        parameters.generate_keypair(mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label="vc-26")


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
