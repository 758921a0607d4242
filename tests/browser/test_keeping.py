"""Nothing typed is lost: what the server has not got is on the device, and never hides what somebody else saved."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.person import Person

NOTICE = "What you had typed on this device was put back. It is not saved yet."
WRITTEN_IN = 600
"""Milliseconds after which what was typed is surely on the device."""


@pytest.fixture
def producer(person: Callable[..., Person]) -> Person:
    """Somebody who has just begun a request."""
    somebody = person("applicant")
    somebody.go("/dossiers/new?filiere=honey&usage=food")
    somebody.fill("Name of the product in French", "Miel gardé")
    somebody.press("Start the request")
    return somebody


def step(producer: Person, name: str) -> str:
    """Return the path of another step of the dossier that is open."""
    return "/dossiers/" + re.search(r"/dossiers/(\d+)", producer.page.url).group(1) + "/" + name


def type_storage(producer: Person, text: str) -> None:
    """Type into the second step, and give the device its moment."""
    producer.go(step(producer, "making"))
    producer.fill("How it is kept", text)
    producer.page.wait_for_timeout(WRITTEN_IN)


def test_what_was_typed_survives_another_step_saved_meanwhile(producer):
    type_storage(producer, "Au frais")
    producer.go(step(producer, "product"))
    producer.press("Save and go on")  # leads back to the second step
    expect(producer.field("How it is kept")).to_have_value("Au frais")
    producer.reads(NOTICE)
    producer.press("Save and go on")
    producer.go(step(producer, "making"))
    expect(producer.field("How it is kept")).to_have_value("Au frais")
    expect(producer.page.get_by_text(producer.t(NOTICE))).to_be_hidden()


def test_going_back_does_not_forget(producer):
    producer.press("Save and go on")
    producer.press("Save and go on")  # the page that follows tells the device that the second step is saved
    place = producer.page.url
    type_storage(producer, "Au sec")
    producer.go(place)
    producer.go(step(producer, "making"))
    expect(producer.field("How it is kept")).to_have_value("Au sec")


def test_what_somebody_else_saved_is_not_hidden(producer):
    type_storage(producer, "Au frais")
    url, other = producer.page.url, producer.context.request
    hidden = re.findall(r'name="(csrf_token|version)"[^>]*value="([^"]*)"', other.get(url).text())
    assert other.post(url, form={**dict(hidden), "storage": "Au noir"}, headers={"Referer": url}).ok
    producer.go(step(producer, "making"))
    expect(producer.field("How it is kept")).to_have_value("Au noir")


def test_after_a_refusal_the_device_still_has_it(producer):
    producer.go(step(producer, "product"))
    producer.fill("Net content", "beaucoup")
    producer.fill("Name in French", "Miel de garde")
    producer.press("Save and go on")
    producer.reads("Enter a number, such as 250 or 0,5.")
    producer.fill("Name in French", "Miel de longue garde")
    producer.page.wait_for_timeout(WRITTEN_IN)
    producer.go(step(producer, "product"))
    expect(producer.field("Name in French")).to_have_value("Miel de longue garde")
    expect(producer.field("Net content")).to_have_value("beaucoup")


def test_a_blank_form_is_blank_after_it_was_sent(person):
    secretary = person("secretariat")
    held_on = secretary.today() + timedelta(days=20)
    secretary.go("/meetings/new")
    secretary.fill("Day of the meeting", held_on.isoformat())
    secretary.fill("Time", "10:00")
    secretary.fill("Place", "Salle des actes")
    secretary.page.wait_for_timeout(WRITTEN_IN)
    secretary.go("/meetings/new")
    secretary.reads(NOTICE)
    secretary.press("Plan the meeting")
    secretary.go("/meetings/new")
    expect(secretary.page.get_by_text(secretary.t(NOTICE))).to_be_hidden()
