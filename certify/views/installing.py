"""What lets a page be installed and open without network: a service worker that keeps its files, and a manifest.

Such a page holds no data and nobody's name: any device may keep it, in each language.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from flask import Response, current_app, jsonify, render_template, url_for
from flask_babel import force_locale, get_locale, gettext

from certify.views.presenting import LANGUAGES, LOCALES, language


def give_worker(
    page: str, name: str, *, files: Sequence[str], modules: Sequence[str], shell: Callable[[], str], typed: str = ""
) -> Response:
    """Give the service worker of a page, which changes whenever a file or a word of it does, whoever asks.

    `name` begins the names of its caches; `files` are what the page names, `modules` what these import. An address
    with the argument `typed` asks the server first.
    """
    kept = [url_for("static", filename=file) for file in files]
    kept += [url_for("static", filename=module, v=None) for module in modules]
    pages = [url_for(page, lang=code) for code in LANGUAGES]
    shells = []
    for locale in LOCALES.values():
        with force_locale(locale):
            shells.append(shell())
    stamped = "".join([*kept, *(url_for("static", filename=module) for module in modules), *shells])
    stamp = sha256(stamped.encode()).hexdigest()[:16]
    script = render_template(
        "layouts/worker.js", name=name, files=kept, pages=pages, here=url_for(page), typed=typed, stamp=stamp
    )
    headers = {"Cache-Control": "no-cache", "Service-Worker-Allowed": url_for(page)}
    return current_app.response_class(script, mimetype="text/javascript", headers=headers)


def give_manifest(page: str, title: str) -> Response:
    """Give the manifest by which a phone installs a page under its title."""
    here = url_for(page)
    icon = {"src": url_for("static", filename="star.svg"), "sizes": "any", "type": "image/svg+xml"}
    told = {"id": here, "scope": here, "start_url": url_for(page, lang=language()), "display": "standalone"}
    told |= {"name": f"{title} – {gettext('Label Terroir du Maroc')}", "short_name": title}
    told |= {"lang": language(), "dir": get_locale().text_direction, "icons": [icon]}
    response = jsonify(told | {"background_color": "#FBF8F2", "theme_color": "#0E5A43"})
    response.mimetype, response.headers["Cache-Control"] = "application/manifest+json", "no-cache"
    return response


def kept_page(html: str, headers: dict[str, str]) -> Response:
    """Answer with a page that devices keep; it is asked for anew each time there is network."""
    response = current_app.make_response(html)
    response.headers.update(headers | {"Cache-Control": "no-cache"})
    return response
