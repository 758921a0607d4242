"""The seal of a pack: the vectors to the byte, and every way of forging one."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given as whenever
from hypothesis import strategies as st

from certify.trust.keys import KeyState
from certify.trust.pin import is_pin, opening_pin
from certify.trust.seal import (
    BY_GTIN,
    Identity,
    SealReading,
    check_digit,
    message,
    parse_address,
    parse_path,
    read_seal,
    sealed_address,
)
from certify.workflows.errors import Malformed
from certify.workflows.numbering import make_mark
from tests.trust.given import VECTORS, seal_key, signer

SEALS = {vector["case"]: vector for vector in VECTORS["seals"]}
KEYS = {26: seal_key()}
ON, LAST, AFTER = date(2026, 11, 27), date(2031, 12, 31), date(2032, 1, 1)
"""A day of the year of the key, the last of its term, and the next."""

JAR = parse_path(SEALS["unit"]["path"])


@pytest.mark.parametrize("vector", SEALS.values(), ids=SEALS)
def test_seal_is_that_of_the_vector(vector):
    identity = parse_path(vector["path"])
    assert message(identity).hex() == vector["message_hex"]
    assert sealed_address("tdm.ma", identity, 26, signer("seal-26")) == vector["url"]


@pytest.mark.parametrize("vector", SEALS.values(), ids=SEALS)
def test_seal_of_the_vector_is_genuine_in_any_case(vector):
    for written in (vector["url"], vector["url"].lower()):
        found = parse_address(written)
        assert (found.host, found.identity.path) == ("tdm.ma", vector["path"])
        assert read_seal(found.identity, found.seal, KEYS, ON) is SealReading.GENUINE


def test_seal_is_one_hundred_and_four_characters_for_every_identity():
    for vector in SEALS.values():
        assert len(parse_address(vector["url"]).seal) == 104


def test_changed_serial_with_a_right_check_is_forged():
    found = parse_address(SEALS["unit"]["url"])
    other = Identity(gtin=found.identity.gtin, serial=make_mark(b"another one"))
    assert read_seal(other, found.seal, KEYS, ON) is SealReading.FORGED


def test_seal_of_another_key_under_the_same_byte_is_forged():
    found = parse_address(sealed_address("tdm.ma", parse_path(SEALS["unit"]["path"]), 26, signer("seal-27")))
    assert read_seal(found.identity, found.seal, KEYS, ON) is SealReading.FORGED


def test_another_key_byte_is_an_unknown_key_or_forged():
    found = parse_address(sealed_address("tdm.ma", parse_path(SEALS["unit"]["path"]), 27, signer("seal-26")))
    assert read_seal(found.identity, found.seal, KEYS, ON) is SealReading.UNKNOWN_KEY
    assert read_seal(found.identity, found.seal, KEYS | {27: seal_key(27)}, ON) is SealReading.FORGED


def test_seal_of_a_compromised_key_says_so_and_a_forged_one_stays_forged():
    keys = {26: seal_key(26, KeyState.COMPROMISED)}
    found = parse_address(SEALS["unit"]["url"])
    assert read_seal(found.identity, found.seal, keys, ON) is SealReading.COMPROMISED
    other = Identity(gtin=found.identity.gtin, serial=make_mark(b"another one"))
    assert read_seal(other, found.seal, keys, ON) is SealReading.FORGED


def test_seal_of_a_key_past_its_term_proves_nothing_and_a_forged_one_stays_forged():
    found, forged = parse_address(SEALS["unit"]["url"]), parse_address(sealed_address("tdm.ma", JAR, 26, signer("x")))
    readings = [read_seal(code.identity, code.seal, KEYS, on) for code in (found, forged) for on in (LAST, AFTER)]
    assert readings == [SealReading.GENUINE, SealReading.ENDED, SealReading.FORGED, SealReading.FORGED]


def test_code_without_a_seal_is_unsealed():
    found = parse_address(f"https://tdm.ma{SEALS['unit']['path']}")
    assert read_seal(found.identity, found.seal, KEYS, ON) is SealReading.UNSEALED


@whenever(st.integers(0, 103), st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"))
def test_no_changed_symbol_leaves_a_seal_genuine(place, symbol):
    found = parse_address(SEALS["unit"]["url"])
    changed = found.seal[:place] + symbol + found.seal[place + 1 :]
    assert (read_seal(found.identity, changed, KEYS, ON) is SealReading.GENUINE) == (changed == found.seal)


@pytest.mark.parametrize(
    "address",
    [
        "http://tdm.ma/01/06111234567895",
        "https://tdm.ma:8443/01/06111234567895",
        "https://somebody@tdm.ma/01/06111234567895",
        "https://tdm.ma/01/06111234567895?x=1",
        "https://tdm.ma/01/06111234567895#x",
        "https://tdm.ma/01/06111234567895/",
        "https://tdm.ma/01/06111234567896",
        "https://tdm.ma/01/6111234567895",
        "https://tdm.ma/01/06111234567895/21/7K9M4T2XP8QK",
        "https://tdm.ma/01/06111234567895/21/7K9M4T2XP8Q",
        "https://tdm.ma/01/06111234567895/10/",
        "https://tdm.ma/01/06111234567895/10/L%20411",
        "https://tdm.ma/253/6111234567894C26000123",
        "https://tdm.ma/01/٠٦١١١٢٣٤٥٦٧٨٩٥",
        "https://[tdm.ma/01/06111234567895",
        "javascript:alert(1)",
        "",
        "https://tdm.ma/" + "A" * 5000,
    ],
)
def test_what_is_no_code_of_ours_is_malformed(address):
    with pytest.raises(Malformed):
        parse_address(address)


@whenever(st.text(max_size=400))
def test_no_text_breaks_the_parser(text):
    with suppress(Malformed):
        assert parse_path(parse_address(text).identity.path)


@whenever(
    st.from_regex(r"[0-9]{13}", fullmatch=True),
    st.none() | st.from_regex(r"[0-9A-Z-]{1,20}", fullmatch=True),
    st.none() | st.binary(min_size=11, max_size=11).map(make_mark),
)
def test_every_path_of_the_grammar_comes_back_as_it_was(digits, lot, serial):
    path = Identity(gtin=digits + check_digit(digits), lot=lot, serial=serial).path
    assert BY_GTIN.fullmatch(path) and parse_path(path).path == path


def test_opening_pin_is_that_of_the_vector():
    vector = VECTORS["pin"]
    identity, key = parse_path(vector["path"]), bytes.fromhex(vector["k_pin_hex"])
    assert opening_pin(identity, key) == vector["pin"]
    assert is_pin(identity, vector["pin"], key)
    assert not is_pin(identity, "00000000", key)
    assert not is_pin(identity, vector["pin"], key[::-1])
