"""Frozen facts to plain JSON and back: what is stored at issue prints the same paper years later."""

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints


def dump(kind: str, facts: Any) -> str:
    """Write facts as readable JSON, their kind first, dates in ISO 8601, in the order of their fields."""
    return json.dumps({"kind": kind, **_plain(facts)}, ensure_ascii=False, indent=1)


def load(kind: str, model: type, text: str) -> Any:
    """Read facts of one kind from JSON; raises ValueError when the text says another kind or an unknown field."""
    values = json.loads(text)
    found = values.pop("kind", None)
    if found != kind:
        raise ValueError(f"These are the facts of a {found}, not of a {kind}.")
    return _build(model, values)


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def _build(annotation: Any, value: Any) -> Any:
    if value is None:
        return None
    if is_dataclass(annotation):
        return _build_facts(annotation, value)
    if get_origin(annotation) is tuple:
        return tuple(_build(get_args(annotation)[0], each) for each in value)
    if get_origin(annotation) is UnionType:
        return _build(next(each for each in get_args(annotation) if each is not type(None)), value)
    if annotation in (date, datetime):
        return annotation.fromisoformat(value)
    return value


def _build_facts(model: type, values: dict[str, Any]) -> Any:
    """Build one dataclass; a field that older facts do not know takes its default."""
    types = get_type_hints(model)
    unknown = sorted(set(values) - {each.name for each in fields(model)})
    if unknown:
        raise ValueError(f"{model.__name__} has no field {', '.join(unknown)}.")
    return model(**{name: _build(types[name], value) for name, value in values.items()})
