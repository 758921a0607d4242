"""The law of the verdict: a second copy of it by hand, and what no combination of facts may bring about."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from certify.workflows.licence import State
from certify.workflows.verdict import CodeState, Known, Reason, SealReading, Standing, Verdict, judge, verdict_of

FROM, TO = date(2026, 3, 15), date(2029, 3, 14)
TODAY, AFTER, BEFORE = date(2027, 6, 1), date(2029, 3, 15), date(2026, 3, 14)
SINCE = date(2027, 5, 2)

LICENCES = {
    "-": None,
    "active": Standing(State.ACTIVE, FROM, TO, FROM),
    "to_sign": Standing(State.TO_SIGN, FROM, TO),
    "expired": Standing(State.EXPIRED, FROM, TO, TO),
    "suspended": Standing(State.SUSPENDED, FROM, TO, SINCE),
    "suspended_on": Standing(State.SUSPENDED, FROM, TO, SINCE, is_prospective=True),
    "withdrawn": Standing(State.WITHDRAWN, FROM, TO, SINCE),
    "withdrawn_on": Standing(State.WITHDRAWN, FROM, TO, SINCE, is_prospective=True),
    "alert": Standing(State.ACTIVE, FROM, TO, FROM, is_alerted=True),
}
DAYS = {"today": TODAY, "after": AFTER, "before": BEFORE}
PACKED = {"-": None, "early": date(2027, 5, 1), "late": SINCE, "outside": BEFORE}

# where: on is online, off is offline; ! after it: the register does not answer, or the device keeps nothing;
# ~ after it: what it keeps is past its term; # after it: the code names a unit. code: - names no unit, lot or paper.
LAW = """
on   unsealed     -        active        today   -       valid         unsealed
on   genuine      -        active        today   -       valid         sealed
on   genuine      active   active        today   early   valid         sealed
off  genuine      -        active        today   -       valid         sealed
off  unsealed     -        active        today   -       valid         unsealed
on   compromised  active   active        today   -       valid         compromised_key
on   compromised  absent   active        today   -       counterfeit   compromised_key not_issued
off  compromised  -        active        today   -       cannot_check  compromised_key
on   ended        active   active        today   -       valid         ended_key
on   ended        absent   active        today   -       counterfeit   ended_key not_issued
on   ended        -        withdrawn     today   -       withdrawn     ended_key withdrawn
off  ended        -        active        today   -       cannot_check  ended_key
on   forged       active   active        today   -       counterfeit   forged
off  forged       -        active        today   -       counterfeit   forged
on!  forged       -        -             today   -       counterfeit   forged
on   unknown_key  active   active        today   -       counterfeit   unknown_key
off  unknown_key  -        active        today   -       counterfeit   unknown_key
off~ unknown_key  -        active        today   -       cannot_check  unknown_key
on   -            -        -             today   -       mistyped      malformed
off  -            -        -             today   -       mistyped      malformed
on!  -            -        -             today   -       mistyped      malformed
on!  genuine      -        -             today   -       cannot_check  sealed no_answer
on!  unsealed     -        -             today   -       cannot_check  unsealed no_answer
on!  unread       -        -             today   -       cannot_check  no_answer
off! genuine      -        -             today   -       cannot_check  sealed no_answer
on   genuine      absent   -             today   -       counterfeit   sealed not_issued
on   genuine      absent   active        today   -       counterfeit   sealed not_issued
on   unsealed     absent   active        today   -       unknown       unsealed not_found
on   genuine      printed  active        today   -       suspect       sealed not_activated
on   unsealed     printed  active        today   -       suspect       unsealed not_activated
on   genuine      void     active        today   -       suspect       sealed void
on   genuine      void     withdrawn     today   -       suspect       sealed void
on   genuine      -        -             today   -       unknown       sealed not_found
on   unsealed     -        -             today   -       unknown       unsealed not_found
on   unsealed     -        to_sign       today   -       unknown       unsealed not_found
off  unsealed     -        -             today   -       unknown       unsealed not_found
off  genuine      -        -             today   -       stale         sealed not_listed
off~ unsealed     -        -             today   -       stale         unsealed not_listed
off~ genuine      -        active        today   -       stale         sealed old_status
off~ genuine      -        withdrawn     today   -       stale         sealed old_status
on~  genuine      -        active        today   -       valid         sealed
on   genuine      -        alert         today   -       suspect       sealed alert
off  genuine      -        alert         today   -       suspect       sealed alert
on   genuine      -        withdrawn     today   -       withdrawn     sealed withdrawn
on   genuine      -        withdrawn     after   -       withdrawn     sealed withdrawn
on   genuine      active   withdrawn     today   early   withdrawn     sealed withdrawn
on   genuine      active   withdrawn_on  today   early   valid         sealed packed_before
on   genuine      active   withdrawn_on  today   late    withdrawn     sealed withdrawn
on   genuine      -        withdrawn_on  today   -       withdrawn     sealed withdrawn
on   genuine      active   withdrawn_on  after   early   valid         sealed packed_before
on   genuine      -        suspended     today   -       suspended     sealed suspended
on   genuine      active   suspended     today   early   suspended     sealed suspended
on   genuine      active   suspended_on  today   early   valid         sealed packed_before
on   genuine      active   suspended_on  today   late    suspended     sealed suspended
on   unsealed     -        suspended     after   -       expired       unsealed expired
on   genuine      -        active        after   -       expired       sealed expired
on   genuine      -        expired       after   -       expired       sealed expired
on   genuine      active   expired       after   early   valid         sealed packed_before
on   genuine      active   active        after   early   valid         sealed packed_before
on   genuine      active   expired       after   outside expired       sealed expired
off  genuine      -        active        after   -       expired       sealed expired
on   genuine      -        active        before  -       not_yet       sealed not_yet
on#  genuine      active   active        today   -       valid         sealed
on#  unsealed     active   active        today   -       valid         unsealed
off# genuine      -        active        today   -       valid         sealed activation_unseen
off# unsealed     -        active        today   -       stale         unsealed not_listed
off# unsealed     -        -             today   -       stale         unsealed not_listed
off# genuine      -        -             today   -       stale         sealed not_listed
off# unsealed     -        withdrawn     today   -       withdrawn     unsealed withdrawn
off# genuine      -        withdrawn     today   -       withdrawn     sealed withdrawn
off# unsealed     -        active        after   -       expired       unsealed expired
off# unsealed     -        alert         today   -       suspect       unsealed alert
off# forged       -        active        today   -       counterfeit   forged
"""
ROWS = [tuple(line.split(maxsplit=7)) for line in LAW.strip().splitlines()]


def known(*row: str, **more: bool) -> Known:
    """Put the facts of a row in the words of the law."""
    where, seal, code, licence, day, packed = row
    return Known(
        DAYS[day],
        seal=None if seal == "-" else SealReading(seal),
        is_online=where.startswith("on"),
        does_answer="!" not in where,
        is_fresh="~" not in where,
        names_unit="#" in where,
        code=None if code == "-" else CodeState(code),
        licence=LICENCES[licence],
        packed_on=PACKED[packed],
        **more,
    )


@pytest.mark.parametrize("row", ROWS, ids=[" ".join(row[:6]) for row in ROWS])
def test_the_law_says_what_the_second_copy_says(row):
    *facts, verdict, reasons = row
    judgement = judge(known(*facts))
    assert (judgement.verdict, " ".join(judgement.reasons)) == (verdict, reasons)


ALL = [
    known(where, seal, code, licence, day, packed, **flag)
    for where, seal, code, licence, day, packed, flag in product(
        ("on", "on!", "on#", "off", "off~", "off#"),
        ("-", *SealReading),
        ("-", *CodeState),
        LICENCES,
        DAYS,
        ("-", "early"),
        ({}, {"is_host_ours": False}, {"is_copied": True}, {"is_watched": True}),
    )
]
"""Every combination of facts, the three flags one at a time."""

JUDGED = [(one, judge(one)) for one in ALL]


def test_each_verdict_and_each_reason_comes_of_something():
    assert {given.verdict for _, given in JUDGED} == set(Verdict)
    assert {reason for _, given in JUDGED for reason in given.reasons} == set(Reason)
    assert all(len(set(given.reasons)) == len(given.reasons) for _, given in JUDGED)


UNPROVEN = (SealReading.COMPROMISED, SealReading.ENDED)
"""Seals that prove nothing; online the register decides, as of a code without one."""


def test_nothing_false_is_ever_valid():
    for one, given in JUDGED:
        if given.verdict in (Verdict.VALID, Verdict.WATCHED):
            assert one.is_host_ours and one.does_answer and not one.is_copied
            assert one.seal in (SealReading.GENUINE, SealReading.UNSEALED, *UNPROVEN)
            assert one.code in (None, CodeState.ACTIVE)
            assert one.is_online or (one.is_fresh and one.seal not in UNPROVEN)
            assert one.is_online or one.seal is SealReading.GENUINE or not one.names_unit
            assert one.licence.state is not State.TO_SIGN and not one.licence.is_alerted


def test_what_cannot_be_checked_is_never_called_false():
    for one, given in JUDGED:
        genuine = one.is_host_ours and one.seal in (SealReading.GENUINE, SealReading.UNSEALED, SealReading.UNREAD)
        if genuine and not one.does_answer:
            assert given.verdict is Verdict.CANNOT_CHECK


def test_offline_and_online_differ_only_where_the_network_knows_more():
    apart = set()
    for one, given in JUDGED:
        if one.is_online and one.does_answer and one.is_fresh and one.code is None:
            here = judge(Known(**{name: getattr(one, name) for name in Known._fields} | {"is_online": False}))
            if here.verdict is not given.verdict:
                apart.add((one.seal, one.names_unit, here.verdict))
    assert apart == {
        (SealReading.COMPROMISED, False, Verdict.CANNOT_CHECK),
        (SealReading.COMPROMISED, True, Verdict.CANNOT_CHECK),
        (SealReading.ENDED, False, Verdict.CANNOT_CHECK),
        (SealReading.ENDED, True, Verdict.CANNOT_CHECK),
        (SealReading.GENUINE, False, Verdict.STALE),
        (SealReading.GENUINE, True, Verdict.STALE),
        (SealReading.UNSEALED, True, Verdict.STALE),
    }


def test_a_code_looked_at_a_lot_is_valid_with_a_reason():
    judgement = judge(known("on", "genuine", "active", "active", "today", "-", is_watched=True))
    assert (judgement.verdict, judgement.verdict.word) == (Verdict.WATCHED, "valid")
    assert judgement.reasons == (Reason.SEALED, Reason.WATCHED)


def test_another_host_is_foreign_whatever_it_shows():
    for one, given in JUDGED:
        if not one.is_host_ours:
            assert given.reasons == (Reason.FOREIGN_HOST,)


@pytest.mark.parametrize(
    ("state", "today", "expected"),
    [
        (State.ACTIVE, FROM, Verdict.VALID),
        (State.ACTIVE, TO, Verdict.VALID),
        (State.ACTIVE, date(2029, 3, 15), Verdict.EXPIRED),
        (State.ACTIVE, date(2026, 3, 14), Verdict.NOT_YET),
        (State.SUSPENDED, TO, Verdict.SUSPENDED),
        (State.SUSPENDED, date(2029, 3, 15), Verdict.EXPIRED),
        (State.WITHDRAWN, FROM, Verdict.WITHDRAWN),
        (State.WITHDRAWN, date(2040, 1, 1), Verdict.WITHDRAWN),
        (State.EXPIRED, date(2029, 3, 15), Verdict.EXPIRED),
        (State.TO_SIGN, FROM, Verdict.UNKNOWN),
        (None, FROM, Verdict.UNKNOWN),
    ],
)
def test_the_verdict_of_a_mark(state, today, expected):
    assert verdict_of(state, FROM, TO, today) is expected
