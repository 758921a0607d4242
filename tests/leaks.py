"""What finds a leak: every address an account can ask for, what each answers, and the traces of a dossier in it.

Two detectors. `traces` looks for what is known to be secret: names, numbers, words written about the dossier, its
addresses. `differences` needs no list: it holds the answers of two plays side by side, which differ in the secret
alone; whatever differs in the answers tells it.
"""

from __future__ import annotations

import html
import re
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from certify.extensions import SAFE_METHODS, db
from certify.models import AgendaItem, Base, Document, Dossier, Finding, Licence, Paper, RegisterEntry, Report

TABLES = {"user_id": "user_account", "item_id": "agenda_item", "point_id": "complement_point"}
"""What an argument of an address names, where that is not the table of the same name."""

TEXTS = {"number": Paper.number, "mark": RegisterEntry.mark}

QUERIES = {
    "office.desk": ("q={part}", "q=2026", "q={owner}", "task=ready", "task=to_notify", "state=approved", "page=2"),
    "office.licences": ("q={part}", "q={owner}", "state=to_sign", "ending=y", "filiere=honey"),
    "administration.users": ("q=test",),
    "meetings.plan": ("second_of=1",),
    "meetings.meeting": ("still=1",),
    "public.check": ("mark=2026", "q=2026"),
}
"""Searches, filters and sorts. What is searched for is a part of a secret, so that its echo is no leak."""

ADDRESSES = {
    Dossier: r"/(?:dossiers|office/dossiers|missions)/{id}\b|name=\"dossiers\" value=\"{id}\"",
    AgendaItem: r"/(?:committee|meetings)/items/{id}\b",
    Document: r"/documents/{id}\b",
    Licence: r"/licences/{id}\b",
    Finding: r"/findings?/{id}\b",
}


@dataclass(frozen=True)
class Traces:
    """What betrays one dossier: `words`, in any case and spacing, and `links`, as patterns."""

    words: frozenset[str]
    links: re.Pattern[str]

    def found(self, text: str) -> list[str]:
        """List what `text` betrays."""
        plain = folded(text)
        return sorted(word for word in self.words if word in plain) + self.links.findall(text)


def traces_of(dossier: Dossier, texts: Iterable[str]) -> Traces:
    """Return the traces of a dossier: `texts`, its numbers and those of its papers, its addresses, its reports."""
    owned = [dossier]
    for table in (AgendaItem, Document, Licence, Finding, Paper, Report):
        owned += db.session.scalars(select(table).where(table.dossier_id == dossier.id)).all()
    numbers = [row.number for row in owned if getattr(row, "number", None)]
    hashes = [row.sha256[:12] for row in owned if type(row) is Report]
    patterns = [ADDRESSES[type(row)].format(id=row.id) for row in owned if type(row) in ADDRESSES]
    return Traces(frozenset(map(folded, [*texts, *numbers, *hashes])), re.compile("|".join(patterns)))


def folded(text: str) -> str:
    """Return a text without what hides a word: entities, marks of direction, kinds of space, case."""
    text = unicodedata.normalize("NFKC", html.unescape(text))
    text = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    return re.sub(r"\s+", " ", text).casefold()


def rules(app: Flask, *, writing: bool = False) -> list[Rule]:
    """List the routes that are read, or those that are written to; signing out would end the walk."""
    wanted = [rule for rule in app.url_map.iter_rules() if rule.endpoint not in ("static", "auth.sign_out")]
    return [rule for rule in wanted if (rule.methods - SAFE_METHODS if writing else "GET" in rule.methods)]


def addresses(app: Flask, *, part: str, owner: str, writing: bool = False) -> list[str]:
    """List every address of every route, with what each argument may name, and each query."""
    built = app.url_map.bind("localhost")
    found = []
    for rule in rules(app, writing=writing):
        names = sorted(rule.arguments)
        for values in product(*(fillings(name) for name in names)):
            path = built.build(rule.endpoint, dict(zip(names, values, strict=True)))
            queries = () if writing else QUERIES.get(rule.endpoint, ())
            found += [path, *(f"{path}?{query.format(part=part, owner=owner)}" for query in queries)]
    return found


def fillings(name: str) -> list[object]:
    """Return what an argument may name: the first row, the last, and one that is not there."""
    if name in TEXTS:
        return [*db.session.scalars(select(TEXTS[name])), "x"]
    table = Base.metadata.tables.get(TABLES.get(name, name.removesuffix("_id")))
    if table is None:
        return [1, 2, 3] if name.endswith("_id") else ["statutes"]
    last = db.session.scalar(select(func.max(table.c.id))) or 0
    return sorted({1, max(last, 1), last + 1})


def walk(client: FlaskClient, paths: Iterable[str], *, writing: bool = False) -> dict[str, str]:
    """Ask for every address; return what each answers, as text."""
    ask = client.post if writing else client.get
    return {path: told(path, ask(path)) for path in paths}


def told(path: str, answer: TestResponse) -> str:
    """Return all that an answer tells: status, headers, body; a PDF by its text.

    What the person asked for themselves (the address, as the links to other languages repeat it) is left out.
    """
    with answer:
        body = answer.data
        if answer.mimetype == "application/pdf":
            body = subprocess.run(["pdftotext", "-", "-"], input=body, capture_output=True, check=True).stdout
        text = body.decode("utf-8", "replace").replace("<wbr>", "")
    text = re.sub(re.escape(path.partition("?")[0]) + r"(?=[\"?])", "…", text)
    text = re.sub(r'name="csrf_token" value="[^"]*"|"token":"[^"]*"|name="offered"[^>]*', "", text)
    heads = (f"{name}: {value}" for name, value in answer.headers if name in ("Location", "Content-Disposition"))
    return "\n".join((str(answer.status_code), *heads, text))


def leaks(pages: Mapping[str, str], traces: Traces) -> dict[str, list[str]]:
    """Return what betrays the dossier, by address."""
    found = {path: traces.found(text) for path, text in pages.items()}
    return {path: betrayed for path, betrayed in found.items() if betrayed}


def differences(pages: Mapping[str, str], others: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the lines of each address that another secret would have changed.

    What only one of the secrets brought into being (a licence, a letter) must answer as something answers in the other
    play, where it does not exist.
    """
    found = {path: list(_unlike(pages[path], others[path])) for path in pages.keys() & others.keys()}
    for here, there in ((pages, others), (others, pages)):
        known = frozenset(there.values())
        found |= {path: [here[path]] for path in here.keys() - there.keys() if here[path] not in known}
    return {path: lines for path, lines in sorted(found.items()) if lines}


def _unlike(one: str, other: str) -> Iterator[str]:
    lines, others = one.splitlines(), other.splitlines()
    yield from (f"- {line.strip()}" for line in lines if line not in others)
    yield from (f"+ {line.strip()}" for line in others if line not in lines)
