"""How codes stand on a page: whole when copied, broken behind their separators when they must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from certify.views.spelling import code, framed, pieces


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("/01/06111234567895/21/7K9M4T2XP8QJ", "/01/ 06111234567895/ 21/ 7K9M4T2XP8QJ"),
        ("https://label.example.ma/v/7K9M4T2XP8QJ", "https:// label.example.ma/ v/ 7K9M4T2XP8QJ"),
        ("CERT-TDM-09-2026-0001-X-1", "CERT- TDM- 09- 2026- 0001- X- 1"),
        ("nadia@example.ma", "nadia@ example.ma"),
        ("-9.7316", "-9.7316"),
        ("e3b0c44298fc1c149afbf4c8996fb924", "e3b0c44298fc1c149afbf4c8996fb924"),
        ("", ""),
        ("-", "-"),
    ],
)
def test_code_breaks_behind_its_separators(text, broken):
    assert " ".join(pieces(text)) == broken


@given(st.text())
def test_no_character_of_a_code_is_lost(text):
    assert "".join(pieces(text)) == text


def test_code_is_isolated_and_escaped():
    assert code("A-<b>/1") == '<bdi class="code" dir="ltr">A-<wbr>&lt;b&gt;/<wbr>1</bdi>'


def test_what_is_markup_already_and_what_is_poured_later_stay_whole():
    assert code(Markup("<i>1-2</i>")) == '<bdi class="code" dir="ltr"><i>1-2</i></bdi>'
    assert framed("1-2") == '<bdi class="code" dir="ltr">1-2</bdi>'
    assert framed(["1-", "2"]) == code("1-2")
