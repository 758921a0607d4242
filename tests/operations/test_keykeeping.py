"""The administrators are told of keys that end soon, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.mail.letters import LANGUAGES, write_day
from certify.models import Message
from certify.operations.acting import Actor
from certify.operations.delivery import letter_of
from certify.operations.keykeeping import warn_of_ends
from certify.trust.successors import NEAR


def told(app) -> list[tuple[str, str, str]]:
    asked = select(Message).where(Message.kind == "key_ending").order_by(Message.id)
    return [(one.recipient.email, one.facts["key"], one.facts["until"]) for one in db.session.scalars(asked)]


def test_administrators_are_told_once_sixty_days_before(any_app, clock):
    last = clock().date() + NEAR + timedelta(days=1)
    for _ in range(3):
        actor = Actor(db.session, None, clock())
        ends = {"seal-26": last, "vc-26": last + timedelta(days=400)}
        warn_of_ends(ends, actor=actor)
        db.session.commit()
        so_far = told(any_app)
        clock.advance(days=1)
    assert so_far == [("adam@example.ma", "seal-26", f"{last:%Y-%m-%d}")]
    warn_of_ends(ends | {"seal-27": last + timedelta(days=1)}, actor=Actor(db.session, None, clock()))
    db.session.commit()
    assert [name for _, name, _ in told(any_app)] == ["seal-26", "seal-27"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_letter_names_the_key_and_its_day(app, clock, language):
    warn_of_ends({"seal-26": clock().date()}, actor=Actor(db.session, None, clock()))
    db.session.commit()
    message = db.session.scalars(select(Message).where(Message.kind == "key_ending")).one()
    message.recipient.locale = language
    letter = letter_of(db.session, message, base_url="https://label.example.ma")
    day = write_day(clock().date(), language)
    assert ("seal-26" in letter.text, day in letter.subject, day in letter.text) == (True, True, True)
