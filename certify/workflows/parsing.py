"""From a plain mapping to a frozen dataclass: every key is checked, and a fault is named by its path.

The dataclass is the specification: its fields are the keys, its types what they hold, its defaults what may be left
out. Written for the regulation, whose text is read by people who are not programmers: an error says where to look.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from fractions import Fraction
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

PLAIN = {bool: "true or false", int: "a whole number", str: "a text", date: "a date such as 2026-01-31"}


def read(kind: Any, raw: object, path: str) -> Any:
    """Return `raw` as `kind`: a dataclass, an enum, a tuple, an optional, or a plain value.

    Decimal and Fraction are read from text, so that no limit ever passes through a float.
    Raises ValueError, its message beginning with the `path` of the faulty key.
    """
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (member for member in get_args(kind) if member is not NoneType)
        return read(kind, raw, path)
    if get_origin(kind) is tuple:
        return _read_tuple(get_args(kind)[0], raw, path)
    if is_dataclass(kind):
        return _read_record(kind, raw, path)
    if issubclass(kind, Enum):
        return _read_enum(kind, raw, path)
    if kind in (Decimal, Fraction):
        return _read_number(kind, raw, path)
    if type(raw) is not kind:
        raise ValueError(f"{path}: {raw!r} is not {PLAIN[kind]}")
    if raw == "":
        raise ValueError(f"{path}: is empty")
    return raw


def _read_record(kind: Any, raw: object, path: str) -> Any:
    if not isinstance(raw, Mapping):
        raise ValueError(f"{path}: {raw!r} is not a table")
    wanted = _fields(kind)
    for key in raw:
        if key not in wanted:
            raise ValueError(f"{path}.{key}: unknown key; a {kind.__name__} has {', '.join(wanted)}")
    for key, (_, required) in wanted.items():
        if required and key not in raw:
            raise ValueError(f"{path}.{key}: missing")
    values = {key: read(wanted[key][0], value, f"{path}.{key}") for key, value in raw.items()}
    try:
        return kind(**values)
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}") from fault


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    types = get_type_hints(kind)
    return {
        field.name: (types[field.name], field.default is MISSING and field.default_factory is MISSING)
        for field in fields(kind)
    }


def _read_tuple(kind: Any, raw: object, path: str) -> tuple[Any, ...]:
    if isinstance(raw, Mapping) and is_dataclass(kind):
        return tuple(read(kind, _coded(code, entry, f"{path}.{code}"), f"{path}.{code}") for code, entry in raw.items())
    if not isinstance(raw, list | tuple):
        raise ValueError(f"{path}: {raw!r} is not a list")
    return tuple(read(kind, entry, f"{path}[{place}]") for place, entry in enumerate(raw))


def _coded(code: str, entry: object, path: str) -> object:
    if not isinstance(entry, Mapping):
        raise ValueError(f"{path}: {entry!r} is not a table")
    if "code" in entry:
        raise ValueError(f"{path}.code: unknown key; the code is the name of the table")
    return {"code": code, **entry}


def _read_enum(kind: type[Enum], raw: object, path: str) -> Enum:
    member = next((member for member in kind if member.value == raw), None)
    if member is None:
        raise ValueError(f"{path}: {raw!r} is not one of {', '.join(str(member.value) for member in kind)}")
    return member


def _read_number(kind: Callable[[str], Any], raw: object, path: str) -> Any:
    if not isinstance(raw, str):
        raise ValueError(f'{path}: {raw!r} is not a number written as a text, such as "0.80" or "1/2"')
    try:
        number = kind(raw)
    except (ValueError, ZeroDivisionError, InvalidOperation) as fault:
        raise ValueError(f"{path}: {raw!r} is not a number") from fault
    if not isinstance(number, Fraction) and not number.is_finite():
        raise ValueError(f"{path}: {raw!r} is not a number")
    return number
