"""A witness signs what goes on from what it signed, and nothing else, whoever asks and however often."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from certify.trust.merkle import consistency_proof
from certify.trust.note import open_note
from certify.trust.tiles import CHECKPOINT, Log, read_subtrees
from certify.trust.witness import Unsigned, Witness, read_request, request_of, serve
from tests.trust.given import LOG, ORIGIN, log_key, signer, witness_keys

AT = datetime(2026, 11, 22, 10, 0, 21, tzinfo=UTC)
NAME = "witness.um6p.example/tdm"


@pytest.fixture
def witness(tmp_path) -> Witness:
    return Witness(log_key(), NAME, signer("witness-um6p"), tmp_path / "memory")


class Grown:
    """A log of the test, its heads, and the proof from one to the next."""

    def __init__(self, folder, mark: str = "entry") -> None:
        self.log = Log(folder, ORIGIN, signer("log"))
        self.mark = mark

    def head(self, size: int) -> str:
        entries = [f"{self.mark} {number}".encode() for number in range(size)]
        self.log.publish(lambda begin: entries[begin:])
        return (self.log.folder / CHECKPOINT).read_text()

    def proof(self, old: int, new: int) -> list[bytes]:
        return consistency_proof(old, new, read_subtrees(new, self.log.fetch))


@pytest.fixture
def grown(tmp_path) -> Grown:
    return Grown(tmp_path / "log")


def refused(witness: Witness, request: str) -> tuple[int, str]:
    with pytest.raises(Unsigned) as refusal:
        witness.add(request, AT)
    return refusal.value.status, refusal.value.body


def test_a_witness_signs_a_log_that_grows(witness, grown):
    first = grown.head(3)
    signed = witness.add(request_of(0, [], first), AT)
    second = grown.head(700)
    again = witness.add(request_of(3, grown.proof(3, 700), second), AT)
    for note in (first + signed, second + again):
        assert open_note(note, log_key(), [witness.key]).seen_at == {NAME: AT}


def test_a_witness_signs_the_same_head_twice(witness, grown):
    head = grown.head(3)
    assert witness.add(request_of(0, [], head), AT) == witness.add(request_of(3, [], head), AT)


def test_another_past_is_not_signed(witness, grown, tmp_path):
    witness.add(request_of(0, [], grown.head(3)), AT)
    forked = Grown(tmp_path / "fork", "other")
    same_size, longer = forked.head(3), forked.head(5)
    assert refused(witness, request_of(3, [], same_size)) == (409, "3\n")
    assert refused(witness, request_of(3, forked.proof(3, 5), longer)) == (422, "3\n")
    assert refused(witness, request_of(0, [], longer)) == (409, "3\n")


def test_a_shorter_log_is_not_signed(witness, grown):
    short = grown.head(3)
    witness.add(request_of(0, [], grown.head(5)), AT)
    assert refused(witness, request_of(5, [], short))[0] == 400
    assert refused(witness, request_of(3, [], short)) == (409, "5\n")


def test_who_is_not_the_log_is_refused(witness, tmp_path):
    stranger = Log(tmp_path / "stranger", ORIGIN, signer("root-a"))
    stranger.publish(lambda begin: [b"entry"][begin:])
    note = (tmp_path / "stranger" / CHECKPOINT).read_text()
    assert refused(witness, request_of(0, [], note))[0] == 403


@pytest.mark.parametrize("text", ["", "old 3", "old x\n\nnote", "old -1\n\nnote", "old 3\n!!\n\nnote", "new 3\n\nnote"])
def test_what_is_no_request_is_refused(witness, text):
    assert refused(witness, text)[0] == 400


def test_a_request_is_read_as_it_was_written():
    assert read_request(request_of(3, [bytes(32)], LOG["checkpoint_6"])) == (3, [bytes(32)], LOG["checkpoint_6"])


def test_what_was_signed_is_remembered(witness, grown, tmp_path):
    witness.add(request_of(0, [], grown.head(3)), AT)
    reborn = Witness(log_key(), NAME, signer("witness-um6p"), tmp_path / "memory")
    assert refused(reborn, request_of(0, [], grown.head(5))) == (409, "3\n")


def test_the_witness_of_the_vectors_is_read_as_theirs():
    names = open_note(LOG["checkpoint_6"], log_key(), witness_keys()).seen_at
    assert sorted(names) == [key.name for key in sorted(witness_keys(), key=lambda key: key.name)]


def test_over_http_it_answers_the_same(witness, grown):
    server = serve(witness, 0)
    Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        request = request_of(0, [], grown.head(3)).encode()
        with urlopen(f"{address}/add-checkpoint", request, timeout=5) as answer:
            assert open_note(grown.head(3) + answer.read().decode(), log_key(), [witness.key]).seen_at.keys() == {NAME}
        with pytest.raises(HTTPError) as refusal:
            urlopen(f"{address}/add-checkpoint", request, timeout=5)
        with refusal.value as told:
            assert (told.code, told.headers["Content-Type"], told.read()) == (409, "text/x.tlog.size", b"3\n")
        with pytest.raises(HTTPError) as elsewhere:
            urlopen(f"{address}/other", request, timeout=5)
        elsewhere.value.close()
        assert elsewhere.value.code == 404
    finally:
        server.shutdown()
        server.server_close()
