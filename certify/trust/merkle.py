"""The tree of the public log: RFC 6962 hashes, and proofs that anybody can follow (RFC 9162, section 2.1).

A tree is asked through `Subtree`, which returns the hash of a complete subtree: `(height, place)` covers the leaves
from `place << height` on, `1 << height` of them. Where it finds them (memory, tiles) is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

Subtree = Callable[[int, int], bytes]

EMPTY = sha256().digest()


class BadProof(ValueError):
    """A proof does not lead where it should."""


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees as one."""
    return sha256(b"\x01" + left + right).digest()


def tree_hash(size: int, subtree: Subtree) -> bytes:
    """Return the root of the first `size` leaves."""
    return _range_hash(0, size, subtree) if size else EMPTY


def inclusion_proof(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """Return the hashes from leaf `index` up to the root of `size` leaves. Raises IndexError outside the tree."""
    if not 0 <= index < size:
        raise IndexError(index)
    return _path(index, 0, size, subtree)


def consistency_proof(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """Return the hashes that show that the tree of `old` leaves is the beginning of that of `new`."""
    if not 0 <= old <= new:
        raise IndexError(old)
    return _beginning(old, 0, new, True, subtree) if 0 < old < new else []


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """Return the root that a proof of inclusion leads to. Raises BadProof when it has another length than it must."""
    if not 0 <= index < size:
        raise BadProof("the leaf is outside the tree")
    found, last, left = leaf, size - 1, list(proof)
    while last:
        if index % 2 or index < last:
            if not left:
                raise BadProof("the proof is too short")
            other = left.pop(0)
            found = node_hash(other, found) if index % 2 else node_hash(found, other)
        index, last = index // 2, last // 2
    if left:
        raise BadProof("the proof is too long")
    return found


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Return if the tree of `old` leaves is the beginning of that of `new`; raise BadProof otherwise."""
    if old > new:
        raise BadProof("the log became shorter")
    if old in (0, new):
        if proof or (old == new and old_root != new_root) or (old == 0 and old_root != EMPTY):
            raise BadProof("the log was rewritten")
        return
    left = list(proof)
    if old & (old - 1) == 0:
        left.insert(0, old_root)
    if not left:
        raise BadProof("the proof is too short")
    place, last = old - 1, new - 1
    while place % 2:
        place, last = place // 2, last // 2
    first = second = left.pop(0)
    while left:
        other = left.pop(0)
        if last == 0:
            raise BadProof("the proof is too long")
        if place % 2 or place == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while place and place % 2 == 0:
                place, last = place // 2, last // 2
        else:
            second = node_hash(second, other)
        place, last = place // 2, last // 2
    if last or first != old_root or second != new_root:
        raise BadProof("the log was rewritten")


def in_memory(leaves: Sequence[bytes]) -> Subtree:
    """Return the subtrees of leaf hashes held in memory."""
    rows = [list(leaves)]
    while len(rows[-1]) > 1:
        row = rows[-1]
        rows.append([node_hash(row[place], row[place + 1]) for place in range(0, len(row) - 1, 2)])
    return lambda height, place: rows[height][place]


class Growing:
    """The root of leaves that come one after the other, in the memory of one hash for each level of the tree."""

    def __init__(self) -> None:
        self.size = 0
        self._roots: list[bytes] = []

    def add(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        size = self.size
        while size & 1:
            leaf = node_hash(self._roots.pop(), leaf)
            size >>= 1
        self._roots.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """Return the root of the leaves so far."""
        if not self._roots:
            return EMPTY
        found = self._roots[-1]
        for left in reversed(self._roots[:-1]):
            found = node_hash(left, found)
        return found


def _split(length: int) -> int:
    """Return the largest power of two below `length`."""
    return 1 << (length - 1).bit_length() - 1


def _range_hash(begin: int, end: int, subtree: Subtree) -> bytes:
    length = end - begin
    if length & (length - 1) == 0:
        height = length.bit_length() - 1
        return subtree(height, begin >> height)
    middle = begin + _split(length)
    return node_hash(_range_hash(begin, middle, subtree), _range_hash(middle, end, subtree))


def _path(index: int, begin: int, end: int, subtree: Subtree) -> list[bytes]:
    if end - begin == 1:
        return []
    middle = begin + _split(end - begin)
    if index < middle:
        return [*_path(index, begin, middle, subtree), _range_hash(middle, end, subtree)]
    return [*_path(index, middle, end, subtree), _range_hash(begin, middle, subtree)]


def _beginning(old: int, begin: int, end: int, is_whole: bool, subtree: Subtree) -> list[bytes]:
    """Follow RFC 6962 SUBPROOF; `old` is counted from 0, `is_whole` tells that the old root is known to the reader."""
    if old == end:
        return [] if is_whole else [_range_hash(begin, end, subtree)]
    middle = begin + _split(end - begin)
    if old <= middle:
        return [*_beginning(old, begin, middle, is_whole, subtree), _range_hash(middle, end, subtree)]
    return [*_beginning(old, middle, end, False, subtree), _range_hash(begin, middle, subtree)]
