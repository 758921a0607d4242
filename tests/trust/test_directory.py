"""The directory and the alerts that devices keep: they come back as they were signed, and nothing else is believed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from certify.trust import status, tokens
from certify.trust.directory import Listed, alerts_token, directory_token, read_alerts, read_directory
from certify.workflows.scanning import code_of
from tests.trust.given import STATUS_KEY, VECTORS, signer

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
KEYS = {STATUS_KEY: signer("status-26").public()}
SIGNED_BY = {"kid": STATUS_KEY, "signer": signer("status-26"), "at": AT}
PATHS = [vector["path"] for vector in VECTORS["seals"]]
PREFIXES = [code_of(path) for path in PATHS]


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
    assert read_directory(token, KEYS) == (listed(0), listed(1))


def test_alerts_come_back_as_prefixes_once_each():
    token = alerts_token([*PREFIXES, PREFIXES[0]], **SIGNED_BY)
    assert read_alerts(token, KEYS) == set(PREFIXES)
    assert {len(prefix) for prefix in read_alerts(token, KEYS)} == {8}


def test_no_licence_and_no_alert_are_signed_too():
    assert read_directory(directory_token([], **SIGNED_BY), KEYS) == ()
    assert read_alerts(alerts_token([], **SIGNED_BY), KEYS) == frozenset()


def test_one_statement_is_never_taken_for_another():
    tokens_of = {
        "directory": directory_token([listed()], **SIGNED_BY),
        "alerts": alerts_token(PREFIXES, **SIGNED_BY),
        "status": VECTORS["status"]["jwt"],
    }
    readers = {"directory": read_directory, "alerts": read_alerts, "status": status.StatusList.read}
    for kind, reader in readers.items():
        for other in tokens_of.keys() - {kind}:
            with pytest.raises(tokens.Untrusted):
                reader(tokens_of[other], KEYS)


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
    token = tokens.sign(payload, kind=kind, kid=STATUS_KEY, signer=signer("status-26"))
    with pytest.raises(tokens.Untrusted):
        (read_directory if kind == "tdm-directory+jwt" else read_alerts)(token, KEYS)


def test_statement_of_another_key_is_not_believed():
    token = directory_token([listed()], **SIGNED_BY | {"signer": signer("vc-26")})
    with pytest.raises(tokens.Untrusted):
        read_directory(token, KEYS)
