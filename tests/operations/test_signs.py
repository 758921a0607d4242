"""The official list of signs, as published: 77 recognitions, 25 amendments."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from io import BytesIO

import pytest
from sqlalchemy import func, select

from certify.models import RecognisedSign
from certify.operations.signs import import_signs, read_date

HEAD = "signe\trang\tdenomination\tarrete\tdate\ttype\turl\n"


def official():
    return files("certify").joinpath("reference", "signs.tsv").open("rb")


def test_the_official_list_loads_whole_on_both_databases(any_app, session):
    report = import_signs(official(), session=session)
    session.commit()
    counted = dict(session.execute(select(RecognisedSign.nature, func.count()).group_by(RecognisedSign.nature)).all())
    assert (report.added, report.faults) == (102, [])
    assert counted == {"recognition": 77, "amendment": 25}


def test_a_second_import_changes_nothing(app, session):
    import_signs(official(), session=session)
    session.commit()
    report = import_signs(official(), session=session)
    assert (report.added, report.corrected, report.unchanged, report.faults) == (0, 0, 102, [])
    assert not session.dirty


def test_bad_lines_are_reported_by_number_and_the_rest_loads(app, session):
    lines = (
        "IG\t1\tArgane\t2816-09\t20 novembre 2009\treconnaissance\thttps://a",
        "XX\t2\tAutre\t1-09\t20 novembre 2009\treconnaissance\thttps://a",
        "IG\t3\tSans date\t2-09\t31 février 2009\treconnaissance\thttps://a",
        "IG\t\t\t3-09\t1er mars 2009\tmodification\thttps://a",
        "IG\tIV\tRang\t4-09\t1er mars 2009\tmodification\thttps://a",
        "IG\t1\tArgane\t2816-09\t20 novembre 2009\treconnaissance\thttps://a",
        "AO\t1\tTyout\t2817-09\t1er mars 2009\treconnaissance\thttps://a",
    )
    report = import_signs(BytesIO((HEAD + "\n".join(lines)).encode()), session=session)
    assert report.added == 2
    assert [number for number, _ in report.faults] == [3, 4, 5, 6, 7]


def test_a_file_that_is_no_such_list_is_refused_whole(app, session):
    with pytest.raises(ValueError, match="no column"):
        import_signs(BytesIO(b"a\tb\n1\t2\n"), session=session)


def test_dates_are_read_as_the_bulletin_writes_them():
    assert read_date("1er mars 2016") == date(2016, 3, 1)
    assert read_date("11 Février 2025") == date(2025, 2, 11)
