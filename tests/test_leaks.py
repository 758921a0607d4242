"""Whoever is recused finds no trace of the dossier: on any page, in any file or letter, in any figure."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from certify.extensions import db
from certify.mail.transport import Mail
from certify.models import AgendaItem, Dossier, Event, Licence
from certify.operations.delivery import deliver
from certify.queries import sitting
from certify.queries.meetings import Line
from certify.views import office
from tests import leaks, people
from tests.conftest import build, running
from tests.recusals import CAPER, RECUSED, SAFFRON, Play, Secret
from tests.times import Clock

LANGUAGES = dict(zip(RECUSED, ("fr", "ar", "en"), strict=True))
SEARCHED = {"part": SAFFRON.name_fr[:6], "owner": SAFFRON.organisation_fr[:9]}
Pages = dict[str, str]


@dataclass
class Walked:
    """What a play showed to each of the recused at each stage, and what would betray its secret then."""

    secret: Secret
    folder: Path
    clock: Clock = field(default_factory=Clock)
    pages: dict[tuple[str, str], Pages] = field(default_factory=dict)
    traces: dict[str, leaks.Traces] = field(default_factory=dict)

    def walk(self, *stages: str) -> Walked:
        """Play, and look around at these stages."""
        for app in running(build(self.folder, CLOCK=self.clock)):
            play = Play(self.secret, self.folder, self.clock)
            for stage in play.acts():
                if stage not in stages:
                    continue
                self.traces[stage] = leaks.traces_of(play.dossier, self.secret.words)
                paths = leaks.addresses(app, **SEARCHED)
                for name in RECUSED if stage != "declared" else ("omar",):
                    self.pages[stage, name] = leaks.walk(client_of(app, name), paths)
        return self


def client_of(app: Flask, name: str) -> FlaskClient:
    """The browser of somebody, signed in, in their language."""
    client = app.test_client()
    with people.hashing_cheaply():
        answer = client.post("/sign-in", data={"email": f"{name}@example.ma", "password": people.PASSWORD})
    assert answer.status_code == 303, answer.text
    client.get(f"/?lang={LANGUAGES.get(name, 'fr')}")
    return client


@pytest.fixture(scope="module")
def saffron(everybody_sqlite, tmp_path_factory) -> Walked:
    """The play in which the closed dossier is refused, looked at all along."""
    folder = tmp_path_factory.mktemp("saffron")
    shutil.copy(everybody_sqlite, folder)
    return Walked(SAFFRON, folder).walk("declared", "open", "signed")


@pytest.fixture(scope="module")
def caper(everybody_sqlite, tmp_path_factory) -> Walked:
    """The play in which it is another product, which is approved; looked at in the end."""
    folder = tmp_path_factory.mktemp("caper")
    shutil.copy(everybody_sqlite, folder)
    return Walked(CAPER, folder).walk("signed")


@contextmanager
def reopened(played: Walked, folder: Path) -> Iterator[Flask]:
    """The application on a copy of what a play left."""
    shutil.copytree(played.folder, folder / played.secret.site)
    yield from running(build(folder / played.secret.site, CLOCK=played.clock))


def is_unpublished(text: str) -> bool:
    """Whether a page is one of the public log, which no worker publishes here: it says so (503)."""
    return text.startswith("503")


@pytest.mark.parametrize(("stage", "name"), [("declared", "omar"), *product(("open", "signed"), RECUSED)])
def test_no_page_nor_paper_bears_a_trace_of_the_dossier(saffron, stage, name):
    pages = saffron.pages[stage, name]
    assert leaks.leaks(pages, saffron.traces[stage]) == {}
    assert [path for path, text in pages.items() if text.startswith("5") and not is_unpublished(text)] == []


@pytest.mark.parametrize("name", RECUSED)
def test_every_page_is_the_same_whatever_the_secret_and_whatever_was_decided(saffron, caper, name):
    assert leaks.differences(saffron.pages["signed", name], caper.pages["signed", name]) == {}


@pytest.mark.parametrize("name", RECUSED)
def test_the_walk_reaches_what_is_open_beside_it(saffron, name):
    pages = saffron.pages["signed", name]
    seen = ("/committee", "/meetings", "/meetings/1", "/meetings/1/minutes", "/committee/items/2")
    closed = ("/committee/items/1", "/dossiers/2", next(path for path in pages if path.startswith("/papers/PV")))
    assert [pages[path][:3] for path in seen] == ["200"] * 5
    assert [pages[path][:3] for path in closed] == ["403"] * 3


@pytest.mark.parametrize("name", RECUSED)
def test_an_erratum_about_the_dossier_does_not_exist_for_who_is_recused(saffron, name):
    pages = saffron.pages["signed", name]
    errata = {path: text for path, text in pages.items() if re.search(r"/errata/\d|/papers/PV-.*-R\d", path)}
    acts = ("attestation", "signature", "dropping")
    assert {text[:3] for path, text in errata.items() if not path.endswith(acts)} == {"404"}
    assert len([path for path in errata if path.endswith(".pdf")]) == 2
    numbers = {path for path, text in pages.items() if "-R1" in text or "-R2" in text or "-R3" in text}
    assert numbers == set()


@pytest.mark.parametrize("name", RECUSED)
def test_an_item_that_is_closed_to_the_reader_is_not_counted(saffron, name):
    page = saffron.pages["signed", name]["/meetings"]
    assert re.findall(r'class="number"[^>]*>(?:<div>)?(\d+)', page) == ["1"]


@pytest.mark.parametrize("name", RECUSED)
def test_a_post_is_refused_without_telling_anything_and_changes_nothing(saffron, tmp_path, name):
    with reopened(saffron, tmp_path) as app:
        before = standing()
        paths = leaks.addresses(app, **SEARCHED, writing=True)
        pages = leaks.walk(client_of(app, name), paths, writing=True)
        db.session.expire_all()
        assert (leaks.leaks(pages, saffron.traces["signed"]), standing()) == ({}, before)


def standing() -> tuple[object, ...]:
    """How the closed dossier stands."""
    dossier = db.session.get_one(AgendaItem, 1).dossier
    events = db.session.scalar(select(func.count()).where(Event.dossier_id == dossier.id))
    return dossier.state, dossier.version, events


def test_no_letter_about_the_dossier_leaves_for_whoever_is_recused(saffron, tmp_path):
    with reopened(saffron, tmp_path):
        sent: list[Mail] = []
        deliver(db.session, Collector(sent), at=saffron.clock(), base_url="https://label.ma", limit=1000)
    traces = saffron.traces["signed"]
    betrayed = {mail.address for mail in sent if traces.found(f"{mail.letter.subject} {mail.letter.text}")}
    reached = {mail.address for mail in sent}
    assert {f"{name}@example.ma" for name in RECUSED} & betrayed == set()
    assert {f"{name}@example.ma" for name in RECUSED} <= reached
    assert {"carol@example.ma", "mallory@example.ma"} <= betrayed


@dataclass
class Collector:
    """A transport that keeps what leaves."""

    sent: list[Mail]

    def send(self, mail: Mail) -> None:
        """Keep a mail."""
        self.sent.append(mail)


def test_a_planted_leak_of_the_agenda_is_found(saffron, tmp_path, monkeypatch):
    def careless(session, meeting, *, reader):
        return [Line(item.position, item, is_recused=False) for item in meeting.items]

    monkeypatch.setattr(sitting, "list_agenda", careless)
    with reopened(saffron, tmp_path) as app:
        found = leaks.leaks(leaks.walk(client_of(app, "bob"), ["/meetings/1"]), saffron.traces["signed"])
    assert set(found["/meetings/1"]) >= {"zafourane de talmest", "groupement kounouz", "/committee/items/1"}


def test_a_planted_leak_of_a_template_is_found(saffron, tmp_path):
    with reopened(saffron, tmp_path) as app:
        app.jinja_env.globals["day_of"] = partial(db.session.get_one, Dossier, 2)
        source = app.jinja_env.loader.get_source(app.jinja_env, "errors/error.html")[0]
        planted = app.jinja_env.from_string(source.replace("{{ say(", "{{ day_of().product.name_ar }}{{ say("))
        app.jinja_env.cache.clear()
        app.jinja_env.get_template = lambda name, *more, _get=app.jinja_env.get_template, **rest: (
            planted if name == "errors/error.html" else _get(name, *more, **rest)
        )
        found = leaks.leaks(leaks.walk(client_of(app, "pia"), ["/committee/items/1"]), saffron.traces["signed"])
    assert found == {"/committee/items/1": [leaks.folded(SAFFRON.name_ar)]}


def test_a_planted_leak_of_a_figure_is_found(saffron, caper, tmp_path, monkeypatch):
    monkeypatch.setattr(office, "count_to_sign", lambda session, reader: session.scalar(select(func.count(Licence.id))))
    pages = []
    for played in (saffron, caper):
        with reopened(played, tmp_path) as app:
            pages.append(leaks.walk(client_of(app, "omar"), ["/office"]))
    found = leaks.differences(*pages)
    assert [re.findall(r"<strong>(\d)</strong>", line)[-1] for line in found["/office"]] == ["0", "1"]
