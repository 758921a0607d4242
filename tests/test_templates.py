"""The templates: each compiles, none carries what the security policy forbids, none decides, no macro is idle."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from jinja2 import TemplateError, nodes

TEMPLATES = Path(__file__).parents[1] / "certify" / "templates"
FILES = sorted(TEMPLATES.rglob("*.html"))
NAMES = [str(file.relative_to(TEMPLATES)) for file in FILES]

FORBIDDEN = {
    "an inline style": r"<[^>]*\sstyle\s*=",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an inline handler": r"<[^>]*\son[a-z]+\s*=",
    "a foreign address": r"(?:src|href)=\"https?://",
    "a code that may break anywhere": r"class=\"code\" dir=\"ltr\">\s*\{\{",
    "a physical side": r"class=\"[^\"]*\b(?:left|right)\b",
}


def test_each_compiles(app):
    faults = {}
    for name in NAMES:
        try:
            app.jinja_env.get_template(name)
        except TemplateError as error:
            faults[name] = str(error)
    assert faults == {}


@pytest.mark.parametrize("fault", FORBIDDEN)
def test_none_carries_what_the_policy_forbids(fault):
    assert [name for name in NAMES if re.search(FORBIDDEN[fault], (TEMPLATES / name).read_text())] == []


def test_none_compares_a_state(app):
    compared = [
        f"{name}:{node.lineno}"
        for name in NAMES
        if not name.startswith(("components", "public"))
        for node in app.jinja_env.parse((TEMPLATES / name).read_text()).find_all(nodes.Compare)
        for part in (node.expr, *(operand.expr for operand in node.ops))
        if isinstance(part, nodes.Getattr) and part.attr == "state"
    ]
    assert compared == []


def test_no_macro_is_idle():
    text = {name: (TEMPLATES / name).read_text() for name in NAMES}
    words, idle = Counter(word for source in text.values() for word in re.findall(r"\w+", source)), []
    for name, source in text.items():
        for macro in re.findall(r"{%-?\s*macro\s+(\w+)\(", source):
            if words[macro] < 2 or not any(
                re.search(rf"(?:\{{\{{-?|call(?:\([^)]*\))?|[\s(,]){macro}\(", other)
                for where, other in text.items()
                if f"{macro}(" in other and (where != name or other.count(f"{macro}(") > 1)
            ):
                idle.append(f"{name}: {macro}")
    assert idle == []
