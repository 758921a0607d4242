"""The directory and the alerts that devices keep: they come back as they were signed, and nothing else is believed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from certify.trust import status, tokens
from certify.trust.directory import Listed, alerts_token, directory_token, read_alerts, read_bundle, read_directory
from certify.trust.note import open_note
from certify.workflows.licence import Ground
from certify.workflows.scanning import code_of
from tests.trust import kept
from tests.trust.given import LOG, STATUS_KEY, VECTORS, log_key, roots, signer

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
KEYS = {STATUS_KEY: signer("status-26").public()}
SIGNED_BY = {"kid": STATUS_KEY, "signer": signer("status-26"), "at": AT}
PATHS = [vector["path"] for vector in VECTORS["seals"]]
PREFIXES = [code_of(path) for path in PATHS]


def status_list(at: datetime = AT) -> status.StatusList:
    """The status list of a moment."""
    said = {"uri": "https://tdm.ma/status/1", "kid": STATUS_KEY, "signer": signer("status-26")}
    return status.StatusList.read(status.status_token([], at=at, **said), KEYS)


BESIDE = {"beside": status_list()}


def listed(place: int = 0, **more) -> Listed:
    said = {
        "place": place,
        "number": f"TDM-09-2026-000{place}-L",
        "mark": "7K9M4T2XP8QJ",
        "gtins": ("06111234567895",),
        "holder": {"fr": "Coopérative Tafraout", "ar": "تعاونية تافراوت"},
        "product": {"fr": "Miel d’euphorbe", "ar": "عسل الدغموس", "en": "Spurge honey"},
        "valid_from": date(2026, 11, 22),
        "valid_to": date(2029, 11, 21),
    }
    return Listed(**(said | more))


def test_directory_comes_back_in_the_order_of_the_places():
    token = directory_token([listed(1), listed(0)], **SIGNED_BY)
    assert read_directory(token, KEYS, **BESIDE) == (listed(0), listed(1))


def test_day_and_ground_of_an_end_come_back_with_what_they_spare():
    ended = listed(ended_on=date(2026, 11, 25), ground=Ground.OBLIGATIONS)
    assert read_directory(directory_token([ended], **SIGNED_BY), KEYS, **BESIDE) == (ended,)
    said = {name: ended.said()[name] for name in ("from", "scope", "why")}
    assert said == {"from": "2026-11-25", "scope": "prospective", "why": "R04"}
    assert listed(ended_on=date(2026, 11, 25), ground=Ground.HEALTH).said()["scope"] == "retroactive"


def test_alerts_come_back_as_prefixes_once_each():
    token = alerts_token([*PREFIXES, PREFIXES[0]], **SIGNED_BY)
    assert read_alerts(token, KEYS, **BESIDE) == set(PREFIXES)
    assert {len(prefix) for prefix in read_alerts(token, KEYS, **BESIDE)} == {8}


def test_no_licence_and_no_alert_are_signed_too():
    assert read_directory(directory_token([], **SIGNED_BY), KEYS, **BESIDE) == ()
    assert read_alerts(alerts_token([], **SIGNED_BY), KEYS, **BESIDE) == frozenset()


def test_one_statement_is_never_taken_for_another():
    tokens_of = {
        "directory": directory_token([listed()], **SIGNED_BY),
        "alerts": alerts_token(PREFIXES, **SIGNED_BY),
        "status": VECTORS["status"]["jwt"],
    }
    readers = {
        "directory": lambda token: read_directory(token, KEYS, **BESIDE),
        "alerts": lambda token: read_alerts(token, KEYS, **BESIDE),
        "status": lambda token: status.StatusList.read(token, KEYS),
    }
    for kind, reader in readers.items():
        for other in tokens_of.keys() - {kind}:
            with pytest.raises(tokens.Untrusted):
                reader(tokens_of[other])


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("tdm-directory+jwt", {"entries": [{"idx": 0}]}),
        ("tdm-directory+jwt", {}),
        ("tdm-alerts+jwt", {"h": "AAAA"}),
        ("tdm-alerts+jwt", {"h": "AAA="}),
        ("tdm-alerts+jwt", {}),
    ],
)
def test_what_is_not_as_it_must_be_is_not_believed(kind, payload):
    times = {"iat": int(AT.timestamp()), "exp": int((AT + status.LIFETIME).timestamp())}
    token = tokens.sign(times | payload, kind=kind, kid=STATUS_KEY, signer=signer("status-26"))
    with pytest.raises(tokens.Untrusted):
        (read_directory if kind == "tdm-directory+jwt" else read_alerts)(token, KEYS, **BESIDE)


def test_statement_of_another_key_is_not_believed():
    token = directory_token([listed()], **SIGNED_BY | {"signer": signer("vc-26")})
    with pytest.raises(tokens.Untrusted):
        read_directory(token, KEYS, **BESIDE)


@pytest.mark.parametrize("hours", [-24, -1, 1])
def test_statement_of_another_age_than_the_list_is_not_believed(hours):
    beside = status_list(AT + timedelta(hours=hours))
    with pytest.raises(tokens.Untrusted):
        read_directory(directory_token([listed()], **SIGNED_BY), KEYS, beside=beside)
    with pytest.raises(tokens.Untrusted):
        read_alerts(alerts_token(PREFIXES, **SIGNED_BY), KEYS, beside=beside)


def test_statement_that_lives_longer_than_the_list_is_not_believed():
    times = {"iat": int(AT.timestamp()), "exp": int((AT + timedelta(days=900)).timestamp())}
    for kind, said, reader in (
        ("tdm-directory+jwt", {"entries": []}, read_directory),
        ("tdm-alerts+jwt", {"h": ""}, read_alerts),
    ):
        with pytest.raises(tokens.Untrusted):
            reader(tokens.sign(times | said, kind=kind, kid=STATUS_KEY, signer=signer("status-26")), KEYS, **BESIDE)


def test_a_bundle_is_read_in_each_part():
    read = read_bundle(kept.bundle(), roots(), at=kept.AT)
    assert (len(read.directory), len(read.alerts), read.head.size) == (len(kept.MARKS) + 1, 1, 6)
    assert read.status[1] is status.Status.WITHDRAWN


@pytest.mark.parametrize("spoilt", kept.refused())
def test_a_bundle_spoilt_in_any_way_is_refused_whole(spoilt):
    with pytest.raises(tokens.Untrusted):
        read_bundle(kept.refused()[spoilt], roots(), at=kept.AT)


@pytest.mark.parametrize("spoilt", kept.refused_after())
def test_the_log_neither_becomes_shorter_nor_another(spoilt):
    head = open_note(LOG["checkpoint_6"], log_key()).checkpoint
    assert read_bundle(kept.bundle(), roots(), at=kept.AT, head=head).head == head
    with pytest.raises(tokens.Untrusted):
        read_bundle(kept.refused_after()[spoilt], roots(), at=kept.AT, head=head)
