"""The browser of the tests."""

from __future__ import annotations

from contextvars import Context
from typing import Any

from flask.testing import FlaskClient

from certify.extensions import db


class Read:
    """An answer as people read and copy it: the places where a code may break are no text."""

    @property
    def text(self) -> str:
        """Return the body without these places; `data` has them."""
        return super().text.replace("<wbr>", "")


class Reader(FlaskClient):
    """A client whose answers are read so."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.response_wrapper = type("Answer", (Read, self.response_wrapper), {})


class Browser(Reader):
    """A browser whose every request has a context of its own, as on a server; `app.test_client_class = Browser`.

    Tests keep an application context open. Within it all requests would share one `g`, and in it the person whom
    Flask-Login found, the language, the form and the refusal of the request before: two browsers would be one person.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        """Send a request; what the test prepared is saved first, so that the request sees it."""
        db.session.commit()
        return Context().run(super().open, *args, **kwargs)
