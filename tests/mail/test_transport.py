"""How letters leave: into a folder, or to a mail server over TLS."""

import contextlib
import email
import smtplib
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email.policy import default

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from certify.mail.letters import Letter
from certify.mail.transport import Folder, Mail, Server, Unreachable, compose, open_transport
from tests.silence import silent

SENDER = "Label Terroir du Maroc <label@example.ma>"
LETTER = Letter("DEM-2026-00042 – ملفكم كامل", "السلام عليكم،\n\nhttps://label.example.ma/dossiers/7\n")
MAIL = Mail("00000007-0123456789ab", "Ali, Alami", "ali@example.ma", "ar", LETTER, datetime(2026, 9, 14, 9, tzinfo=UTC))
SETTINGS = {"MAIL_SENDER": SENDER, "MAIL_SERVER": None, "MAIL_PORT": 587, "MAIL_USER": None, "MAIL_PASSWORD": None}


def read(content: bytes):
    return email.message_from_bytes(content, policy=default)


def test_message_says_who_what_and_that_it_is_automatic():
    message = read(compose(MAIL, SENDER).as_bytes())
    assert message["Subject"] == LETTER.subject
    assert (message["From"], message["To"]) == (SENDER, '"Ali, Alami" <ali@example.ma>')
    assert message["Message-ID"] == "<00000007-0123456789ab@example.ma>"
    assert (message["Auto-Submitted"], message["Content-Language"]) == ("auto-generated", "ar")
    assert (message.get_content_type(), message.get_content_charset()) == ("text/plain", "utf-8")
    assert message.get_content().splitlines() == LETTER.text.splitlines()


def test_message_travels_in_ascii():
    assert compose(MAIL, SENDER).as_bytes().isascii()


def test_name_cannot_begin_another_header():
    mail = Mail("m", "Ali\r\nBcc: all@example.ma", "ali@example.ma", "fr", LETTER, MAIL.written_at)
    assert read(compose(mail, SENDER).as_bytes())["Bcc"] is None


def test_folder_keeps_one_file_a_message(tmp_path):
    folder = Folder(tmp_path / "mail", SENDER)
    folder.send(MAIL)
    folder.send(MAIL)
    (kept,) = (tmp_path / "mail").iterdir()
    assert kept.name == "20260914T090000-00000007-0123456789ab.eml"
    assert (kept.stat().st_mode & 0o777, read(kept.read_bytes())["To"]) == (0o600, '"Ali, Alami" <ali@example.ma>')


def test_settings_choose_the_transport(tmp_path):
    with open_transport(SETTINGS, tmp_path) as transport:
        assert (type(transport), transport.path) == (Folder, tmp_path / "mail")
    with open_transport(SETTINGS | {"MAIL_SERVER": "mail.example.ma"}, tmp_path) as transport:
        assert (type(transport), transport.host, transport.port) == (Server, "mail.example.ma", 587)


class Session(socketserver.StreamRequestHandler):
    """As much of a mail server as a client talks to: STARTTLS, then one message after another."""

    def say(self, line):
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self):
        self.say("220 here")
        with contextlib.suppress(OSError):
            self.talk()

    def finish(self):
        for open_thing in (self.rfile, self.wfile, self.connection):
            with contextlib.suppress(OSError):
                open_thing.close()

    def talk(self):
        while line := self.rfile.readline().decode().strip():
            word = line.split()[0].upper()
            self.server.heard.append(word)
            if self.server.is_silent:
                continue
            if word == "EHLO":
                self.say("250-here\r\n250 STARTTLS" if self.server.offers_tls else "250 here")
            elif word == "STARTTLS":
                self.say("220 go")
                self.connection = self.server.context.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
            elif word == "DATA":
                self.say("354 go")
                self.server.received.append(b"".join(iter(self.rfile.readline, b".\r\n")))
                self.say("250 taken")
            elif word == "RCPT" and self.server.refuses:
                self.say("550 nobody here")
            else:
                self.say("250 well")


@pytest.fixture
def server(tmp_path):
    """A mail server on this machine; `server.trust` is a context that knows its certificate."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session) as mail_server:
        mail_server.daemon_threads, mail_server.block_on_close = True, False
        mail_server.received, mail_server.heard, mail_server.refuses, mail_server.offers_tls = [], [], False, True
        mail_server.is_silent = False
        mail_server.context, mail_server.trust = certified(tmp_path)
        threading.Thread(target=mail_server.serve_forever, args=(0.01,), daemon=True).start()
        yield mail_server
        mail_server.shutdown()


def certified(folder):
    """Make a certificate for 127.0.0.1; return the context of its bearer and the one of who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(1), now + timedelta(1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem = made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem + private)
    bearer = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    bearer.load_cert_chain(folder / "server.pem")
    return bearer, ssl.create_default_context(cadata=pem.decode())


def to(server, **more):
    return Server("localhost", server.server_address[1], SENDER, **{"context": server.trust} | more)


def test_server_receives_over_tls_on_one_connection(server):
    transport = to(server)
    transport.send(MAIL)
    transport.send(MAIL)
    transport.close()
    assert server.heard.count("STARTTLS") == 1
    assert [read(content)["Subject"] for content in server.received] == [LETTER.subject] * 2


def test_server_that_nobody_vouches_for_gets_nothing(server):
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        to(server, context=ssl.create_default_context()).send(MAIL)
    assert server.received == []


def test_server_elsewhere_without_tls_gets_nothing(server, monkeypatch):
    server.offers_tls = False
    monkeypatch.setattr("certify.mail.transport.LOOPBACK", ())
    with pytest.raises(Unreachable, match="STARTTLS"):
        to(server).send(MAIL)
    assert server.received == []


def test_server_of_this_machine_may_do_without_tls(server):
    server.offers_tls = False
    transport = to(server)
    transport.send(MAIL)
    transport.close()
    assert (len(server.received), server.heard.count("STARTTLS")) == (1, 0)


def test_refusal_is_told_and_the_next_letter_still_leaves(server):
    transport, server.refuses = to(server), True
    with pytest.raises(smtplib.SMTPRecipientsRefused, match="nobody here"):
        transport.send(MAIL)
    server.refuses = False
    transport.send(MAIL)
    transport.close()
    assert len(server.received) == 1


def test_absence_of_a_server_is_told():
    with pytest.raises(Unreachable):
        Server("127.0.0.1", 1, SENDER).send(MAIL)


def test_silence_of_a_server_costs_one_wait():
    with silent() as machine:
        with pytest.raises(Unreachable, match="timed out"):
            Server("127.0.0.1", machine.port, SENDER, patience=0.2).send(MAIL)
        assert machine.asked == 1


def test_server_that_falls_silent_is_not_asked_to_say_good_bye(server):
    transport = to(server, patience=0.2)
    transport.send(MAIL)
    server.is_silent = True
    with pytest.raises(Unreachable, match="timed out"):
        transport.send(MAIL)
    transport.close()
    assert "QUIT" not in server.heard
