"""What templates may call: the languages, dates and numbers as people write them, the person, the navigation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from urllib.parse import urlencode

from flask import Flask, current_app, g, has_request_context, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from flask_babel import format_date, format_datetime, format_decimal, get_locale, gettext
from flask_login import current_user
from jinja2 import StrictUndefined
from markupsafe import Markup

from certify.extensions import SAFE_METHODS
from certify.models.dossier import Channel, Usage
from certify.queries.regulations import get_regulation_in_force
from certify.views.helpers import is_shared, person, today, who_may
from certify.views.spelling import code
from certify.workflows import dossier, licence, meeting
from certify.workflows.permissions import Right
from certify.workflows.words import N_

LANGUAGES = {"ar": "العربية", "fr": "Français", "en": "English"}
"""Code and own name, in the order of the switch."""

LOCALES = {"ar": "ar_MA", "fr": "fr_MA", "en": "en_GB"}
"""Which habits of dates and figures go with each language; Moroccan Arabic writes western digits and شتنبر."""

NAVIGATION = (
    # the right, the first page of the room, its name, how the names of its pages begin
    (Right.START_DOSSIER, "applicant.desk", N_("My dossiers"), "applicant"),
    (Right.WORK_OFFICE, "office.desk", N_("Dossiers"), "office"),
    (Right.READ_MEETING, "meetings.index", N_("Meetings"), "meetings"),
    (Right.WORK_EVALUATION, "evaluation.desk", N_("My missions"), "evaluation"),
    (Right.WORK_INSPECTION, "visiting.desk", N_("My visits"), "visiting"),
    (Right.WORK_COMMITTEE, "committee.desk", N_("My committee"), "committee"),
    (Right.WORK_LABORATORY, "laboratory.desk", N_("My analyses"), "laboratory"),
    (Right.READ_LICENCES, "office.licences", N_("Licences"), "office.licence"),
    (Right.READ_CASES, "copies.index", N_("Copies"), "copies"),
    (Right.MANAGE_USERS, "administration.users", N_("Accounts"), "administration"),
    (Right.KEEP_COMMITTEE, "seats.index", N_("The committee"), "seats"),
)


class Sessions(SecureCookieSessionInterface):
    """The session cookie is Secure wherever the connection is, plain HTTP on this machine excepted."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Follow the scheme, or the one a proxy reports: a false report harms its sender alone."""
        proxied = request.headers.get("X-Forwarded-Proto") == "https"
        return request.is_secure or proxied or not (app.config["DEMONSTRATION"] or app.testing)


def choose_locale() -> str:
    """Return the locale of this request: asked for in the address, chosen before, the person's own, the browser's."""
    if not has_request_context():
        return LOCALES["fr"]
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return LOCALES[asked]
    if not is_shared() and session.get("lang") in LANGUAGES:
        return LOCALES[session["lang"]]
    return LOCALES[request.accept_languages.best_match(["fr", "ar", "en"], "fr")]


def remember_language() -> None:
    """Keep the language that the switch asked for; what is the same for everybody never touches the session."""
    asked = request.args.get("lang")
    if asked in LANGUAGES and not is_shared() and session.get("lang") != asked:
        session["lang"] = asked


def languages() -> list[tuple[str, str, str]]:
    """List (code, own name, this page in that language)."""
    path = request.path if request.method in SAFE_METHODS else "/"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return [(code, name, f"{path}?{urlencode([*kept, ('lang', code)])}") for code, name in LANGUAGES.items()]


def navigation() -> list[tuple[str, str, bool]]:
    """List (label, address, is this where we are) of the rooms that the person may enter."""
    if not current_user.is_authenticated:
        return []
    rooms = [room for room in NAVIGATION if who_may(room[0]) & person().roles]
    begins = [room[3] for room in rooms if (request.endpoint or "").startswith(room[3])]
    here = max(begins, key=len, default=None)
    return [(gettext(label), url_for(endpoint), begin == here) for _, endpoint, label, begin in rooms]


def language() -> str:
    """Return the code of the current language."""
    return get_locale().language


def tongue(words: Mapping[str, str] | None) -> str:
    """Pick the current language out of a text in several; the best other one when it is missing."""
    if not words:
        return ""
    return next((words[code] for code in (language(), "fr", "ar", "en") if words.get(code)), "")


def named(thing: object, field: str = "name") -> str:
    """Return `name_ar` of a row to who reads Arabic and `name_fr` (or what there is) to the others."""
    return tongue({code: getattr(thing, f"{field}_{code}", None) or "" for code in ("fr", "ar", "en")})


def say(message: str, facts: Mapping[str, object] | None = None) -> str:
    """Translate a sentence of the rules and fill it; terms among its facts are translated too, dates written out."""
    filled = {name: spoken(value) for name, value in (facts or {}).items()}
    return gettext(message, **filled) if filled else gettext(message)


def spoken(value: object) -> object:
    """Write one fact as the reader writes it."""
    if hasattr(value, "label"):
        return gettext(value.label) if isinstance(value.label, str) else tongue(value.label)
    if isinstance(value, date):
        return day(value)
    return value


def day(value: date | datetime | None) -> str:
    """Write a date in full: 14 mars 2029."""
    return "" if value is None else unbroken(format_date(value, "d MMMM y"))


def day_short(value: date | datetime | None) -> str:
    """Write a date as short as the line allows: 14 mars."""
    return "" if value is None else unbroken(format_date(value, "d MMM"))


def unbroken(text: str) -> str:
    """Keep a date on one line."""
    return text.replace(" ", "\N{NO-BREAK SPACE}")


def comma() -> str:
    """Return the sign that parts the members of a list: Arabic has its own."""
    return "،" if language() == "ar" else ","


def listed(parts: Iterable[str]) -> Markup:
    """Write several words as a list, each keeping its own direction."""
    return Markup(f"{comma()} ").join(Markup("<bdi>{}</bdi>").format(part) for part in parts if part)


def moment(value: datetime | None) -> str:
    """Write a date and time, Casablanca time."""
    return "" if value is None else unbroken(format_datetime(value, f"d MMMM y'{comma()}' HH:mm"))


def figure(value: float | int | None) -> str:
    """Write a number."""
    return "" if value is None else format_decimal(value)


def register(app: Flask) -> None:
    """Give the templates their filters and globals."""
    app.session_interface = Sessions()
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(remember_language)
    for kept in (tongue, named, day, day_short, moment, figure, listed, say, code):
        app.template_filter(kept.__name__)(kept)
    app.jinja_env.globals.update(languages=languages, navigation=navigation, say=say, DossierAction=dossier.Action)
    app.jinja_env.globals.update(MeetingAction=meeting.Action, LicenceAction=licence.Action, Right=Right)
    app.jinja_env.globals.update(Usage=Usage, Channel=Channel)

    @app.context_processor
    def present() -> dict[str, object]:
        refusal = g.get("refusal")
        return {
            "locale": language(),
            "direction": get_locale().text_direction,
            "actor": person() if current_user.is_authenticated else None,
            "demonstration": current_app.config["DEMONSTRATION"],
            "today": today(),
            "refusal": refusal,
            "regulation": get_regulation_in_force(today()),
            "official_host": current_app.config["BASE_URL"].split("://", 1)[1],
        }
