"""The outbox leaves: each message once, whatever breaks and whoever else is sending."""

import re
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import certify.operations
from certify.extensions import db
from certify.mail.letters import LANGUAGES, render
from certify.mail.transport import Server
from certify.models import Message, User
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.delivery import DECISION, LEASE, PAUSES, PLACES, Delivered, claim, deliver
from certify.operations.outbox import TOLD, write
from tests.factories import filed
from tests.scenes import once
from tests.silence import silent

BASE = "https://label.example.ma"
PATH = {"path": "/sign-in"}


class Recorder:
    """A transport that keeps what it is given; `broken` holds what it raises, one failure after another."""

    def __init__(self, pause=0.0):
        self.mails, self.broken, self.pause = [], [], pause

    def send(self, mail):
        time.sleep(self.pause)
        if self.broken:
            raise self.broken.pop(0)
        self.mails.append(mail)


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def waiting(session, user, acting):
    """`waiting("alice", "bob")` leaves a message to each in the outbox."""

    def leave(*names, kind="password_changed", facts=PATH):
        for number, name in enumerate(names):
            key = f"{kind}:{name}:{number}"
            write(user(name), kind, key=key, facts=facts | {"on": "2026-11-23"}, actor=acting(None))
        session.commit()

    return leave


@pytest.fixture
def tick(session, recorder, clock):
    return lambda **more: deliver(session, recorder, at=clock(), base_url=BASE, **more)


def only(session):
    session.expire_all()
    return session.scalars(select(Message)).one()


def test_message_is_sent_and_marked(session, waiting, tick, recorder, clock):
    waiting("alice")
    assert tick() == Delivered(sent=1)
    (mail,) = recorder.mails
    assert (mail.address, mail.name, mail.written_at) == ("alice@example.ma", "Alice Test", clock())
    assert f"{BASE}/sign-in" in mail.letter.text.splitlines()
    assert (only(session).sent_at, only(session).claimed_until, only(session).failure) == (clock(), None, None)


def test_sent_message_is_never_sent_again(waiting, tick, recorder, clock):
    waiting("alice")
    tick()
    clock.advance(days=400)
    assert tick() == Delivered()
    assert len(recorder.mails) == 1


def test_reader_is_written_to_in_their_language(session, waiting, tick, recorder, user):
    user("alice").locale = "ar_MA"
    waiting("alice")
    tick()
    assert (recorder.mails[0].language, recorder.mails[0].letter.subject) == ("ar", "تغيرت كلمة السر")


def test_failure_waits_longer_each_time_then_gives_up(session, waiting, tick, recorder, clock):
    waiting("alice")
    recorder.broken = [ConnectionError("no route")] * 20
    for tries, pause in enumerate(PAUSES, 1):
        assert tick() == Delivered(failed=1)
        assert tick() == Delivered()
        assert (only(session).attempts, only(session).failure) == (tries, "ConnectionError: no route")
        clock.at += pause + timedelta(seconds=1)
    assert tick() == Delivered()


def test_failure_is_forgotten_once_sent(session, waiting, tick, recorder, clock):
    waiting("alice")
    recorder.broken = [OSError("busy")]
    tick()
    clock.advance(minutes=2)
    assert tick() == Delivered(sent=1)
    assert (only(session).failure, only(session).attempts) == (None, 2)


def test_silent_mail_server_costs_one_wait_whatever_waits(session, waiting, clock):
    waiting("alice", "bob", "carol")
    with silent() as machine:
        server = Server("127.0.0.1", machine.port, "label@example.ma", patience=0.2)
        assert deliver(session, server, at=clock(), base_url=BASE) == Delivered(failed=1, is_cut=True)
        assert machine.asked == 1
    tried = session.execute(select(Message.attempts, Message.failure).order_by(Message.id)).all()
    silence = "SMTPServerDisconnected: Connection unexpectedly closed: timed out"
    assert tried == [(1, silence), (0, None), (0, None)]


