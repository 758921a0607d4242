"""Keys, papers and authorities to seal with: made once for all tests; valid today, as the other readers ask today."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

from asn1crypto import keys, tsp, x509
from cryptography import x509 as pyca
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from certify.pdf.render import render
from certify.trust.paper import Attachment, attach, seal_pdf
from certify.trust.paper_keys import FileSealer, make_paper_keys, read_paper_roots, read_paper_sealer
from certify.trust.paper_reading import Trusted
from tests.pdf import samples

AT = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
NUMBER = samples.certificate().number
INSIDE = (
    Attachment("credential.jwt", b"aaa.bbb.ccc", "application/vc+jwt", "Source", "The credential"),
    Attachment("event.json", b'{"t":"issue"}', "application/json", "Data", "The entry of the log"),
    Attachment("issuance.tlog-proof", b"c2sp.org/tlog-proof@v1\n", "text/plain", "Supplement", "The proof of it"),
)


@cache
def folder(name: str) -> Path:
    """Make the keys of an authority, once: `keys` and `roots` inside."""
    made = Path(tempfile.mkdtemp(prefix="certify-"))
    make_paper_keys(made / "keys", made / "roots", f"Agence ({name})", AT)
    return made


def sealer(name: str = "ours") -> FileSealer:
    return read_paper_sealer(folder(name) / "keys")


def trusted(*stamps: bytes) -> Trusted:
    return Trusted(read_paper_roots(folder("ours") / "keys"), stamps)


@cache
def bare() -> bytes:
    """The certificate of the samples, with what a machine reads, before its seal."""
    return attach(render(samples.certificate()), NUMBER, INSIDE, at=samples.ISSUED)


@cache
def sealed() -> bytes:
    """The same, sealed."""
    return seal_pdf(bare(), sealer(), AT)


@cache
def authority() -> tuple[DummyTimeStamper, bytes]:
    """A time-stamp authority that answers a minute later, and its certificate (DER)."""
    private = generate_private_key(65537, 2048)
    name = pyca.Name([pyca.NameAttribute(NameOID.COMMON_NAME, "Time-stamps")])
    usage = pyca.KeyUsage(True, False, False, False, False, False, False, False, False)
    made = (
        pyca.CertificateBuilder(name, name, private.public_key(), 1, AT, AT + timedelta(days=99))
        .add_extension(pyca.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(usage, critical=True)
        .sign(private, hashes.SHA256())
        .public_bytes(Encoding.DER)
    )
    secret = keys.PrivateKeyInfo.load(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    return DummyTimeStamper(x509.Certificate.load(made), secret, fixed_dt=AT + timedelta(minutes=1)), made


class Stamping(BaseHTTPRequestHandler):
    """Answers a request for a time-stamp as RFC 3161 §3.4 has it over HTTP."""

    def do_POST(self) -> None:
        """Stamp what is asked."""
        asked = tsp.TimeStampReq.load(self.rfile.read(int(self.headers["Content-Length"])))
        answer = asyncio.run(authority()[0].async_request_tsa_response(asked)).dump()
        self.send_response(200)
        self.send_header("Content-Type", "application/timestamp-reply")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_said: object) -> None:
        """Say nothing."""


@contextmanager
def stamping() -> Iterator[str]:
    """Serve the authority on this machine; the address of it."""
    with HTTPServer(("127.0.0.1", 0), Stamping) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
