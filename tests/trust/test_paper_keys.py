"""Keys of the seal: made once, rotated under the same root, kept in a file or in a token."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from contextlib import nullcontext
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from cryptography import x509
from pkcs11 import KeyType

from certify.trust.keys import FileSigner
from certify.trust.paper import seal_pdf
from certify.trust.paper_keys import (
    make_paper_keys,
    read_paper_certificates,
    read_paper_roots,
    read_paper_sealer,
    replace_paper_root,
    rotate_paper_seal,
)
from certify.trust.paper_reading import Trusted, read_paper
from certify.workflows.papers import PaperSeal
from tests.trust import tokens
from tests.trust.sealing import AT, bare


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The keys as they are made, once; each test has a copy, for two keys of RSA take half a second."""
    folder = tmp_path_factory.mktemp("made")
    make_paper_keys(folder / "keys", folder / "roots", "Agence", AT)
    return folder


@pytest.fixture
def made(first, tmp_path):
    return shutil.copytree(first, tmp_path / "made")


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


def test_key_of_another_kind_is_refused(made):
    path = made / "keys" / "paper-seal.key"
    path.unlink()
    FileSigner.make(path)
    with pytest.raises(ValueError, match="another kind of key than RSA"):
        read_paper_sealer(made / "keys")


def test_certificate_of_another_key_is_refused(made, tmp_path):
    make_paper_keys(tmp_path / "other", tmp_path / "others", "Agence", AT)
    (tmp_path / "other" / "paper-seal.crt").replace(made / "keys" / "paper-seal.crt")
    with pytest.raises(ValueError, match="another key"):
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


def test_no_certificate_is_lost_when_two_begin_in_one_second(made):
    known = [read_paper_sealer(made / "keys").certificate]
    for _ in range(2):
        rotate_paper_seal(made / "keys", made / "roots", AT)
        known.append(read_paper_sealer(made / "keys").certificate)
    assert read_paper_certificates(made / "keys") == known


def test_under_another_root_than_the_present_one_nothing_is_rotated(made):
    replace_paper_root(made / "keys", made / "other", "Agence", AT + timedelta(days=1))
    before = {path: path.read_bytes() for path in made.rglob("*") if path.is_file()}
    with pytest.raises(ValueError, match="is not that of the present root of papers"):
        rotate_paper_seal(made / "keys", made / "roots", AT + timedelta(days=2))
    assert {path: path.read_bytes() for path in made.rglob("*") if path.is_file()} == before


def test_without_the_key_of_the_root_nothing_is_rotated(made):
    (made / "roots" / "paper-root.key").unlink()
    before = read_paper_sealer(made / "keys")
    with pytest.raises(FileNotFoundError):
        rotate_paper_seal(made / "keys", made / "roots", AT)
    assert read_paper_sealer(made / "keys").certificate == before.certificate


LATER = AT + timedelta(days=30)


def replace(made: Path) -> None:
    replace_paper_root(made / "keys", made / "new", "Agence", LATER)


def test_root_is_replaced_without_its_key_and_what_was_sealed_under_it_stays_good(made):
    before = read_paper_sealer(made / "keys")
    old = seal_pdf(bare(), before, AT)
    (made / "roots" / "paper-root.key").unlink()
    replace(made)
    after = read_paper_sealer(made / "keys")
    roots = read_paper_roots(made / "keys")
    assert (roots[1:], tuple(after.chain)) == (list(before.chain), (roots[0],))
    assert read_paper_certificates(made / "keys") == [before.certificate, after.certificate]
    for content in (old, seal_pdf(bare(), after, LATER)):
        assert read_paper(content, Trusted(roots), at=LATER).seal is PaperSeal.INTACT
    names = {x509.load_der_x509_certificate(root).subject.rfc4514_string() for root in roots}
    assert len(names) == 2


def test_root_is_never_replaced_by_one_that_papers_have_or_had(made):
    replace(made)
    held = {path.name: path.read_bytes() for path in made.rglob("paper-*")}
    for stick in ("roots", "new"):
        with pytest.raises(FileExistsError, match="bring another stick"):
            replace_paper_root(made / "keys", made / stick, "Agence", LATER)
    assert {path.name: path.read_bytes() for path in made.rglob("paper-*")} == held


def killed_at(step: int, folder: Path) -> bool:
    """Replace the root in a child that is killed right before the `step`-th file gets its name; tell whether it was."""
    child = os.fork()
    if not child:
        try:
            names = count(1)

            def watch(event: str, _facts: tuple) -> None:
                if event == "os.rename" and next(names) == step:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(watch)
            replace(folder)
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


@pytest.mark.parametrize(("step", "waits"), [(1, False), (2, False), (3, False), (4, True), (5, True), (6, True)])
def test_replacement_killed_anywhere_and_done_again_comes_to_the_same(made, step, waits):
    old, key = read_paper_sealer(made / "keys"), made / "new" / "paper-root.key"
    assert killed_at(step, made)
    with pytest.raises(ValueError, match=r"paper-seal\.crt is") if waits else nullcontext():
        assert read_paper_sealer(made / "keys") == old
    held = key.read_bytes() if key.exists() else None
    replace(made)
    after = read_paper_sealer(made / "keys")
    assert held in (None, key.read_bytes())
    assert read_paper_roots(made / "keys") == [*after.chain, *old.chain]
    assert read_paper_certificates(made / "keys") == [old.certificate, after.certificate]


def test_no_step_of_a_replacement_is_left_out(made):
    assert not killed_at(7, made)


@tokens.needed
def test_seal_moves_from_a_file_to_a_token(made):
    with tokens.opened() as session:
        session.generate_keypair(KeyType.RSA, 3072, store=True, label="paper-seal")
    tokens.tell(made / "keys" / "paper-seal.toml", "paper-seal")
    with pytest.raises(ValueError, match="another key"):
        read_paper_sealer(made / "keys")
    rotate_paper_seal(made / "keys", made / "roots", AT)
    sealer = read_paper_sealer(made / "keys")
    content = seal_pdf(bare(), sealer, AT)
    assert (type(sealer).__name__, "1234" in repr(sealer)) == ("TokenSealer", False)
    assert list((made / "keys").glob("*.key")) == []
    assert read_paper(content, Trusted(read_paper_roots(made / "keys")), at=AT).seal is PaperSeal.INTACT
