"""A witness of the public log: it signs a head only if it goes on from the one it signed before (C2SP tlog-witness).

    python -m certify.trust.witness VKEY --name NAME --key KEY.pem --memory FILE [--port 8460]

Somebody else runs it, on another machine, with a key of their own: then nobody can be shown another past than all the
others. It answers `POST /add-checkpoint` with its cosignature, or with the size it knows (409), and asks nobody.
"""

from __future__ import annotations

import argparse
import sys
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock

from certify.trust.keys import FileSigner, Signer
from certify.trust.merkle import BadProof, check_consistency
from certify.trust.note import COSIGNATURE, BadNote, Checkpoint, NoteKey, cosign, open_note
from certify.trust.whole import write_whole

PATH, SIZE_TYPE = "/add-checkpoint", "text/x.tlog.size"
LARGEST = 64 * 1024
"""Bytes of a request: a proof has 63 hashes at most."""


class Unsigned(Exception):
    """The witness does not sign; `status` is that of the answer, `body` what it says."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body = status, body


class Witness:
    """Signs the heads of one log; `memory` is the file that keeps the last one it signed, never an older one."""

    def __init__(self, log: NoteKey, name: str, signer: Signer, memory: Path) -> None:
        self.log, self.key = log, NoteKey(name, COSIGNATURE, signer.public())
        self._signer, self._memory = signer, memory
        self._alone = Lock()

    def add(self, request: str, at: datetime) -> str:
        """Return the cosignature of the head that a request brings. Raises Unsigned."""
        try:
            old, proof, note = read_request(request)
        except ValueError as fault:
            raise Unsigned(400, str(fault)) from fault
        try:
            checkpoint = open_note(note, self.log).checkpoint
        except BadNote as fault:
            raise Unsigned(403, str(fault)) from fault
        with self._alone:
            self._follow(old, proof, checkpoint)
            signed = cosign(note, self.key.name, self._signer, at)
            self._remember(checkpoint)
        return signed

    def _follow(self, old: int, proof: Sequence[bytes], checkpoint: Checkpoint) -> None:
        """Return if a head goes on from the last one signed. Raises Unsigned."""
        size, root = self._known()
        if old > checkpoint.size:
            raise Unsigned(400, "the log cannot be shorter than what it goes on from")
        if old != size:
            raise Unsigned(409, f"{size}\n")
        if not size:
            return
        try:
            check_consistency(size, root, checkpoint.size, checkpoint.root, proof)
        except BadProof as fault:
            raise Unsigned(409 if size == checkpoint.size else 422, f"{size}\n") from fault

    def _known(self) -> tuple[int, bytes]:
        try:
            size, root = self._memory.read_text().split()
        except FileNotFoundError:
            return 0, b""
        return int(size), b64decode(root)

    def _remember(self, checkpoint: Checkpoint) -> None:
        known = f"{checkpoint.size} {b64encode(checkpoint.root).decode()}\n"
        write_whole(self._memory, known.encode(), is_durable=True)


def request_of(old: int, proof: Sequence[bytes], note: str) -> str:
    """Write a request: the size that the witness knows, the proof from there, the signed head."""
    lines = [f"old {old}", *(b64encode(each).decode() for each in proof)]
    return "\n".join(lines) + f"\n\n{note}"


def read_request(text: str) -> tuple[int, list[bytes], str]:
    """Take a request apart. Raises ValueError for anything else."""
    head, gap, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    old = int(first.removeprefix("old "))
    if not gap or first != f"old {old}" or old < 0:
        raise ValueError("this is no request for a cosignature")
    return old, [b64decode(line, validate=True) for line in lines], note


def serve(witness: Witness, port: int, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Return a server that answers for a witness, to be run; port 0 takes a free one."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            try:
                if self.path != PATH or not 0 < length <= LARGEST:
                    raise Unsigned(404 if self.path != PATH else 400, "")
                self._answer(200, witness.add(self.rfile.read(length).decode(), datetime.now(UTC)), "text/plain")
            except UnicodeDecodeError:
                self._answer(400, "", "text/plain")
            except Unsigned as refusal:
                self._answer(refusal.status, refusal.body, SIZE_TYPE if refusal.status == 409 else "text/plain")

        def _answer(self, status: int, body: str, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Keep no list of who asked."""

    return ThreadingHTTPServer((host, port), Desk)


def main(arguments: list[str] | None = None) -> int:
    """Run a witness until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m certify.trust.witness", description=__doc__.partition("\n")[0])
    parser.add_argument("log", help="the key of the log, as the trust manifest names it: name+id+key")
    parser.add_argument("--name", required=True, help="the name of this witness, as in witness.example/tdm")
    parser.add_argument("--key", type=Path, required=True, help="its private key; made when the file is not there")
    parser.add_argument("--memory", type=Path, required=True, help="a file that keeps the last head it signed")
    parser.add_argument("--port", type=int, default=8460)
    asked = parser.parse_args(arguments)
    signer = FileSigner.read(asked.key) if asked.key.exists() else FileSigner.make(asked.key)
    witness = Witness(NoteKey.parse(asked.log), asked.name, signer, asked.memory)
    print(f"{witness.key}", flush=True)
    serve(witness, asked.port).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
