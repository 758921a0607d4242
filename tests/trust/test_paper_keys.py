"""Keys of the seal: made once, rotated under the same root, kept in a file or in a token."""

from __future__ import annotations

import subprocess
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key

from certify.trust import paper_keys
from certify.trust.paper import seal_pdf
from certify.trust.paper_keys import make_paper_keys, read_paper_roots, read_paper_sealer, rotate_paper_seal
from certify.trust.paper_reading import Trusted, read_paper
from certify.workflows.papers import PaperSeal
from tests.backends import need_file, need_tool
from tests.trust.sealing import AT, bare

SOFTHSM = "/usr/lib/softhsm/libsofthsm2.so"


@pytest.fixture
def made(tmp_path):
    make_paper_keys(tmp_path / "keys", tmp_path / "roots", "Agence", AT)
    return tmp_path


def test_keys_are_made_once_and_kept_from_others(made):
    modes = {path.name: path.stat().st_mode & 0o777 for path in made.rglob("paper-*")}
    assert modes == {
        "paper-root.crt": 0o644,
        "paper-root.key": 0o600,
        "paper-seal.crt": 0o644,
        "paper-seal.key": 0o600,
    }
    with pytest.raises(FileExistsError):
        make_paper_keys(made / "keys", made / "roots", "Agence", AT)


def test_certificates_may_do_their_own_work_alone(made):
    root, seal = (
        x509.load_pem_x509_certificate((made / "keys" / f"paper-{name}.crt").read_bytes()) for name in ("root", "seal")
    )
    seal.verify_directly_issued_by(root)
    allowed = [certificate.extensions.get_extension_for_class(x509.KeyUsage).value for certificate in (root, seal)]
    assert [(usage.key_cert_sign, usage.content_commitment) for usage in allowed] == [(True, False), (False, True)]
    assert seal.not_valid_after_utc - seal.not_valid_before_utc == timedelta(days=3 * 365)


def test_key_that_others_may_read_is_refused(made):
    (made / "keys" / "paper-seal.key").chmod(0o640)
    with pytest.raises(PermissionError, match="chmod 600"):
        read_paper_sealer(made / "keys")


def test_certificate_of_another_key_is_refused(made, tmp_path):
    make_paper_keys(tmp_path / "other", tmp_path / "others", "Agence", AT)
    (tmp_path / "other" / "paper-seal.crt").replace(made / "keys" / "paper-seal.crt")
    with pytest.raises(ValueError, match="not the certificate of"):
        read_paper_sealer(made / "keys")


def test_rotated_key_seals_no_more_and_what_it_sealed_stays_good(made):
    before = read_paper_sealer(made / "keys")
    old = seal_pdf(bare(), before, AT)
    rotate_paper_seal(made / "keys", made / "roots", AT + timedelta(days=365))
    after = read_paper_sealer(made / "keys")
    assert after.certificate != before.certificate
    assert sorted(path.name for path in (made / "keys").glob("*.key")) == ["paper-seal.key"]
    trusted = Trusted(read_paper_roots(made / "keys"))
    for content in (old, seal_pdf(bare(), after, AT + timedelta(days=366))):
        assert read_paper(content, trusted, at=AT + timedelta(days=366)).seal is PaperSeal.INTACT


def test_without_the_key_of_the_root_nothing_is_rotated(made):
    (made / "roots" / "paper-root.key").unlink()
    before = read_paper_sealer(made / "keys")
    with pytest.raises(FileNotFoundError):
        rotate_paper_seal(made / "keys", made / "roots", AT)
    assert read_paper_sealer(made / "keys").certificate == before.certificate


def test_token_seals_as_a_file_does(made, monkeypatch):
    need_file(SOFTHSM, "softhsm2")
    pkcs11 = pytest.importorskip("pkcs11")
    from pkcs11.util.rsa import encode_rsa_public_key  # noqa: PLC0415 - beside a package that may be missing

    from certify.trust.paper_token import TokenSealer  # noqa: PLC0415 - the same

    (made / "tokens").mkdir()
    (made / "softhsm2.conf").write_text(f"directories.tokendir = {made}/tokens\n", "utf-8")
    monkeypatch.setenv("SOFTHSM2_CONF", str(made / "softhsm2.conf"))
    tool = need_tool("softhsm2-util", "softhsm2")
    subprocess.run(
        [tool, "--init-token", "--free", "--label", "papers", "--so-pin", "12345678", "--pin", "4321"], check=True
    )
    with pkcs11.lib(SOFTHSM).get_token(token_label="papers").open(rw=True, user_pin="4321") as session:
        public, _ = session.generate_keypair(pkcs11.KeyType.RSA, 3072, store=True, label="seal")
        encoded = encode_rsa_public_key(public)
    (made / "keys" / "paper-seal.crt").unlink()
    paper_keys.certify_paper_key(made / "keys", made / "roots", load_der_public_key(encoded), AT)
    sealer = TokenSealer.of(made / "keys", library=SOFTHSM, token="papers", key="seal", pin="4321")
    content = seal_pdf(bare(), sealer, AT)
    assert "4321" not in repr(sealer)
    assert read_paper(content, Trusted(read_paper_roots(made / "keys")), at=AT).seal is PaperSeal.INTACT
