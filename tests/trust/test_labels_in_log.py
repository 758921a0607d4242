"""Numbered labels in the public log: whoever reads it sees labels that nobody released, or more than were."""

import pytest

from certify.trust.ledger import Incoherent, Ledger, entry_of
from tests.trust.published import HASH, NOW, NUMBERS, story

FIRST, SUSPENDED, WITHDRAWN = NUMBERS
BATCH = len(story())


def batch(cert: str = FIRST, n: object = 100) -> bytes:
    return entry_of("batch", NOW, cert=cert, gtin="06111234567895", kid=26, n=n, root=HASH)


def active(n: object, cert: str = FIRST, of: int = BATCH) -> bytes:
    return entry_of("activate", NOW, cert=cert, batch=of, lot="L1", packed=NOW.date(), n=n)


def void(n: object, of: int = BATCH) -> bytes:
    return entry_of("void", NOW, batch=of, n=n, root=HASH)


def read(*entries: bytes) -> Ledger:
    ledger = Ledger()
    ledger.read_all([*story(), *entries])
    return ledger


def test_labels_are_counted_as_they_are_told():
    found = read(batch(), active(60), active(40), void(5)).batches[BATCH]
    assert (found.cert, found.released, found.activated, found.void) == (FIRST, 100, 100, 5)


@pytest.mark.parametrize(
    "entries",
    [
        (batch(SUSPENDED),),
        (batch(WITHDRAWN),),
        (batch("TDM-09-2026-0009-X"),),
        (batch(n=0),),
        (batch(n=True),),
        (batch(n="3"),),
        (active(1),),
        (void(1),),
        (batch(), active(101)),
        (batch(), active(60), active(41)),
        (batch(), void(101)),
        (batch(), active(1, cert=SUSPENDED)),
        (batch(), active(1, of=BATCH + 1)),
        (batch(), active(-1)),
    ],
)
def test_labels_that_cannot_be_are_noticed(entries):
    with pytest.raises(Incoherent):
        read(*entries)