def test_bad_letter_does_not_hold_up_the_next(session, waiting, tick, recorder):
    waiting("alice", kind="no_such_kind")
    waiting("bob", kind="decision_taken", facts={})
    waiting("carol")
    recorder.broken = [ValueError("no such address")]
    waiting("dora")
    assert tick() == Delivered(sent=1, failed=3)
    assert [mail.address for mail in recorder.mails] == ["dora@example.ma"]


def test_closed_account_receives_nothing_until_it_opens(session, waiting, tick, user):
    waiting("alice")
    user("alice").is_active = False
    session.commit()
    assert tick() == Delivered()
    user("alice").is_active = True
    session.commit()
    assert tick() == Delivered(sent=1)


def test_limit_is_kept_and_the_oldest_leave_first(waiting, tick, recorder):
    waiting("carol", "alice", "bob")
    assert tick(limit=2) == Delivered(sent=2)
    assert [mail.address for mail in recorder.mails] == ["carol@example.ma", "alice@example.ma"]


def test_claim_is_for_one(session, waiting, clock):
    waiting("alice")
    number = only(session).id
    assert claim(session, number, at=clock(), base_url=BASE) is not None
    assert claim(session, number, at=clock(), base_url=BASE) is None


def test_message_of_a_dead_sender_is_sent_again_under_the_same_name(session, waiting, tick, recorder, clock):
    waiting("alice")
    lost = claim(session, only(session).id, at=clock(), base_url=BASE)
    assert tick() == Delivered()
    clock.at += LEASE + timedelta(seconds=1)
    assert tick() == Delivered(sent=1)
    assert recorder.mails[0].message_id == lost.message_id


def test_same_dossier_leads_each_reader_to_their_room(app, session, tick, recorder):
    dossier = once(filed)
    session.commit()
    tick()
    found = {mail.address.split("@")[0]: re.search(r"https://\S+", mail.letter.text)[0] for mail in recorder.mails}
    assert found == {
        "alice": f"{BASE}/dossiers/{dossier.id}",
        "carol": f"{BASE}/office/dossiers/{dossier.id}",
        "dora": f"{BASE}/office/dossiers/{dossier.id}",
    }


@pytest.mark.parametrize("place", [*PLACES.values(), DECISION])
def test_letters_lead_to_pages_that_exist(app, place):
    path = place.format(dossier_id=1, meeting_id=1)
    assert app.url_map.bind("label.example.ma").match(path, method="GET")[0].split(".")[0] != "static"


def test_two_clocks_send_each_message_once(any_app, clock):
    people = db.session.scalars(select(User).order_by(User.id)).all()
    for number in range(60):
        reader = people[number % len(people)]
        write(reader, "password_changed", key=f"k{number}", facts=PATH, actor=Actor(db.session, None, clock()))
    db.session.commit()
    recorder, counts, barrier = Recorder(pause=0.001), [], threading.Barrier(3)

    def run():
        with any_app.app_context():
            barrier.wait()
            counts.append(deliver(db.session, recorder, at=clock(), base_url=BASE))
            db.session.remove()

    clocks = [threading.Thread(target=run) for _ in range(3)]
    for one in clocks:
        one.start()
    for one in clocks:
        one.join()
    names = [mail.message_id for mail in recorder.mails]
    assert (len(names), len(set(names)), sum(count.sent for count in counts)) == (60, 60, 60)


def written_kinds():
    """List every kind that an operation writes."""
    calls = re.compile(r"""(?:\bwrite\(\s*\w+|\btell\(\s*\w+|\b_notify\(\s*\w+),\s*"(\w+)"|"(\w+_reminder)",""")
    sources = [path.read_text() for path in Path(certify.operations.__file__).parent.glob("*.py")]
    found = {one or other for source in sources for one, other in calls.findall(source)}
    return sorted(found | {kind for kind, _ in TOLD.values()} | {*licences.TOLD.values()})


def test_kinds_are_found():
    assert {"meeting_convened", "delay_alert", "confirm_address", "complement_reminder"} <= set(written_kinds())


@pytest.mark.parametrize("kind", written_kinds())
def test_every_kind_that_is_written_has_its_letters(kind):
    templates = Path(render.__code__.co_filename).parent / "letters"
    assert [language for language in LANGUAGES if not (templates / f"{kind}.{language}.txt").is_file()] == []
