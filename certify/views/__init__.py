"""THE WEB: one file per audience, the only layer that knows requests.

A view fetches, takes the form, calls one operation and answers, in at most fifteen lines. Each carries `@access`,
and `@writes` when it accepts a POST. No query and no rule is written here.
"""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import BaseConverter, IntegerConverter, Map

from certify.views import (
    account,
    administration,
    api,
    api_codes,
    api_licences,
    applicant,
    auth,
    checking,
    committee,
    copies,
    correcting,
    demonstration,
    errata,
    errors,
    evaluation,
    feed,
    field,
    files,
    front,
    headers,
    holder,
    interests,
    judging,
    labelling,
    laboratory,
    late,
    marking,
    meetings,
    minutes,
    office,
    opening,
    presenting,
    proofs,
    public,
    recorded,
    resolver,
    sampling,
    seats,
    visiting,
    writing,
)
from certify.views.presenting import choose_locale

__all__ = ["choose_locale", "register"]

BLUEPRINTS = (
    public.bp,
    copies.bp,
    resolver.bp,
    api.bp,
    api_codes.bp,
    api_licences.bp,
    feed.bp,
    proofs.bp,
    judging.bp,
    auth.bp,
    account.bp,
    applicant.bp,
    holder.bp,
    marking.bp,
    labelling.bp,
    opening.bp,
    office.bp,
    meetings.bp,
    minutes.bp,
    errata.bp,
    evaluation.bp,
    correcting.bp,
    sampling.bp,
    visiting.bp,
    writing.bp,
    laboratory.bp,
    committee.bp,
    late.bp,
    interests.bp,
    administration.bp,
    seats.bp,
    files.bp,
    field.bp,
    checking.bp,
    recorded.bp,
)


class RowNumber(IntegerConverter):
    """The number of a row in an address, in western digits; one larger than any table counts leads nowhere."""

    regex = "[0-9]{1,10}"

    def __init__(self, map: Map) -> None:
        super().__init__(map, max=2**31 - 1)


class Stem(BaseConverter):
    """What may stand before the identifier of a code: a seal, whole or cut."""

    regex = "[A-Za-z0-9]{20,200}"


def register(app: Flask) -> None:
    """Hang every audience on the application, with the errors, the headers and what templates may call."""
    app.url_map.converters |= {"int": RowNumber, "stem": Stem}
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if app.config["DEMONSTRATION"]:
        app.register_blueprint(demonstration.bp)
    presenting.register(app)
    headers.register(app)
    errors.register(app)
    front.register(app)
