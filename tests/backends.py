"""What a test needs from the machine: PostgreSQL, Chromium, Node, the PDF tools.

Each ``need_…`` answers where the thing is. Where it is not, the test is skipped with the reason, by name; with
``CI=true`` it fails instead, so that nothing goes untested unseen.
"""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import psycopg
import pytest
from sqlalchemy.engine import make_url

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/test")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Debian's browser, without what would reach beyond this machine. The last flag lets it find loopback addresses alone.
CHROMIUM_FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-default-apps",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
)  # fmt: skip


def need_postgres() -> str:
    """Answer the address of a PostgreSQL database in which schemas may be made."""
    return POSTGRES_URL if not (reason := _postgres_fault()) else _absent(reason)


def need_chromium() -> str:
    """Answer the path of Chromium, for Playwright's ``executable_path``; ``CHROMIUM_FLAGS`` go with it."""
    path, reason = _chromium()
    return path if not reason else _absent(reason)


def need_tool(name: str, package: str = "poppler-utils") -> str:
    """Answer the path of a command, such as ``pdftoppm``, of a Debian package."""
    return shutil.which(name) or _absent(f"the command {name} is not installed (Debian: {package})")


def need_node() -> str:
    """Answer the path of Node, 18 or later, which runs the modules of a page without a browser."""
    return shutil.which("node") or _absent("the command node is not installed (Debian: nodejs)")


@contextmanager
def postgres_schema() -> Iterator[str]:
    """Lend an empty schema of its own on PostgreSQL, as an address for ``DATABASE_URL``; drop it afterwards.

    What is committed there need not outlive the server: nobody waits for its disk.
    """
    address = need_postgres()
    name = f"certify_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(_plain(address), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
        try:
            options = f"-csearch_path={name}\t-csynchronous_commit=off"  # libpq takes a plus for a plus
            url = make_url(address).update_query_dict({"options": options})
            yield url.render_as_string(hide_password=False)
        finally:
            # Connections that a failed test left behind would hold their locks, and this DROP, for ever.
            connection.execute("SET lock_timeout = '5s'")
            connection.execute(f"DROP SCHEMA IF EXISTS {name}_kept CASCADE")
            connection.execute(f"DROP SCHEMA {name} CASCADE")


def _absent(reason: str) -> str:
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true wants it", pytrace=False)
    pytest.skip(reason)


@cache
def _postgres_fault() -> str:
    """Say what is wrong with PostgreSQL; nothing when it answers."""
    try:
        psycopg.connect(_plain(POSTGRES_URL), connect_timeout=3).close()
    except psycopg.Error as error:
        shown = make_url(POSTGRES_URL).render_as_string(hide_password=True)
        return f"no PostgreSQL at {shown} (TEST_POSTGRES_URL): {str(error).splitlines()[0]}"
    return ""


def _plain(address: str) -> str:
    """Turn SQLAlchemy's spelling of an address into libpq's."""
    return make_url(address).set(drivername="postgresql").render_as_string(hide_password=False)


@cache
def _chromium() -> tuple[str, str]:
    """Answer the path of a Chromium that starts, or why there is none."""
    wanted = (os.environ["CHROMIUM"],) if os.environ.get("CHROMIUM") else BROWSERS
    path = next(filter(None, map(shutil.which, wanted)), None)
    if path is None:
        return "", f"no Chromium: looked for {', '.join(wanted)} (CHROMIUM names another)"
    started = subprocess.run([path, "--version"], capture_output=True, text=True, check=False, timeout=30)
    return path, f"{path} does not start: {started.stderr.strip()[-200:]}" if started.returncode else ""
