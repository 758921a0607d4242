"""Identifiers as people type them; ICE and GTIN beside python-stdnum, which was written by others."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import ean
from stdnum.ma import ice as stdnum_ice

from certify.workflows import identifiers as ids
from certify.workflows.errors import Malformed
from certify.workflows.identifiers import SanitaryNumber

TODAY = date(2026, 11, 22)
ACTIVITIES = ("PAC", "HFO", "M")
PASTA = SanitaryNumber("PAC", 15, 13, 2021)
FEW = settings(max_examples=25, deadline=None)
PARSERS = {
    "ice": ids.parse_ice,
    "tax": ids.parse_tax_identifier,
    "onssa": lambda text: str(ids.parse_onssa(text, ACTIVITIES, TODAY)),
    "gtin": ids.parse_gtin,
    "lot": ids.parse_lot,
    "cnie": ids.parse_cnie,
    "phone": ids.parse_phone,
}
DIGITS = "0123456789"
ICES = st.integers(10**4, 10**13 - 1).map(lambda stem: f"{stem:013d}{97 - stem * 100 % 97:02d}")
GTINS = st.sampled_from([7, 11, 12, 13]).flatmap(
    lambda size: st.integers(1, 10**size - 1).map(
        lambda stem: f"{stem:0{size}d}" + ean.calc_check_digit(f"{stem:0{size}d}")
    )
)
PHONES = st.integers(5 * 10**8, 9 * 10**8 - 1).map(lambda national: f"+212{national}")
ONSSA = st.builds(
    SanitaryNumber,
    st.sampled_from(ACTIVITIES),
    st.integers(1, 75),
    st.integers(1, 999999),
    st.integers(2000, TODAY.year),
)
NOISE = st.one_of(
    st.text(max_size=20),
    st.text("0123456789 .-+()/٠١٢٣٤٥٦٧٨٩ABPCMO\N{RIGHT-TO-LEFT MARK}\N{NO-BREAK SPACE}", max_size=20),
)


def accepts(check, text):
    try:
        check(text)
    except Malformed:
        return False
    return True


@pytest.mark.parametrize(
    ("parser", "typed", "canonical"),
    [
        ("ice", "001561191000066", "001561191000066"),
        ("ice", "002136093000040", "002136093000040"),
        ("ice", " 001 561 191-0000.66 ", "001561191000066"),
        ("ice", "٠٠١٥٦١١٩١٠٠٠٠٦٦", "001561191000066"),
        ("ice", "\N{RIGHT-TO-LEFT EMBEDDING}001561191000066\N{POP DIRECTIONAL FORMATTING}", "001561191000066"),
        ("tax", "1 234 5678", "12345678"),
        ("onssa", "PAC.15.13.21", "PAC.15.13.21"),
        ("onssa", "pac 15 013 21", "PAC.15.13.21"),
        ("onssa", "PAC-15/13·٢١", "PAC.15.13.21"),
        ("onssa", "M.9.1.05", "M.9.1.05"),
        ("gtin", "6111234567895", "06111234567895"),
        ("gtin", "16111234567892", "16111234567892"),
        ("gtin", "61112346", "00000061112346"),
        ("gtin", "036000291452", "00036000291452"),
        ("lot", " l 2026/03-a ", "L2026/03-A"),
        ("cnie", "ab 123456", "AB123456"),
        ("cnie", "J1", "J1"),
        ("phone", "06 12 34 56 78", "+212612345678"),
        ("phone", "+212 (0)5.22-33-44-55", "+212522334455"),
        ("phone", "00212 7 12 34 56 78", "+212712345678"),
        ("phone", "٠٦١٢٣٤٥٦٧٨", "+212612345678"),
    ],
)
def test_typed_identifier_becomes_its_canonical_form(parser, typed, canonical):
    assert PARSERS[parser](typed) == canonical


@pytest.mark.parametrize(
    ("parser", "typed", "sentence"),
    [
        ("ice", "00156119100006", "An ICE has 15 digits; you typed 14."),
        ("ice", "", "An ICE has 15 digits; you typed 0."),
        ("ice", "00156119100006O", "An ICE is made of digits only: remove “O”."),
        ("ice", "000000000000000", "This is not an ICE: its first nine digits, the enterprise, are all zero."),
        ("ice", "001561191000065", "This ICE is mistyped: its last two digits do not match the others."),
        ("tax", "", "A tax identifier (IF) has 7 or 8 digits; you typed 0."),
        ("tax", "IF12", "A tax identifier (IF) is made of digits only: remove “IF”."),
        ("onssa", "PAC.15.13", "An ONSSA number has four parts"),
        ("onssa", "PAC.15.13.2021", "An ONSSA number has four parts"),
        ("onssa", "XYZ.15.13.21", "“XYZ” is not an ONSSA activity code."),
        ("onssa", "PAC.76.13.21", "Province codes go from 1 to 75; you typed 76."),
        ("onssa", "PAC.0.13.21", "Province codes go from 1 to 75; you typed 0."),
        ("onssa", "PAC.15.0.21", "The third part, the receipt number, cannot be zero."),
        ("onssa", "PAC.15.13.27", "The last part is the year of the authorisation; 2027 is in the future."),
        ("gtin", "611123456789", "This bar code number is mistyped"),
        ("gtin", "61112345678", "A bar code number (GTIN) has 8, 12, 13 or 14 digits; you typed 11."),
        ("gtin", "611123456789X", "A bar code number (GTIN) is made of digits only: remove “X”."),
        ("gtin", "0000000000000", "This is not a bar code number: all its digits are zero."),
        ("lot", "L1", "A lot has 3 to 20 characters; you typed 2."),
        ("lot", "LOT_1", "A lot holds only letters, digits, “-” and “/”: remove “_”."),
        ("cnie", "123456", "A CNIE number is one or two letters followed by up to seven digits"),
        ("cnie", "ABC1234", "A CNIE number is one or two letters followed by up to seven digits"),
        ("phone", "0612", "you typed 4."),
        ("phone", "+33 6 12 34 56 78", "Enter a Moroccan number that begins with 0 or +212"),
        ("phone", "0033 6 12 34 56 78", "Enter a Moroccan number that begins with 0 or +212"),
        ("phone", "0112345678", "A Moroccan number begins with 05, 06, 07 or 08."),
        ("phone", "06 12 34 56 7x", "A telephone number is made of digits only"),
    ],
)
def test_malformed_identifier_says_what_is_wrong(parser, typed, sentence):
    with pytest.raises(Malformed) as refusal:
        PARSERS[parser](typed)
    assert sentence in str(refusal.value)


@pytest.mark.parametrize("parser", PARSERS)
@settings(FEW, max_examples=50)
@given(noise=NOISE)
def test_junk_is_canonical_or_malformed_and_nothing_else(parser, noise):
    try:
        canonical = PARSERS[parser](noise)
    except Malformed:
        return
    assert PARSERS[parser](canonical) == canonical
    assert canonical.isascii()


@FEW
@given(ICES, st.integers(0, 14), st.sampled_from(DIGITS))
def test_any_single_wrong_digit_of_an_ice_is_caught(ice, place, digit):
    assert ids.parse_ice(ids.format_ice(ice)) == ice
    wrong = ice[:place] + digit + ice[place + 1 :]
    assert accepts(ids.parse_ice, wrong) is (wrong == ice)


@FEW
@given(GTINS, st.integers(0, 13), st.sampled_from(DIGITS))
def test_any_single_wrong_digit_of_a_gtin_is_caught(gtin, place, digit):
    canonical = ids.parse_gtin(gtin)
    assert len(canonical) == 14
    assert ids.parse_gtin(ids.format_gtin(canonical)) == canonical
    place %= len(gtin)
    wrong = gtin[:place] + digit + gtin[place + 1 :]
    assert accepts(ids.parse_gtin, wrong) is (wrong == gtin)


@settings(FEW, max_examples=50)
@given(st.integers(1, 10**6), st.integers(0, 96))
def test_ice_agrees_with_stdnum(stem, key):
    ice = f"{stem * 9_999_991 % 10**13:013d}{key:02d}"
    if int(ice[:9]):
        assert accepts(ids.parse_ice, ice) is stdnum_ice.is_valid(ice)


@settings(FEW, max_examples=50)
@given(st.text(DIGITS, min_size=7, max_size=15).filter(lambda digits: int(digits) > 0))
def test_gtin_agrees_with_stdnum(number):
    assert accepts(ids.parse_gtin, number) is ean.is_valid(number)


@FEW
@given(ONSSA, PHONES)
def test_what_is_shown_is_read_back(number, phone):
    assert ids.parse_onssa(ids.format_onssa(number), ACTIVITIES, TODAY) == number
    assert ids.parse_phone(ids.format_phone(phone)) == phone


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        (ids.format_ice("001561191000066"), "001 561 191 0000 66"),
        (ids.format_phone("+212612345678"), "+212 6 12 34 56 78"),
        (ids.format_gtin("06111234567895"), "6111234567895"),
        (ids.format_gtin("16111234567892"), "16111234567892"),
        (ids.format_gtin("00000061112346"), "61112346"),
        (ids.format_onssa(SanitaryNumber("M", 9, 7, 2005)), "M.9.7.05"),
        (ids.mask_cnie("AB123456"), "AB••••56"),
        (ids.mask_cnie("J12"), "J••"),
    ],
)
def test_identifier_is_shown_as_people_write_it(shown, written):
    assert shown == written


@pytest.mark.parametrize(
    ("remark", "sentence"),
    [
        (ids.remark_on_activity(PASTA, ["HFO", "PAC"]), None),
        (ids.remark_on_activity(PASTA, ["HFO", "EC"]), "for activity PAC; this product needs one of: HFO, EC."),
        (ids.remark_on_province(PASTA, 15), None),
        (ids.remark_on_province(PASTA, 11), "given in province 15, and your site is in province 11."),
        (ids.remark_on_gtin("06111234567895"), None),
        (ids.remark_on_gtin("00000061112346"), None),
        (ids.remark_on_gtin("03760001234565"), "begins with 376, not 611 (GS1 Maroc)"),
        (ids.remark_on_gtin("02000001234563"), "begin with 200 are for use inside one shop"),
        (ids.remark_on_tax_identifier("12345678"), None),
        (ids.remark_on_tax_identifier("01234567"), "does not begin with zero; check 01234567."),
    ],
)
def test_odd_identifier_is_remarked_on_and_not_refused(remark, sentence):
    assert (sentence is None) if remark is None else (sentence in str(remark))
