"""What commands work with: the hour that they go by, and where files and what is published lie."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from flask import current_app

from certify.extensions import db
from certify.operations.storage import Store
from certify.queries.settings import get_days_ahead


def now() -> datetime:
    """Return the present moment, moved ahead in a demonstration."""
    moment = current_app.config["CLOCK"]()
    return moment + timedelta(days=get_days_ahead(db.session)) if current_app.config["DEMONSTRATION"] else moment


def store() -> Store:
    """Return where files are kept."""
    return Store(Path(current_app.instance_path) / "files")


def public() -> Path:
    """Return where what is published lies."""
    return Path(current_app.instance_path) / "public"
