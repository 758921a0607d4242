"""Keys in files: made once, readable by their owner alone, never overwritten."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from certify.trust.keys import FileSigner, is_signed, to_bytes, to_text
from tests.trust.given import VECTORS, signer


def test_made_key_signs_and_is_read_back(tmp_path: Path):
    path = tmp_path / "keys" / "seal.pem"
    made = FileSigner.make(path)
    read = FileSigner.read(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read.public() == made.public()
    assert is_signed(b"text", read.sign(b"text"), made.public())
    assert not is_signed(b"other", read.sign(b"text"), made.public())
    assert not is_signed(b"text", b"", made.public())


def test_key_is_never_overwritten(tmp_path: Path):
    before = FileSigner.make(tmp_path / "key.pem").public()
    with pytest.raises(FileExistsError):
        FileSigner.make(tmp_path / "key.pem")
    assert FileSigner.read(tmp_path / "key.pem").public() == before


def test_key_that_others_may_read_is_refused(tmp_path: Path):
    FileSigner.make(tmp_path / "key.pem")
    (tmp_path / "key.pem").chmod(0o640)
    with pytest.raises(PermissionError):
        FileSigner.read(tmp_path / "key.pem")


def test_key_of_another_kind_is_refused(tmp_path: Path):
    path = tmp_path / "key.pem"
    pem = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(ValueError):
        FileSigner.read(path)


@pytest.mark.parametrize("name", VECTORS["keys"])
def test_public_keys_are_those_of_the_vectors(name):
    assert signer(name).public().hex() == VECTORS["keys"][name]["pub_hex"]


def test_bytes_have_one_way_of_being_written():
    assert to_bytes(to_text(b"\xff\x00")) == b"\xff\x00"
    for other in (to_text(b"\xff\x00") + "=", "_wB", "!"):
        with pytest.raises(ValueError):
            to_bytes(other)
