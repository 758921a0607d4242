"""certify runs the certification of the collective label "Terroir du Maroc", from application to the jar.

To import it loads nothing else: the auditor, the witness and the checker of papers run without the framework.
"""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

zoneinfo.reset_tzpath(to=())  # only the pinned tzdata: a system’s may not know that Morocco keeps UTC since 20/09/2026


def create_app(overrides: dict[str, object] | None = None) -> Flask:
    """Build the application: the one place where everything meets.

    `overrides` come last, over `config.py`, the environment and `instance/config.py`. Raises SystemExit when a secret
    that production needs is missing.
    """
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from certify import cli, config, extensions, views
    from certify.models.base import Sealed

    instance = (overrides or {}).get("INSTANCE") or os.environ.get("CERTIFY_INSTANCE")
    app = Flask(__name__, instance_path=str(Path(instance).absolute()) if instance else None)
    app.config.from_mapping(config.DEFAULTS)
    app.config.from_mapping(config.from_environment())
    app.config.from_pyfile(Path(app.instance_path, "config.py"), silent=True)
    app.config.from_mapping(overrides or {})
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    config.complete(app.config, Path(app.instance_path))
    Sealed.use(*str(app.config["FIELD_KEY"]).split(","))

    extensions.db.init_app(app)
    extensions.login.init_app(app)
    extensions.csrf.init_app(app)
    extensions.limiter.init_app(app)
    extensions.babel.init_app(app, locale_selector=views.choose_locale, default_timezone="Africa/Casablanca")
    with app.app_context():
        extensions.prepare_engines()
    views.register(app)
    cli.register(app)
    if app.config["TRUSTED_PROXIES"]:
        proxies = app.config["TRUSTED_PROXIES"]
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)
    return app
