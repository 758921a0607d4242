"""The camera of `/check`, which Chromium replaces by a film of real codes: it is on while it looks, and no longer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, expect, sync_playwright

from certify.workflows.licence import State
from tests.backends import CHROMIUM_FLAGS, need_chromium
from tests.browser.check.device import Device, anybodys, hold, label, marks, needs_reader, photo
from tests.browser.check.film import LIVE, WATCH, Film, asked, live

pytestmark = needs_reader
LOOKING = "Looking for a code… Hold it still in front of the camera."
NOTHING = "Nothing read yet. Come closer, hold still, and avoid reflections; or choose a photo, or type the code."
ELSEWHERE = (
    "This code leads to another site, which was not opened."
    " Show the code beside the sign of the label; if it is this one, do not rely on it."
)
REFUSED = (
    "The camera was not allowed. Press again and allow it, or allow it in the settings of the browser."
    " You can also choose a photo, or type the code."
)


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    """What is before the lens."""
    return Film(tmp_path_factory.mktemp("film") / "film.y4m")


@pytest.fixture(scope="module")
def chromium(film: Film) -> Iterator[Browser]:
    """Chromium before whose lens the film runs, headless."""
    path = need_chromium()
    flags = ("--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film.path}")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=[*CHROMIUM_FLAGS, *flags])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, language: str) -> Iterator[BrowserContext]:
    """A phone whose owner allows the camera."""
    made = hold(chromium, language, permissions=["camera"])
    made.add_init_script(WATCH)
    yield made
    made.close()


def let_go(device: Device) -> None:
    """See that no camera is on, and that none seems to be."""
    expect(device.camera()).to_be_hidden()
    expect(device.page.locator("video")).to_be_hidden()
    expect(device.button("Scan with the camera")).to_be_visible()
    device.page.wait_for_function(f"() => {LIVE} === 0")


def test_a_genuine_code_is_read_and_the_camera_let_go(device: Device, server: Flask, code, film: Film):
    device.open()
    assert asked(device.page) == []
    film.shows()
    device.scan()
    device.camera_says(LOOKING)
    expect(device.page.locator("video")).to_be_visible()
    expect(device.button("Stop the camera")).to_be_focused()
    expect(device.button("Scan with the camera")).to_be_hidden()
    assert [wanted["video"]["facingMode"] for wanted in asked(device.page)] == ["environment"]
    assert live(device.page) == 1

    film.shows(label(code(marks(State.ACTIVE)[0])))
    told = device.answers("valid", "Valid label")
    assert device.t("Proved here: the seal of this code was made by the label.") in told
    expect(device.page.get_by_role("heading", name=device.t("Valid label"))).to_be_focused()
    let_go(device)

    film.shows()
    device.button("Check another").click()
    device.camera_says(LOOKING)
    expect(device.page.locator("#answer")).to_be_empty()
    film.shows(label(code(marks(State.WITHDRAWN)[0])))
    device.answers("withdrawn", "Withdrawn label")
    let_go(device)


def test_without_network_a_forged_code_is_forged(device: Device, server: Flask, code, film: Film):
    genuine, withdrawn = marks(State.ACTIVE)[0], marks(State.WITHDRAWN)[0]
    device.open()
    device.offline()
    film.shows(label(code(genuine).replace(genuine, withdrawn)))
    device.scan()
    told = device.answers("counterfeit", "Forged code")
    assert device.t("Proved here: the seal was not made by the label, or not for this code.") in told
    let_go(device)


def test_a_look_alike_is_refused_and_not_opened(device: Device, server: Flask, code, film: Film):
    device.open()
    device.asked.clear()
    film.shows(anybodys(code(marks(State.ACTIVE)[0]).replace("127.0.0.1", "127.0.0.1.tdm-ma.example"), 4))
    device.scan()
    told = device.answers("foreign", "This code is not of the label")
    assert f"127.0.0.1.tdm-ma.example:{device.address.rpartition(':')[2]}" in told
    assert [url for url in device.asked if "example" in url] == []
    let_go(device)


def test_the_code_of_a_brand_is_named_and_the_camera_looks_on(device: Device, server: Flask, code, film: Film):
    device.open()
    film.shows(anybodys("https://www.miel.example/recettes"))
    device.scan()
    device.camera_says(ELSEWHERE, before="www.miel.example ")
    film.shows(anybodys("WIFI:S:Souk;T:nopass;;"))
    device.camera_says("What was read is not a code of the label. Show the one beside the sign of the label.")
    assert (live(device.page), device.page.locator("#answer").inner_text()) == (1, "")
    film.shows(anybodys("https://www.miel.example/recettes"), label(code(marks(State.ACTIVE)[0])))
    device.answers("valid", "Valid label")
    let_go(device)


def test_of_two_products_in_sight_neither_is_judged(device: Device, server: Flask, code, film: Film):
    genuine, withdrawn = marks(State.ACTIVE)[0], marks(State.WITHDRAWN)[0]
    both = label(code(genuine)), label(code(genuine).replace(genuine, withdrawn))
    device.open()
    film.shows(*both)
    device.scan()
    device.camera_says("Several codes of the label are in sight. Show one at a time.")
    film.shows(both[1])
    device.answers("counterfeit", "Forged code")
    device.page.locator("#file").set_input_files(photo(*both))
    device.warns("There are several codes of the label in this picture. Take one of each.")
    expect(device.page.locator("#answer")).to_be_empty()


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_camera_refused_or_missing_leaves_the_other_ways(device: Device, server: Flask, code, film: Film):
    device.context.clear_permissions()
    device.context.grant_permissions(["geolocation"])  # and no other
    device.open()
    device.scan()
    device.warns(REFUSED)
    expect(device.button("Scan with the camera")).to_be_focused()
    the_other_ways_work(device, code(marks(State.ACTIVE)[0]))
    device.context.grant_permissions(["camera"])
    with film.missing():
        device.scan()
        device.warns("No camera was found on this device. Choose a photo, or type the code.")
    let_go(device)


def the_other_ways_work(device: Device, genuine: str) -> None:
    """See that a photo and what is typed are judged; the warning goes with it."""
    device.show(genuine)
    device.answers("valid", "Valid label")
    expect(device.page.get_by_role("alert")).to_be_hidden()
    device.type(marks(State.WITHDRAWN)[0])
    device.answers("withdrawn", "Withdrawn label")


def test_who_stops_or_does_something_else_or_leaves_lets_the_camera_go(device: Device, server: Flask, film: Film):
    film.shows()
    device.page.clock.install()
    device.open()
    device.scan()
    device.camera_says(LOOKING)
    device.page.clock.fast_forward(11_000)
    device.camera_says(NOTHING)
    device.button("Stop the camera").click()
    expect(device.button("Scan with the camera")).to_be_focused()
    let_go(device)

    device.scan()
    device.camera_says(LOOKING)
    device.type(marks(State.ACTIVE)[0])
    device.answers("valid", "Valid label")
    let_go(device)

    device.scan()
    device.camera_says(LOOKING)
    device.page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { get: () => true });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )  # Playwright keeps every page in sight: the page has to be told otherwise
    let_go(device)


def test_a_camera_that_comes_late_or_goes_is_let_go(device: Device, server: Flask, film: Film):
    film.shows()
    device.open()
    device.page.evaluate("() => { globalThis.warmed = new Promise((done) => { globalThis.warm = done; }); }")
    device.scan()
    device.camera_says("Opening the camera… If the device asks, allow it.")
    device.page.wait_for_function(f"() => {LIVE} === 1")
    device.button("Stop the camera").click()
    device.page.evaluate("warm()")
    let_go(device)

    device.scan()
    device.camera_says(LOOKING)
    expect(device.button("Light")).to_be_hidden()
    device.page.evaluate("cameras.at(-1).tracks[0].dispatchEvent(new Event('ended'))")
    device.warns(
        "The camera does not start, or has stopped: another application may be using it."
        " Try again, choose a photo, or type the code."
    )
    let_go(device)


def test_a_camera_with_a_light_offers_it(device: Device, server: Flask, film: Film):
    device.page.add_init_script(
        """globalThis.lit = [];
        MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
        MediaStreamTrack.prototype.applyConstraints = async ({ advanced: [{ torch }] }) => { lit.push(torch); };"""
    )
    film.shows()
    device.open()
    device.scan()
    for is_lit in (True, False):
        device.button("Light").click()
        expect(device.button("Light")).to_have_attribute("aria-pressed", str(is_lit).lower())
    assert device.page.evaluate("lit") == [True, False]
