"""One served product for all who check: its keys, what it sealed, and phones with the page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext

from certify.operations.credentials import Issuer
from certify.trust.keyring import read_keyring
from certify.trust.seal import Identity
from tests.browser.check.device import Device, hold
from tests.browser.conftest import LANGUAGE, copied, serve
from tests.conftest import build, close


@pytest.fixture(scope="package")
def instance(demonstration_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of the served product."""
    return copied(demonstration_folder, tmp_path_factory)


@pytest.fixture(scope="package")
def product(instance: Path) -> Iterator[str]:
    """The address of the product, served with its clock beside it."""
    yield from serve(instance)


@pytest.fixture(scope="package")
def server(instance: Path, product: str) -> Iterator[Flask]:
    """The same database and keys as the product serves with."""
    app = build(instance, DEMONSTRATION=True, BASE_URL=product, KEYS=str(instance / "keys"))
    with app.app_context():
        yield app
        close()


@pytest.fixture(scope="package")
def issuer(server: Flask, product: str) -> Issuer:
    """Who seals, with the keys of the served product."""
    return Issuer(product, read_keyring(Path(server.config["KEYS"]), server.config["CLOCK"]()), server.config["GDTI"])


@pytest.fixture
def code(issuer: Issuer) -> Callable[[str], str]:
    """`code(mark)` is the sealed address of a certificate."""
    return lambda mark: issuer.seal(Identity(gdti=issuer.gdti, document=mark))


@pytest.fixture
def language() -> str:
    """The language of who holds the phone; a test may be parametrized by another."""
    return LANGUAGE


@pytest.fixture
def context(chromium: Browser, language: str) -> Iterator[BrowserContext]:
    """The storage of a phone."""
    made = hold(chromium, language)
    yield made
    made.close()


@pytest.fixture
def device(context: BrowserContext, product: str, language: str) -> Iterator[Device]:
    """A phone that was never here."""
    made = Device(context, product, language)
    yield made
    assert made.problems == []
