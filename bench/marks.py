"""Measure marks: sealed and verified in a second, against the bare Ed25519 of `cryptography` in the same run.

    python bench/marks.py [MARKS]      marks a round; 1000 unless told

Sealing is path, signature, base32 and address; verifying is address, grammar, check digits, key and signature: the
whole of what an inspector's phone does. Rounds take turns; time is that of the processor. Prints name, value, limit,
ratio; exits 1 when a value is above its limit.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from certify.trust.seal import Identity, SealReading, message, parse_address, read_seal, sealed_address
from certify.workflows.numbering import make_mark
from tests.trust.given import seal_key, signer

ROUNDS = 9
GTIN, HOST, KID = "06111234567895", "tdm.ma", 26


def seconds(task: Callable[[], object]) -> float:
    """Time one task."""
    started = time.process_time()
    task()
    return time.process_time() - started


def main() -> int:
    """Print each figure and tell whether all hold."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    units = [Identity(gtin=GTIN, serial=make_mark(rank.to_bytes(11))) for rank in range(count)]
    ours, bare = signer(f"seal-{KID}"), Ed25519PrivateKey.generate()
    keys, public = {KID: seal_key(KID)}, bare.public_key()
    addresses = [sealed_address(HOST, unit, KID, ours) for unit in units]
    pairs = [(bare.sign(message(unit)), message(unit)) for unit in units]

    def verify() -> None:
        for address in addresses:
            parsed = parse_address(address)
            if read_seal(parsed.identity, parsed.seal, keys, date(2026, 11, 27)) is not SealReading.GENUINE:
                raise SystemExit("a seal of ours is not genuine")

    tasks = (
        lambda: [sealed_address(HOST, unit, KID, ours) for unit in units],
        lambda: [bare.sign(text) for _, text in pairs],
        verify,
        lambda: [public.verify(signature, text) for signature, text in pairs],
    )
    turns = [tuple(map(seconds, tasks)) for _ in range(ROUNDS)]
    figures = (
        ("mark_sealed_against_bare_ed25519", statistics.median(turn[0] / turn[1] for turn in turns), 2),
        ("mark_verified_against_bare_ed25519", statistics.median(turn[2] / turn[3] for turn in turns), 2),
    )
    for name, value, limit in figures:
        print(f"{name} {value:.2f} {limit} {value / limit:.2f}")
    named = ("marks_sealed", "bare_signatures", "marks_verified", "bare_verifications")
    for name, column in zip(named, zip(*turns, strict=True), strict=True):
        print(f"{name}_per_second {count / min(column):.0f} - -")
    return int(any(value > limit for _, value, limit in figures))


if __name__ == "__main__":
    sys.exit(main())
