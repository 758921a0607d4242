"""The auditor holds each time-stamp of the log against the head that it is over, and that against the log."""

from __future__ import annotations

import asyncio
from hashlib import new
from pathlib import Path

import pytest

from certify.trust import audit
from certify.trust.audit import Disagreement, Memory, audit_shown
from certify.trust.note import Checkpoint, sign_checkpoint
from certify.trust.paper import stamp
from certify.trust.stamps import check_stamps
from tests.trust.given import ORIGIN, roots, signer
from tests.trust.published import NOW, Site, story
from tests.trust.sealing import authority
from tests.trust.test_audit import served
from tests.trust.test_scrutiny import still  # noqa: F401 - a fixture


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A label whose every word agrees."""
    return Site(tmp_path / "log", story())


def look(site: Site) -> int:
    """Audit everything; return how many time-stamps agree."""
    found, _ = audit_shown(site.get, Memory(roots()), NOW)
    return check_stamps(site.get, found, found.ledger.anchors)


def by(algorithm: str, content: bytes) -> bytes:
    """A time-stamp by another hash than the one we ask for."""
    digest = new(algorithm, content).digest()
    return asyncio.run(authority()[0].async_timestamp(digest, algorithm)).dump()


def test_every_stamp_is_looked_at(site: Site):
    assert look(site) == 0
    for _ in range(3):
        site.stamp()
    assert look(site) == 3


@pytest.mark.parametrize("algorithm", ["sha384", "sha512"])
def test_stamp_by_a_longer_hash_is_followed(site: Site, algorithm: str):
    site.stamp(token=by(algorithm, site.log.fetch("checkpoint")))
    assert look(site) == 1


def test_stamp_by_a_broken_hash_is_not(site: Site):
    site.stamp(token=by("sha1", site.log.fetch("checkpoint")))
    with pytest.raises(Disagreement, match="over something else"):
        look(site)


@pytest.mark.parametrize("kind", ["tst", "checkpoint"])
def test_stamp_or_head_that_is_gone_is_noticed(site: Site, kind: str):
    path = site.stamp()
    del site.files[f"{path}.{kind}"]
    with pytest.raises(Disagreement, match=f"time-stamp of entry {len(story())}: .*{kind}"):
        look(site)


def test_another_token_in_the_place_of_the_one_told_is_noticed(site: Site):
    first, second = site.stamp(), site.stamp()
    site.files[f"{first}.tst"] = site.files[f"{second}.tst"]
    with pytest.raises(Disagreement, match=f"entry {len(story())}: its token is not the one that the log tells"):
        look(site)


def test_stamp_over_something_else_is_noticed(site: Site):
    site.stamp(over=b"another head")
    with pytest.raises(Disagreement, match="over something else than the head beside it"):
        look(site)


def test_older_head_of_the_log_beside_a_stamp_is_noticed(site: Site):
    first, second = site.stamp(), site.stamp()
    site.files[f"{second}.checkpoint"] = site.files[f"{first}.checkpoint"]
    with pytest.raises(Disagreement, match=f"entry {len(story()) + 1}: it is over something else"):
        look(site)


def test_head_of_another_past_beside_a_stamp_of_it_is_noticed(site: Site, tmp_path: Path):
    """The log was rewritten after it was stamped: the stamp of then is of a head that it no longer goes on from."""
    fork = Site(tmp_path / "fork", [*story()[:-1], story()[-2]]).log.fetch("checkpoint")
    site.files[f"{site.stamp(over=fork)}.checkpoint"] = fork
    with pytest.raises(Disagreement, match="not on the way to the one published"):
        look(site)


def test_head_that_the_log_did_not_sign_is_noticed(site: Site):
    head = site.log.head()
    for name, root in (("vc-26", head.root), ("log", bytes(32))):
        forged = sign_checkpoint(Checkpoint(ORIGIN, head.size, root), signer(name)).encode()
        other = Site(site.log.folder.with_name(f"log-{name}"), story())
        other.files[f"{other.stamp(over=forged)}.checkpoint"] = forged
        with pytest.raises(Disagreement, match=f"time-stamp of entry {len(story())}"):
            look(other)


def test_head_that_holds_the_very_entry_of_its_stamp_is_noticed(site: Site):
    path = site.stamp()
    site.files[f"{path}.checkpoint"] = site.log.fetch("checkpoint")
    with pytest.raises(Disagreement, match="its head is newer than the entry"):
        look(site)


def test_stamp_over_a_head_of_the_log_before_goes_on_counting(site: Site):
    site.stamp()
    site.succeed()
    site.stamp()
    assert look(site) == 2


def test_head_that_a_log_signed_after_its_end_is_noticed(site: Site):
    site.succeed()
    head = site.log.head()
    late = sign_checkpoint(Checkpoint(ORIGIN, head.size, head.root), signer("log")).encode()
    site.files[f"{site.stamp(over=late)}.checkpoint"] = late
    with pytest.raises(Disagreement, match=f"the log {ORIGIN} ended with {len(story())} entries"):
        look(site)


TOKENS = {
    "nothing": b"\0",
    "a word": b"stamped",
    "cut": lambda token: token[:200],
    "cut at the end": lambda token: token[:-1],
    "no end of its length": b"\x30\x80",
    "another statement": lambda token: token.replace(bytes.fromhex("2a864886f70d0109100104"), b"\x2a" * 11, 1),
    "another digest": lambda token: token.replace(b"\x04\x20", b"\x04\x20\0", 1)[:-1],
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
def test_token_that_is_no_time_stamp_is_noticed(site: Site, token):
    genuine = stamp(site.log.fetch("checkpoint"), authority()[0])
    site.stamp(token=token(genuine) if callable(token) else token)
    with pytest.raises(Disagreement, match=f"time-stamp of entry {len(story())}: "):
        look(site)


@pytest.mark.parametrize(("asked", "stamps"), [((), 3), (("--sample", "2"), 2), (("--sample", "9"), 3)])
def test_a_sample_of_stamps_is_as_large_as_asked(site: Site, still, capsys, *, asked, stamps):  # noqa: F811
    for _ in range(3):
        site.stamp()
    with served(site) as address:
        assert audit.main([address, *asked]) == 0
    assert f" stamps={stamps} " in capsys.readouterr().out
