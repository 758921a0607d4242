"""`pip install .` yields a wheel that runs: it holds each file of the product, and its commands work elsewhere."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
METADATA = ("setup.cfg", "pyproject.toml", "README.md")


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from a copy, so that nothing left over from another build gets in, and unpack it."""
    copy = tmp_path_factory.mktemp("source")
    for name in METADATA:
        shutil.copy(TOP / name, copy)
    for name in ("certify", "migrations"):
        shutil.copytree(TOP / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index")
    run(*pip, "--wheel-dir", copy / "dist", copy)
    with zipfile.ZipFile(next((copy / "dist").glob("*.whl"))) as archive:
        archive.extractall(copy / "unpacked")
    return copy / "unpacked"


def files(folder):
    """List the files of a folder, but for what Python and hidden tools leave there."""
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return {str(path) for path in found if not any(part.startswith(".") for part in path.parts)}


def test_wheel_holds_every_file(wheel):
    expected = files(TOP / "certify") | {f"migrations/{name}" for name in files(TOP / "migrations")}
    assert files(wheel / "certify") == expected


def test_wheel_runs(wheel, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {"PYTHONPATH": str(wheel), "CERTIFY_DEMONSTRATION": "1", "CERTIFY_INSTANCE": str(tmp_path)}
    flask = (sys.executable, "-m", "flask", "--app", "certify")
    run(*flask, "db", "upgrade", cwd=tmp_path, env=environment)
    assert " (head)" in run(*flask, "db", "current", cwd=tmp_path, env=environment)
