"""How texts, days, hours, sizes and marks are written in French and in Arabic."""

from datetime import UTC, date, datetime

import pytest

from certify.pdf.tongues import Tongues, day, days, hour, spaced_mark, weight


@pytest.mark.parametrize(
    ("value", "french", "arabic"),
    [
        (date(2026, 3, 1), "1er mars 2026", "1 مارس 2026"),
        (date(2026, 7, 14), "14 juillet 2026", "14 يوليوز 2026"),
        (date(2026, 8, 20), "20 août 2026", "20 غشت 2026"),
        (date(2026, 9, 3), "3 septembre 2026", "3 شتنبر 2026"),
        (datetime(2026, 6, 30, 23, 30, tzinfo=UTC), "1er juillet 2026", "1 يوليوز 2026"),
    ],
)
def test_day_is_written_with_moroccan_months_in_morocco(value, french, arabic):
    assert [day(value, language).replace("\u00a0", " ") for language in ("fr", "ar")] == [french, arabic]


def test_hour_follows_morocco_out_of_ramadan_and_in_it():
    assert hour(datetime(2026, 6, 1, 8, 5, tzinfo=UTC), "ar") == "09:05"
    assert hour(datetime(2026, 3, 1, 8, 5, tzinfo=UTC), "ar") == "08:05"
    assert hour(datetime(2026, 6, 1, 8, 5, tzinfo=UTC), "fr") == "9\u00a0h\u00a005"


def test_time_without_zone_is_refused():
    with pytest.raises(ValueError, match="does not say its zone"):
        hour(datetime(2026, 6, 1, 8, 5), "fr")  # noqa: DTZ001


@pytest.mark.parametrize(
    ("number", "arabic"),
    [(1, "يوم واحد"), (2, "يومين"), (3, "3 أيام"), (10, "10 أيام"), (15, "15 يوما"), (60, "60 يوما"), (100, "100 يوم")],
)
def test_days_are_counted_by_arabic_grammar(number, arabic):
    assert days(number, "ar").replace("\u00a0", " ") == arabic


def test_days_are_counted_in_french():
    assert [days(number, "fr") for number in (1, 30)] == ["1\u00a0jour", "30\u00a0jours"]


@pytest.mark.parametrize(
    ("size", "written"),
    [(0, "0 o"), (999, "999 o"), (1000, "1 ko"), (999_499, "999 ko"), (999_500, "1,0 Mo"), (1_240_000, "1,2 Mo")],
)
def test_weight_of_a_file(size, written):
    assert weight(size).replace("\u00a0", " ") == written


@pytest.mark.parametrize("mark", ["7K9M4T2XP8QJ", "7k9m-4t2x-p8qj", "7K9M 4T2X P8QJ"])
def test_mark_is_spaced_by_four(mark):
    assert spaced_mark(mark) == "7K9M-4T2X-P8QJ"


def test_what_a_person_typed_goes_to_the_side_of_its_letters():
    assert Tongues.written("Lot L-118 refusé") == Tongues("Lot L-118 refusé", "")
    assert Tongues.written("الحصة L-118 مرفوضة") == Tongues("", "الحصة L-118 مرفوضة")
    assert Tongues.written("118") == Tongues("118", "")


def test_text_in_one_language_alone_is_told_to_both():
    said = Tongues("", "عسل")
    assert (said.only, said.tongue("fr"), said.text("fr"), said.text("ar")) == ("ar", "ar", "عسل", "عسل")
    assert Tongues("Miel", "عسل").only is None


def test_line_never_ends_before_a_unit_or_a_french_mark():
    assert Tongues("Miel, 250 g ; « pur » 12 mois", "عسل، 250 غ").text("fr") == (
        "Miel, 250\u00a0g\u00a0; «\u00a0pur\u00a0» 12\u00a0mois"
    )


@pytest.mark.parametrize("blank", ["", "  "])
def test_text_empty_in_both_languages_is_refused(blank):
    with pytest.raises(ValueError, match="empty in both"):
        Tongues(blank, blank)
