"""The commands for keys, as far as they concern papers: made with the others, rotated, made late for an older label."""

from __future__ import annotations

import shutil

import pytest


@pytest.fixture
def keys(app, tmp_path):
    """`keys("init")` runs the command on keys and roots of its own; returns what it said, or how it failed."""
    app.config["KEYS"], before = str(tmp_path / "keys"), app.config["KEYS"]

    def run(*words: str, roots: bool = True) -> tuple[int, str]:
        arguments = ["keys", *words, *(["--roots", str(tmp_path / "roots")] if roots else [])]
        done = app.test_cli_runner().invoke(args=arguments)
        return done.exit_code, done.output

    yield run
    app.config["KEYS"] = before


def test_keys_of_papers_are_made_shown_and_rotated(keys, tmp_path):
    status, said = keys("init")
    assert (status, "paper-root.key to one" in said) == (0, True)
    assert "paper-seal " in keys("show", roots=False)[1]
    before = (tmp_path / "keys" / "paper-seal.crt").read_bytes()
    assert keys("rotate", "paper")[0] == 0
    assert (tmp_path / "keys" / "paper-seal.crt").read_bytes() != before
    assert [path.read_bytes() for path in (tmp_path / "keys").glob("paper-seal-*.crt")] == [before]


def test_label_older_than_its_sealed_papers_gets_their_keys(keys, tmp_path):
    keys("init")
    for path in (*(tmp_path / "keys").glob("paper-*"), tmp_path / "roots" / "paper-root.key"):
        path.unlink()
    status, said = keys("show", roots=False)
    assert (status, "Papers wait for the key of their seal" in said) == (1, True)
    assert keys("rotate", "paper")[0] == 0
    assert keys("show", roots=False)[0] == 0


def test_without_the_root_of_papers_nothing_is_rotated(keys, tmp_path):
    keys("init")
    shutil.rmtree(tmp_path / "roots")
    status, said = keys("rotate", "paper")
    assert (status, "paper-root.key" in said) == (1, True)
    assert keys("show", roots=False)[0] == 0
