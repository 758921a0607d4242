"""Writes a small database of places in the MaxMind format (MaxMind DB 2.0), so that tests read a real file."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from typing import Any

MARKER = b"\xab\xcd\xefMaxMind.com"
SEPARATOR = bytes(16)
STRING, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 5, 6, 7, 9, 11


def write(places: Mapping[str, Any]) -> bytes:
    """Return a database of IPv4 networks; none may lie within another."""
    nodes: list[list[int | bytes | None]] = [[None, None]]
    for network, record in places.items():
        _insert(nodes, IPv4Network(network), _encode(record))
    data, count = b"", len(nodes)
    tree = b""
    for node in nodes:
        for side in node:
            if isinstance(side, bytes):
                value = count + len(SEPARATOR) + len(data)
                data += side
            else:
                value = count if side is None else side
            tree += value.to_bytes(3)
    described = {"database_type": "places", "languages": [], "description": {"en": "places of the tests"}}
    numbers = ("node_count", UINT32, count), ("record_size", UINT16, 24), ("ip_version", UINT16, 4)
    numbers += ("binary_format_major_version", UINT16, 2), ("binary_format_minor_version", UINT16, 0)
    numbers += (("build_epoch", UINT64, 1),)
    metadata = _head(MAP, len(described) + len(numbers))
    metadata += b"".join(_encode(name) + _encode(value) for name, value in described.items())
    metadata += b"".join(_encode(name) + _number(kind, value) for name, kind, value in numbers)
    return tree + SEPARATOR + data + MARKER + metadata


def _insert(nodes: list[list[int | bytes | None]], network: IPv4Network, record: bytes) -> None:
    bits = f"{int(network.network_address):032b}"[: network.prefixlen]
    at = 0
    for bit in map(int, bits[:-1]):
        if nodes[at][bit] is None:
            nodes.append([None, None])
            nodes[at][bit] = len(nodes) - 1
        at = nodes[at][bit]
    nodes[at][int(bits[-1])] = record


def _encode(value: Any) -> bytes:
    if isinstance(value, str):
        return _head(STRING, len(value.encode())) + value.encode()
    if isinstance(value, Mapping):
        return _head(MAP, len(value)) + b"".join(_encode(name) + _encode(each) for name, each in value.items())
    return _head(ARRAY, len(value)) + b"".join(map(_encode, value))


def _number(kind: int, value: int) -> bytes:
    content = value.to_bytes((value.bit_length() + 7) // 8)
    return _head(kind, len(content)) + content


def _head(kind: int, size: int) -> bytes:
    sized, more = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return bytes([kind << 5 | sized]) + more if kind < 8 else bytes([sized, kind - 7]) + more
