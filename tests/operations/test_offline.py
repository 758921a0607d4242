"""The bundle that a device judges with offline: each part signed, of one age, and no older than the log."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta

import pytest

from certify.models import SeenCode
from certify.operations import licences
from certify.operations.publishing import BUNDLE, publish
from certify.trust.directory import Listed, read_bundle
from certify.trust.status import Status, StatusList
from certify.workflows.licence import Ground
from certify.workflows.scanning import Caution, Tier, code_of
from tests.operations.test_publishing import licence, public, store  # noqa: F401 - fixtures
from tests.proofs import ISSUER, RING

KEYS = RING.manifest.keys["status"]


@pytest.fixture
def bundle(session, public, clock):  # noqa: F811
    """Publish, and read what a device would fetch."""

    def read():
        publish(session, public, issuer=ISSUER, at=clock())
        return json.loads((public / BUNDLE).read_bytes())

    return read


def test_bundle_names_every_licence_and_is_signed_in_each_part(session, licence, bundle, clock):  # noqa: F811
    product = licence.dossier.product
    product.formats[0].gtin = "06111234567895"
    session.commit()
    kept = bundle()
    read = read_bundle(kept, RING.manifest.roots, at=clock())
    assert (read.head.size, read.status[0], read.alerts) == (5, Status.VALID, frozenset())
    names = {language: name for language, name in (("fr", product.name_fr), ("ar", product.name_ar)) if name}
    (listed,) = read.directory
    assert {name: listed.product[name] for name in names} == names
    assert (listed.place, listed.number, listed.mark, listed.gtins) == (
        *(0, licence.number, licence.mark),
        ("06111234567895",),
    )
    assert (listed.valid_from, listed.valid_to) == (licence.valid_from, licence.valid_to)
    assert set(listed.said()) == set(Listed.of(listed.said()).said())


def test_nothing_changed_comes_to_the_same_bytes(session, licence, bundle, public, clock):  # noqa: F811
    bundle()
    before = (public / BUNDLE).read_bytes()
    clock.advance(minutes=1)
    bundle()
    assert (public / BUNDLE).read_bytes() == before
    assert gzip.decompress((public / f"{BUNDLE}.gz").read_bytes()) == before


def test_every_part_grows_old_together(session, licence, bundle, clock):  # noqa: F811
    first = bundle()
    clock.advance(minutes=6)
    again = bundle()
    changed = {name for name in first if first[name] != again[name]}
    assert changed == {"status", "alerts", "directory"}
    assert StatusList.read(again["status"], KEYS).expires_at - clock() == timedelta(hours=72)


def test_a_suspension_and_an_alert_are_in_the_next_bundle(session, acting, licence, bundle, clock):  # noqa: F811
    bundle()
    licences.suspend(licence, ground=Ground.MISUSE, reason="Vu au souk.", actor=acting("sami"))
    session.commit()
    path = f"/01/06111234567895/21/{licence.mark}"
    copied = code_of(path)
    seen = {"path": path, "tier": Tier.UNIT, "is_fresh": False, "caution": Caution.ALERT, "caution_at": clock()}
    session.add(SeenCode(code=copied, **seen))
    session.commit()
    read = read_bundle(bundle(), RING.manifest.roots, at=clock())
    assert (read.status[0], read.alerts) == (Status.SUSPENDED, {copied})
    assert [(each.ended_on, each.ground) for each in read.directory] == [(clock().date(), Ground.MISUSE)]


def test_a_licence_that_stands_again_lists_no_end(session, acting, licence, bundle, clock):  # noqa: F811
    licences.suspend(licence, ground=Ground.MISUSE, reason="Vu au souk.", actor=acting("sami"))
    licences.reinstate(licence, reason="Corrigé.", actor=acting("sami"))
    session.commit()
    read = read_bundle(bundle(), RING.manifest.roots, at=clock())
    assert [(each.ended_on, each.ground) for each in read.directory] == [(None, None)]


@pytest.mark.parametrize("lost", [BUNDLE, "offline/bundle.of"])
def test_what_was_lost_between_two_files_is_made_again(session, licence, bundle, public, lost):  # noqa: F811
    whole = bundle()
    (public / lost).unlink()
    assert bundle() == whole
