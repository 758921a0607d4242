"""The numbers of the office and the mark; python-stdnum is the second opinion on both check characters."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.iso7064 import mod_37_36

from certify.workflows import numbering
from certify.workflows.errors import Malformed
from certify.workflows.numbering import Kind, Number, make_mark, parse_mark, parse_number, show_mark

FEW = settings(max_examples=25, deadline=None)
YEARS, RANKS = st.integers(2018, 2999), st.integers(1, 999999)
NUMBERS = st.one_of(
    st.builds(
        Number, st.sampled_from([Kind.DOSSIER, Kind.RECEIPT, Kind.DECISION, Kind.MEETING, Kind.MINUTES]), YEARS, RANKS
    ),
    st.builds(Number, st.just(Kind.DECISION), YEARS, RANKS, version=st.integers(2, 9999)),
    st.builds(Number, st.just(Kind.LICENCE), YEARS, RANKS, st.integers(1, 12)),
    st.builds(Number, st.just(Kind.CERTIFICATE), YEARS, RANKS, st.integers(1, 12), st.integers(1, 9999)),
)
MARKS = st.binary(min_size=11, max_size=11).map(make_mark)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (numbering.dossier_number(2026, 42), "DEM-2026-00042"),
        (numbering.dossier_number(2026, 123456), "DEM-2026-123456"),
        (numbering.meeting_number(2026, 3), "CH-2026-03"),
        (numbering.minutes_number("CH-2026-03"), "PV-CH-2026-03"),
        (numbering.licence_number(9, 2026, 107), "TDM-09-2026-0107-L"),
        (numbering.receipt_number("DEM-2026-00042"), "REC-DEM-2026-00042"),
        (numbering.decision_number("DEM-2026-00042"), "DEC-DEM-2026-00042"),
        (numbering.decision_number("DEM-2026-00042", 1), "DEC-DEM-2026-00042"),
        (numbering.decision_number("DEM-2026-00042", 2), "DEC-DEM-2026-00042-2"),
        (numbering.certificate_number("TDM-09-2026-0107-L", 1), "CERT-TDM-09-2026-0107-L-1"),
    ],
)
def test_number_is_made_and_read_back(number, text):
    assert number == text
    assert str(parse_number(text)) == text


@FEW
@given(NUMBERS)
def test_number_read_back_has_the_same_parts(number):
    assert parse_number(str(number)) == number
    assert parse_number(str(number), number.kind) == number


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("dem 2026 42", "DEM-2026-00042"),
        (" DEM–2026–٠٠٠٤٢ ", "DEM-2026-00042"),
        ("ch/2026/3", "CH-2026-03"),
        ("tdm 9 2026 107 l", "TDM-09-2026-0107-L"),
        ("cert-tdm-09-2026-0107-l-1", "CERT-TDM-09-2026-0107-L-1"),
        ("dec dem 2026 42 1", "DEC-DEM-2026-00042"),
        ("dec dem 2026 42 02", "DEC-DEM-2026-00042-2"),
    ],
)
def test_number_is_accepted_as_people_type_it(typed, text):
    assert str(parse_number(typed)) == text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "This is not one of our numbers."),
        ("DEM-26-00042", "This is not one of our numbers."),
        ("DEM-2026-00042-1", "This is not one of our numbers."),
        ("TDM-09-2026-0107", "This is not one of our numbers."),
        ("DEM-2026-00000", "there is no number zero"),
        ("CERT-TDM-09-2026-0107-L-0", "there is no number zero"),
        ("DEC-DEM-2026-00042-0", "there is no number zero"),
        ("TDM-13-2026-0107-L", "Regions go from 01 to 12; you typed 13."),
        ("TDM-09-2026-0107-K", "This licence number is mistyped"),
        ("CERT-TDM-09-2026-0107-K-1", "This licence number is mistyped"),
    ],
)
def test_malformed_number_says_what_is_wrong(typed, sentence):
    with pytest.raises(Malformed) as refusal:
        parse_number(typed)
    assert sentence in str(refusal.value)


def test_number_of_another_kind_is_refused():
    with pytest.raises(Malformed, match="“CH-2026-03” is a number of another kind"):
        parse_number("CH-2026-03", Kind.DOSSIER, Kind.LICENCE)


@FEW
@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-", max_size=25))
def test_check_character_agrees_with_stdnum(text):
    symbols = text.replace("-", "")
    assert numbering.check_character(text) == mod_37_36.calc_check_digit(symbols)


@FEW
@given(st.integers(1, 12), YEARS, RANKS, st.data())
def test_any_single_wrong_digit_of_a_licence_is_caught(region, year, rank, data):
    text = numbering.licence_number(region, year, rank)
    place = data.draw(st.sampled_from([place for place, symbol in enumerate(text) if symbol.isdigit()]))
    wrong = text[:place] + data.draw(st.sampled_from("0123456789".replace(text[place], ""))) + text[place + 1 :]
    with pytest.raises(Malformed):
        parse_number(wrong)


def test_mark_of_the_specification():
    symbols = bytes(numbering.CROCKFORD.index(symbol) for symbol in "7K9M4T2XP8Q")
    assert make_mark(symbols) == "7K9M4T2XP8QJ"
    assert show_mark("7K9M4T2XP8QJ") == "7K9M-4T2X-P8QJ"


@FEW
@given(MARKS)
def test_mark_agrees_with_stdnum_and_is_read_back(mark):
    assert luhn.is_valid(mark, alphabet=numbering.CROCKFORD)
    assert parse_mark(mark) == mark
    assert parse_mark(show_mark(mark).lower()) == mark


@pytest.mark.parametrize(
    "typed", ["7k9m 4t2x p8qj", " 7K9M–4T2X–P8QJ\n", "7K9M.4T2X.P8QJ", "7\N{LEFT-TO-RIGHT MARK}K9M4T2XP8QJ"]
)
def test_mark_is_accepted_as_people_type_it(typed):
    assert parse_mark(typed) == "7K9M4T2XP8QJ"


@FEW
@given(MARKS, st.sampled_from(["Oo", "IiLl"]), st.data())
def test_letters_that_look_like_digits_are_read_as_digits(mark, letters, data):
    digit = "0" if letters == "Oo" else "1"
    typed = "".join(data.draw(st.sampled_from(letters)) if symbol == digit else symbol for symbol in mark)
    assert parse_mark(typed) == mark


@FEW
@given(MARKS, st.integers(0, 11), st.sampled_from(numbering.CROCKFORD))
def test_any_single_wrong_symbol_of_a_mark_is_caught(mark, place, symbol):
    wrong = mark[:place] + symbol + mark[place + 1 :]
    if wrong == mark:
        return
    with pytest.raises(Malformed, match="This mark is mistyped"):
        parse_mark(wrong)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "A mark has 12 letters and digits; you typed 0."),
        ("7K9M-4T2X-P8Q", "A mark has 12 letters and digits; you typed 11."),
        ("7K9M-4T2X-P8QJ-J", "A mark has 12 letters and digits; you typed 13."),
        ("7K9M-4T2X-P8QU", "A mark holds only digits and letters, never the letter U: check “U”."),
        ("7K9M-4T2X-P8Q?", "check “?”"),
        ("7K9M-4T2X-P8JQ", "one character is wrong or two are swapped"),
    ],
)
def test_mistyped_mark_says_how(typed, sentence):
    with pytest.raises(Malformed) as refusal:
        parse_mark(typed)
    assert sentence in str(refusal.value)


@settings(FEW, max_examples=50)
@given(st.text(max_size=30))
def test_junk_is_malformed_or_canonical_and_nothing_else(junk):
    for parse in (parse_mark, parse_number):
        try:
            canonical = parse(junk)
        except Malformed:
            continue
        assert parse(str(canonical)) == canonical


def test_mark_asks_for_eleven_random_bytes():
    with pytest.raises(ValueError, match="11 random bytes, not 4"):
        make_mark(b"1234")


def test_every_random_value_gives_each_symbol_equally_often():
    drawn = [make_mark(bytes([value] * 11))[0] for value in range(256)]
    assert {drawn.count(symbol) for symbol in numbering.CROCKFORD} == {8}


@FEW
@given(st.binary(min_size=7, max_size=7))
def test_receipt_is_read_back_however_it_was_written_down(randomness):
    receipt = numbering.make_opening_receipt(randomness)
    written = receipt.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert numbering.parse_opening_receipt(f" {written} ") == receipt


@pytest.mark.parametrize("typed", ["", "4T2X", "4T2X-P8QK", "7K9M-4T2X-P8QJ", "4T2X P8QU"])
def test_what_is_no_receipt_is_told(typed):
    assert numbering.parse_opening_receipt("4T2X-P8QS") == "4T2X-P8QS"
    with pytest.raises(Malformed, match="no receipt"):
        numbering.parse_opening_receipt(typed)
