"""The settings: safe defaults, then the environment, then `instance/config.py`, then what `create_app` is given.

What stands here is fit to be public. Outside a demonstration the application refuses to start without its secrets.
"""

from __future__ import annotations

import json
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet

REQUIRED = ("SECRET_KEY", "BASE_URL", "FIELD_KEY")
"""What production cannot do without: the key of sessions, the official address, the key of personal fields."""

DEFAULTS = {
    "DEMONSTRATION": False,
    "CLOCK": lambda: datetime.now(UTC),
    "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
    "MAX_UPLOAD_SIZE": 10 * 1024 * 1024,
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": 12 * 3600,
    "WTF_CSRF_TIME_LIMIT": None,  # a form left open overnight on a poor connection must still be accepted
    "RATELIMIT_ENABLED": True,
    "RATELIMIT_STORAGE_URI": "memory://",
    "RATELIMIT_HEADERS_ENABLED": False,
    "MAIL_SENDER": "certify@localhost",
    "MAIL_SERVER": None,
    "MAIL_PORT": 587,
    "MAIL_USER": None,
    "MAIL_PASSWORD": None,
    "TRUSTED_PROXIES": 0,
    "GEO_DATABASE": None,
    "SCAN_SALT": None,
    "KEYS": None,
    "WITNESSES": None,
    "GDTI": None,
    "TSA_URL": None,
}

ENVIRONMENT = {
    "SECRET_KEY": str,
    "BASE_URL": str,
    "FIELD_KEY": str,
    "DATABASE_URL": str,
    "MAIL_SERVER": str,
    "MAIL_PORT": int,
    "MAIL_USER": str,
    "MAIL_PASSWORD": str,
    "MAIL_SENDER": str,
    "RATELIMIT_STORAGE_URI": str,
    "TRUSTED_PROXIES": int,
    "GEO_DATABASE": str,
    "SCAN_SALT": str,
    "KEYS": str,
    "WITNESSES": str,
    "GDTI": str,
    "TSA_URL": str,
}
"""What the environment may set, and how each is read; `CERTIFY_DEMONSTRATION=1` and `CERTIFY_INSTANCE` besides."""


DEMONSTRATION_GDTI = "6111234567895"
"""The GS1 key of the documents of a demonstration: it was given to nobody."""


def from_environment() -> dict[str, object]:
    """Return the settings that the environment carries."""
    found = {name: read(os.environ[name]) for name, read in ENVIRONMENT.items() if os.environ.get(name)}
    if os.environ.get("CERTIFY_DEMONSTRATION") == "1":
        found["DEMONSTRATION"] = True
    return found


def complete(settings: dict[str, object], instance: Path) -> None:
    """Fill in what follows from the rest, in place. Raises SystemExit naming a secret that production lacks."""
    if settings["DEMONSTRATION"]:
        for name, value in demonstration_secrets(instance).items():
            settings.setdefault(name, value)
            settings[name] = settings[name] or value
        settings["GDTI"] = settings["GDTI"] or DEMONSTRATION_GDTI
        settings["BASE_URL"] = settings.get("BASE_URL") or f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
    missing = [name for name in REQUIRED if not settings.get(name)]
    if missing:
        raise SystemExit(f"certify does not start without {', '.join(missing)}: set them in the environment.")
    settings["BASE_URL"] = str(settings["BASE_URL"]).rstrip("/")
    settings["KEYS"] = str(settings["KEYS"] or instance / "keys")
    url = settings.get("DATABASE_URL") or f"sqlite:///{instance / 'certify.sqlite'}"
    settings["SQLALCHEMY_DATABASE_URI"] = url
    settings["SQLALCHEMY_BINDS"] = {"read": url} if str(url).startswith("sqlite") else {}


def demonstration_secrets(instance: Path) -> dict[str, str]:
    """Return the secrets of this demonstration, made once and kept in `instance/`."""
    kept = instance / "demonstration.json"
    made = {"SECRET_KEY": secrets.token_hex(32), "FIELD_KEY": Fernet.generate_key().decode()}
    try:
        with open(kept, "x", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            json.dump(made, file)
    except FileExistsError:
        made = json.loads(kept.read_text())
    return made
