"""Answers the scan of a code before anything else is woken: no session, no person, no request of Flask.

What it answers is what `views.public` and `views.resolver` answer behind it, kept for a few seconds in memory. It hands
out the static files too, which are the other half of a scan. Everything else passes through. What was looked at is
noted on the way, without whoever looked.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Any

from flask import Flask
from sqlalchemy.orm import sessionmaker

from certify.extensions import db
from certify.operations.places import open_places
from certify.operations.salt import Salt
from certify.operations.scanning import Recorder
from certify.operations.storage import Store
from certify.queries.register import open_register
from certify.views.assets import Assets
from certify.views.counting import count
from certify.views.guessing import Guesses, refuse
from certify.views.resolver import PAGE, PATHS, Resolver, choose_kind
from certify.views.seals import SealBook
from certify.views.sending import Answer, wants_gzip
from certify.views.verification import HERE, JSON_ENDING, Verification, choose_language, make_editions
from certify.workflows.numbering import CROCKFORD, MARK_LENGTH

MARKS = ("/v/", "/V/")
"""Both, because a QR in capitals throughout is smaller."""

SEALED = re.compile(r"/[A-Za-z2-7]{104}/")
"""What begins as a seal does: a genuine one cannot be guessed, and a false one is told without the register."""

CANONICAL = re.compile(rf"[{CROCKFORD}]{{{MARK_LENGTH}}}(\.json)?")
MOST_KEPT = 4 * 1024 * 1024
"""Bytes of answers that one process keeps."""

Key = tuple[str, str, str, bool]
"""Path, kind, language, and whether the answer is compressed."""


class Kept:
    """Answers by key, each for HERE seconds of the clock, the oldest leaving first when they take too much room."""

    def __init__(self, most: int = MOST_KEPT) -> None:
        self._answers: OrderedDict[Key, tuple[datetime, Answer]] = OrderedDict()
        self._lock, self._most, self._size = Lock(), most, 0

    def find(self, key: Key, now: datetime) -> Answer | None:
        """Return the answer of a key while it is young; a clock set back makes it old."""
        kept = self._answers.get(key)
        return kept[1] if kept and 0 <= (now - kept[0]).total_seconds() < HERE else None

    def keep(self, key: Key, answer: Answer, now: datetime) -> None:
        """Keep an answer judged at `now`."""
        with self._lock:
            self._drop(key)
            self._answers[key] = (now, answer)
            self._size += len(answer.body)
            while self._size > self._most:
                self._drop(next(iter(self._answers)))

    def _drop(self, key: Key) -> None:
        old = self._answers.pop(key, None)
        self._size -= len(old[1].body) if old else 0


class Front:
    """Stands between the server and the application."""

    def __init__(
        self, app: Flask, verification: Verification, resolver: Resolver, assets: Assets, recorder: Recorder
    ) -> None:
        self.behind = app.wsgi_app
        self._verification, self._resolver, self._assets = verification, resolver, assets
        self._recorder, self._log = recorder, app.logger
        self._clock: Callable[[], datetime] = app.config["CLOCK"]
        self._files = f"{app.static_url_path}/"
        self._kept = Kept()
        self._guesses = Guesses() if app.config["RATELIMIT_ENABLED"] else None

    def __call__(self, environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
        """Answer a mark or a static file that is read; pass on everything else, and what breaks here."""
        if environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            try:
                answer = self._answer(environ["PATH_INFO"], environ)
            except Exception:  # behind, it breaks again, and there it gets its page and its reference
                self._log.exception("the front could not answer")
                answer = None
            if answer:
                if answer.seen:
                    count(self._recorder, answer.seen, environ, self._clock())
                return answer.leave(environ, start_response)
        return self.behind(environ, start_response)

    def _answer(self, path: str, environ: Mapping[str, Any]) -> Answer | None:
        query = environ.get("QUERY_STRING", "")
        is_packed = wants_gzip(environ.get("HTTP_ACCEPT_ENCODING", ""))
        if path.startswith(self._files):
            return self._assets.answer(path[len(self._files) :], query, is_packed)
        is_mark = path.startswith(MARKS) and path not in MARKS
        if not is_mark and not PATHS.match(path):
            return None
        language = choose_language(query, environ.get("HTTP_ACCEPT_LANGUAGE", ""))
        kind = "" if is_mark else choose_kind(query, environ.get("HTTP_ACCEPT", ""))
        key, now = (path[3:] if is_mark else path, kind, language, is_packed), self._clock()
        return self._kept.find(key, now) or self._weigh(key, now, environ.get("REMOTE_ADDR") or "")

    def _weigh(self, key: Key, now: datetime, address: str) -> Answer:
        """Answer anew, unless an address asked for too much that does not exist; a seal is always looked at."""
        path, kind, language, is_packed = key
        if self._guesses is None or (kind and SEALED.match(path)):
            return self._make(key, now)
        if seconds := self._guesses.wait(address, now):
            wants_json = kind not in ("", PAGE) or path.endswith(JSON_ENDING)
            answer = refuse(self._verification.editions[language], seconds, wants_json)
            return answer.packed() if is_packed else answer
        answer = self._make(key, now)
        if answer.is_guess:
            self._guesses.note(address, now)
        return answer

    def _make(self, key: Key, now: datetime) -> Answer:
        """Answer anew; what is kept is known codes, written the one way, so that no stranger can fill the memory."""
        path, kind, language, is_packed = key
        text = path if path.isascii() else path.encode("latin-1").decode("utf-8", "replace")  # WSGI reads bytes so
        if kind:
            answer, is_canonical = self._resolver.answer(text, kind, language, now), path == path.upper()
        else:
            answer, is_canonical = self._verification.answer_at(text, language, now), CANONICAL.fullmatch(path)
        answer = answer.packed() if is_packed else answer
        if answer.status == HTTPStatus.OK and is_canonical:
            self._kept.keep(key, answer, now)
        return answer


def register(app: Flask) -> None:
    """Stamp the addresses of static files, and stand in front of the application."""
    assets = Assets(Path(app.static_folder))
    app.url_defaults(assets.stamp)
    app.extensions["assets"] = assets
    app.extensions["editions"] = make_editions(app)
    app.extensions["places"] = open_places(app.config["GEO_DATABASE"])
    stand(app)


def stand(app: Flask) -> None:
    """Put a front that remembers nothing before the application, in the place of the one before."""
    with app.app_context():
        registered = open_register(db.engine.url)
        engine = db.engine
    verification = Verification(app, registered, Store(Path(app.instance_path) / "files"))
    seals = SealBook(Path(app.config["KEYS"]), app.config["CLOCK"])
    resolver = Resolver(verification, seals, app.config["GDTI"], app.config["DEMONSTRATION"])
    app.extensions |= {"verification": verification, "resolver": resolver}
    shared = app.config["SCAN_SALT"]
    app.extensions["recorder"] = recorder = Recorder(
        salt=Salt(Path(shared) if shared else None),
        place_of=app.extensions["places"],
        open_session=sessionmaker(engine).begin,
        log=app.logger,
        by_itself=not app.testing,
    )
    app.wsgi_app = getattr(app.wsgi_app, "behind", app.wsgi_app)
    app.wsgi_app = Front(app, verification, resolver, app.extensions["assets"], recorder)
