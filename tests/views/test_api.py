"""The API for machines: the document and the answers agree, errors are problems, and nothing odd breaks it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from dataclasses import replace
from hashlib import sha256
from http import HTTPStatus
from itertools import count
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from sqlalchemy import select
from stdnum import ean

from certify.extensions import db, limiter
from certify.models import Organisation, Paper, PaperFile, RegisterEntry, RegisterGtin, User
from certify.models.paper import PaperKind
from certify.operations.anchoring import anchor_head
from certify.operations.patience import Patience
from certify.operations.succession import Witnesses, succeed_log
from certify.trust.keyring import read_keyring
from certify.trust.keys import KeyState, to_text
from certify.trust.seal import Identity
from certify.views.api_codes import LARGEST, MOST
from certify.workflows.licence import Ground
from certify.workflows.verdict import Reason, Verdict
from tests import proofs
from tests.scans import UNKNOWN, scans

GTIN = "06111234567895"
API = "/api/v1"
PROBLEM = "application/problem+json"


@pytest.fixture
def scan(settled_sqlite):
    for one in scans(settled_sqlite):
        sell(one.mark)
        yield one


@pytest.fixture(scope="module")
def still(settled_sqlite):
    """A licence that no test of this module changes."""
    for one in scans(settled_sqlite, "still"):
        sell(one.mark)
        yield one


@pytest.fixture(scope="module")
def published(settled_sqlite, tmp_path_factory):
    """One licence, and all that is published of it; the roots of papers, and a file of a certificate."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(proofs.KEYS, folder / "keys")
    (folder / "keys" / "paper-root.crt").write_text("-----BEGIN CERTIFICATE-----\n")
    for one in scans(settled_sqlite, KEYS=str(folder / "keys")):
        public, at = Path(one.app.instance_path) / "public", one.clock()
        issuer = replace(proofs.ISSUER, keys=read_keyring(folder / "keys", at))
        asked = {"state": KeyState.RETIRED, "witnesses": Witnesses({}, one.app.logger), "at": at}
        succeed_log(db.session, public, proofs.ROOTS, issuer=issuer, **asked)
        tokens = (str(number).encode() for number in count())
        token = next(each for each in tokens if to_text(sha256(each).digest()).startswith("-"))  # as one in 64 does
        anchor_head(db.session, public, lambda _head, token=token: token, one.app.logger, at=at, patience=Patience())
        paper = db.session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
        db.session.add(PaperFile(paper_id=paper.id, sha256="a" * 64, size=1, printed_at=one.clock()))
        db.session.commit()
        yield one


def filled(scan, path: str) -> str:
    """Fill a described address with what there is."""
    width = next((Path(scan.app.instance_path) / "public" / "log" / "tile" / "0" / "000.p").iterdir()).name
    token = next((Path(scan.app.instance_path) / "public" / "log" / "anchor").glob("*.tst")).name
    values = {
        "mark": scan.mark,
        "number": number(scan),
        "sha256": "a" * 64,
        "entry": 0,
        "token": token,
        "head": "log.checkpoint",
    }
    return path.format(**values, level="0", index="000", width=width)


def resolved(scan, said: dict) -> dict:
    """Follow a reference inside the document."""
    if "$ref" not in said:
        return said
    found = document(scan)
    for part in said["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def sell(mark: str) -> None:
    """Say that the product bears a GTIN, whose check digit others find right too."""
    assert ean.is_valid(GTIN)
    db.session.add(RegisterGtin(gtin=GTIN, mark=mark))
    db.session.commit()


def document(scan) -> dict:
    """The description of the API."""
    return scan.get(f"{API}/openapi.json").json


def conforms(scan, path: str, answer, method: str = "get") -> None:
    """Check an answer against what the document says of it."""
    said = document(scan)
    response = said["paths"][path][method]["responses"][str(answer.status_code)]
    if "$ref" in response:
        response = said["components"]["responses"][response["$ref"].rpartition("/")[2]]
    schema = response["content"][answer.content_type]["schema"]
    registry = Registry().with_resource("urn:api", Resource(said, DRAFT202012))
    rooted = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
    validator = Draft202012Validator(rooted, registry=registry, format_checker=FormatChecker())
    assert [error.message for error in validator.iter_errors(answer.json)] == []


def checked(scan, codes: object, **more: object):
    """Ask for a bulk check."""
    return scan.app.test_client().post(f"{API}/checks", **({"json": {"codes": codes}} | more))


def number(scan) -> str:
    """The number of the licence."""
    return db.session.get(RegisterEntry, scan.mark).number


def test_the_document_is_an_openapi_document(still):
    OpenAPIV31SpecValidator(document(still)).validate()
    assert document(still)["servers"] == [{"url": proofs.BASE_URL}]


def test_the_document_and_the_routes_are_in_step(still):
    described = {(path, method) for path, verbs in document(still)["paths"].items() for method in verbs}
    routed = {
        (rule.rule.replace("<", "{").replace(">", "}"), method.lower())
        for rule in still.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method in described if path.startswith("/api/")} == routed


def test_every_published_proof_is_described_with_what_it_is(published):
    """Each address that is not of the API, as it answers; and none of what is published is left out."""
    paths = {path: verbs for path, verbs in document(published)["paths"].items() if not path.startswith("/api/")}
    met = set()
    addresses = published.app.url_map.bind("127.0.0.1:5000")
    for path, verbs in paths.items():
        assert list(verbs) == ["get"]
        with published.get(filled(published, path), Accept="application/json") as answer:
            if answer.is_json or "+json" in answer.content_type:
                conforms(published, path, answer)
            else:
                content = resolved(published, verbs["get"]["responses"][str(answer.status_code)])["content"]
                assert list(content) == [answer.content_type]
                schema = resolved(published, content[answer.content_type].get("schema", {}))
                assert re.search(schema.get("pattern", ""), answer.data.decode("latin-1"))
        assert (path, answer.status_code) == (path, 404 if path == "/log/tile/{level}/{index}" else 200)  # none is full
        met.add(addresses.match(filled(published, path))[0])
    proofs_of = {name for name in published.app.view_functions if name.startswith("proofs.")}
    assert met == proofs_of | {
        "public.verification",
        "judging.fingerprint",
        "judging.roots",
        "resolver.well_known",
        "feed.changes",
    }


@pytest.mark.parametrize(
    ("path", "filling", "status"),
    [
        ("/v/{mark}.json", UNKNOWN, 404),
        ("/check/papers/{sha256}", "0" * 64, 404),
        ("/c/{number}/vc.jwt", "TDM-09-2026-9999-X", 404),
        ("/c/{number}/proof", "TDM-09-2026-9999-X", 404),
    ],
)
def test_what_is_not_there_is_described_too(published, path, filling, status):
    name = re.search("{(.*)}", path)[1]
    answer = published.get(path.replace(f"{{{name}}}", filling), Accept="application/json")
    said = document(published)["paths"][path]["get"]["responses"][str(status)]
    content = resolved(published, said)["content"]
    assert (answer.status_code, list(content)) == (status, [answer.content_type])
    if answer.is_json:
        conforms(published, path, answer)


def test_the_document_names_every_word_there_is(still):
    schemas = document(still)["components"]["schemas"]
    assert schemas["Reason"]["enum"] == list(Reason)
    assert schemas["Ground"]["enum"] == list(Ground)
    assert set(schemas["Verdict"]["enum"]) == {verdict.word for verdict in Verdict} - {"stale"}


def test_every_example_is_what_its_schema_says(still):
    said = document(still)
    registry = Registry().with_resource("urn:api", Resource(said, DRAFT202012))
    count = 0
    for holder in holders(said):
        schema = json.loads(json.dumps(holder["schema"]).replace('"#/', '"urn:api#/'))
        Draft202012Validator(schema, registry=registry, format_checker=FormatChecker()).validate(holder["example"])
        count += 1
    assert count > 15


def holders(value: object):
    """Find whatever holds a schema and an example of it."""
    if isinstance(value, dict):
        if "schema" in value and "example" in value:
            yield value
        for each in value.values():
            yield from holders(each)
    elif isinstance(value, list):
        for each in value:
            yield from holders(each)


def test_the_index_leads_to_everything(still):
    links = still.get(API).json
    assert {link.startswith(proofs.BASE_URL) for link in links.values()} == {True}
    for name, status in (("documentation", 200), ("licences", 200), ("changes", 200), ("checks", 405)):
        assert still.get(links[name].removeprefix(proofs.BASE_URL)).status_code == status


@pytest.mark.parametrize(
    ("typed", "verdict", "reasons"),
    [
        ("{mark}", "valid", "unsealed"),
        ("{lower}", "valid", "unsealed"),
        ("{arabic}", "valid", "unsealed"),
        ("{base}/v/{mark}", "valid", "unsealed"),
        ("{base}/V/{mark}", "valid", "unsealed"),
        ("{sealed}", "valid", "sealed"),
        ("{sealed_lower}", "valid", "sealed"),
        ("{base}/01/" + GTIN, "valid", "unsealed"),
        ("/01/" + GTIN, "valid", "unsealed"),
        ("{sealed}?utm=1#x", "valid", "sealed"),
        (UNKNOWN, "unknown", "unsealed not_found"),
        ("7K9M", "mistyped", "malformed"),
        ("{base}/label", "mistyped", "malformed"),
        ("{base}", "mistyped", "malformed"),
        ("x" * 5000, "mistyped", "malformed"),
        ("http://[", "mistyped", "malformed"),
        ("\x00", "mistyped", "malformed"),
        ("{forged}", "counterfeit", "forged"),
        ("https://127.0.0.1:5000.evil.example/v/{mark}", "foreign", "foreign_host"),
        ("https://evil.example/v/{mark}", "foreign", "foreign_host"),
        ("https://127.0.0.1:5000@evil.example/v/{mark}", "foreign", "foreign_host"),
        ("https://127.0.0.1:5001/v/{mark}", "foreign", "foreign_host"),
        ("http://127.0.0.1:5001/v/{mark}", "foreign", "foreign_host"),
        ("127.0.0.1.example:5000/v/{mark}", "foreign", "foreign_host"),
        ("ftp://127.0.0.1:5000/v/{mark}", "mistyped", "malformed"),
        ("javascript://127.0.0.1:5000/v/{mark}", "mistyped", "malformed"),
        ("127.0.0.1:5000/v/{mark}.json", "valid", "unsealed"),
        ("https://127.0.0.1:5000/01/" + GTIN + "?x=1", "valid", "unsealed"),
        ("https://xn--127-0-0-1.example/{sealed_path}", "foreign", "foreign_host"),
    ],
)
def test_a_code_is_judged_however_it_is_written_alone_and_among_others(still, typed, verdict, reasons):
    sealed = proofs.ISSUER.seal(Identity(gdti=proofs.GDTI, document=still.mark))
    code = typed.format(
        mark=still.mark,
        lower=f"{still.mark[:4]}-{still.mark[4:8]} {still.mark[8:]}".lower(),
        arabic=still.mark.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        base=proofs.BASE_URL,
        sealed=sealed,
        sealed_lower=sealed.lower(),
        sealed_path=sealed.removeprefix(proofs.BASE_URL),
        forged=sealed.replace(still.mark, UNKNOWN),
    )
    answer = still.app.test_client().get(f"{API}/codes", query_string={"code": code})
    conforms(still, f"{API}/codes", answer)
    assert (answer.status_code, answer.json["verdict"], " ".join(answer.json["reasons"])) == (200, verdict, reasons)
    many = checked(still, [code, UNKNOWN])
    conforms(still, f"{API}/checks", many, "post")
    alone = {name: value for name, value in answer.json.items() if name not in ("asof", "evidence")}
    assert many.json["checks"][0] == alone
    assert many.json["checks"][1]["verdict"] == "unknown"


def test_an_address_printed_before_the_host_changed_is_still_ours(still):
    assert still.app.extensions["resolver"].hosts == {proofs.HOST}
    checks = checked(still, [f"{scheme}://{proofs.HOST.upper()}/v/{still.mark}" for scheme in ("http", "https")])
    assert [check["verdict"] for check in checks.json["checks"]] == ["valid", "valid"]


def test_ten_thousand_codes_are_answered_in_their_order_and_one_more_is_refused(still):
    codes = [still.mark if place % 3 else UNKNOWN for place in range(MOST)]
    answer = checked(still, codes)
    assert [check["code"] for check in answer.json["checks"]] == codes
    assert {check["verdict"] for check in answer.json["checks"]} == {"valid", "unknown"}
    refused = checked(still, [*codes, UNKNOWN])
    conforms(still, f"{API}/checks", refused, "post")
    assert (refused.status_code, refused.json["errors"]) == (
        422,
        [{"where": "/codes", "detail": "Send 1 to 10000 codes; these are 10001."}],
    )


@pytest.mark.parametrize("half", ["\ud800", "\udfff\ud800", "7K9M\udc804T2XP8QK", "/01/\ud800", "http://\ud800/v/x"])
def test_half_a_surrogate_pair_is_answered_and_loses_no_other_code(still, half):
    answer = checked(still, [still.mark, half, UNKNOWN])
    conforms(still, f"{API}/checks", answer, "post")
    said = [(check["code"], check["verdict"]) for check in answer.json["checks"]]
    assert said == [(still.mark, "valid"), (half, "mistyped"), (UNKNOWN, "unknown")]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (415, b"{}", "text/plain"),
        (415, b"codes=x", "application/x-www-form-urlencoded"),
        (415, b"{}", ""),
        (400, b"", "application/json"),
        (400, b"{", "application/json"),
        (400, b"\xff\xfe", "application/json"),
        (400, b"[" * 100_000, "application/json"),
        (422, b"[]", "application/json"),
        (422, b"null", "application/json"),
        (422, b'"codes"', "application/json"),
        (422, b"{}", "application/json"),
        (422, b'{"codes": []}', "application/json"),
        (422, b'{"codes": "7K9M4T2XP8QJ"}', "application/json"),
        (422, b'{"codes": [1, null, ["x"]]}', "application/json"),
        (422, b'{"codes": ["x"], "more": 1}', "application/json"),
        (413, b" " * (LARGEST + 1), "application/json"),
    ],
)
def test_a_body_that_is_not_as_it_must_be_is_a_problem(still, status, body, kind):
    answer = checked(still, None, json=None, data=body, content_type=kind)
    conforms(still, f"{API}/checks", answer, "post")
    assert (answer.status_code, answer.content_type, answer.json["status"]) == (status, PROBLEM, status)
    assert answer.json["title"] == HTTPStatus(status).phrase


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{API}/nothing", 404),
        ("/api/v2", 404),
        (f"{API}/licences/TDM-04-2026-9999-X", 404),
        (f"{API}/licences/x", 404),
        (f"{API}/checks", 405),
        (f"{API}/codes", 422),
        (f"{API}/codes?code=", 422),
        (f"{API}/codes?code=x&code=y", 422),
        (f"{API}/codes?code=x&more=y", 422),
        (f"{API}/licences?limit=0", 422),
        (f"{API}/licences?limit=1001", 422),
        (f"{API}/licences?limit=٣", 422),
        (f"{API}/licences?limit=%2B3", 422),
        (f"{API}/licences?verdict=counterfeit", 422),
        (f"{API}/licences?region=13", 422),
        (f"{API}/licences?gtin=06111234567896", 422),
        (f"{API}/licences?after=x", 422),
        (f"{API}/licences?nothing=1", 422),
        (f"{API}/changes?after=-2", 422),
        (f"{API}/changes?after=99999999999999999999", 422),
        (f"{API}/licences?filiere=%00", 422),
        (f"{API}/changes?since=2026-01-01", 422),
        (f"{API}/changes?since=yesterday", 422),
    ],
)
def test_every_error_below_the_api_is_a_problem(still, path, status):
    answer = still.get(path)
    assert (answer.status_code, answer.content_type, answer.json["status"]) == (status, PROBLEM, status)
    assert set(answer.json) - {"errors"} == {"type", "title", "status", "detail", "instance"}
    assert not {"Set-Cookie", "ETag"} & set(dict(answer.headers))


def test_a_method_that_there_is_not_is_refused_with_those_there_are(still):
    answer = still.app.test_client().delete(f"{API}/licences")
    assert (answer.status_code, answer.content_type) == (405, PROBLEM)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_of_a_moment_and_a_place_the_later_counts(still):
    whole = still.get(f"{API}/changes").json
    last = whole["changes"][-1]["position"]
    for query in (f"since=2020-01-01T00:00:00Z&after={last}", "since=2030-01-01T00:00:00%2B01:00&after=-1"):
        assert still.get(f"{API}/changes?{query}").json["changes"] == []
    assert still.get(f"{API}/changes?since=2020-01-01T00:00:00Z&after=-1").json["changes"] == whole["changes"]


def test_whoever_wants_something_else_than_json_is_told_so(still):
    answer = still.get(f"{API}/licences", Accept="text/html")
    assert (answer.status_code, answer.content_type) == (406, PROBLEM)
    for accepted in ("*/*", "application/*", "application/json;q=0.1, text/html"):
        assert still.get(f"{API}/licences", Accept=accepted).status_code == 200


def test_the_register_is_read_page_after_page(still):
    answer = still.get(f"{API}/licences")
    conforms(still, f"{API}/licences", answer)
    assert ([one["number"] for one in answer.json["licences"]], answer.json["next"]) == ([number(still)], None)
    (found,) = answer.json["licences"]
    assert found["gtins"] == [GTIN]
    one = still.get(found["links"]["self"].removeprefix(proofs.BASE_URL))
    conforms(still, f"{API}/licences/{{number}}", one)
    assert one.json == found
    assert still.get(f"{API}/licences/{number(still).lower().replace('-', ' ')}").json == found
    assert still.get(f"{API}/licences?after={number(still)}").json == {"licences": [], "next": None}
    for name in ("page", "photo", "vc"):
        assert still.get(found["links"][name].removeprefix(proofs.BASE_URL)).status_code == 200


def test_an_answer_that_somebody_holds_is_not_sent_again(still):
    for path in (API, f"{API}/openapi.json", f"{API}/licences", f"{API}/licences/{number(still)}", f"{API}/changes"):
        first = still.get(path)
        again = still.get(path, If_None_Match=first.headers["ETag"])
        assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
        assert not first.headers["ETag"].startswith("W/")
        packed = still.get(path, Accept_Encoding="gzip")
        assert json.loads(gzip.decompress(packed.data)) == first.json
        assert packed.headers["ETag"] != first.headers["ETag"]


def test_what_is_judged_now_is_not_kept(still):
    for answer in (still.get(f"{API}/codes?code={still.mark}"), checked(still, [still.mark])):
        assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-store", False)


def test_a_change_shows_in_the_register_and_among_the_changes(scan):
    before = scan.get(f"{API}/changes")
    conforms(scan, f"{API}/changes", before)
    assert [change["kind"] for change in before.json["changes"]] == ["granted"]
    scan.clock.advance(days=1)
    scan.act("suspend")
    after = scan.get(before.json["next"].removeprefix(proofs.BASE_URL))
    conforms(scan, f"{API}/changes", after)
    (change,) = after.json["changes"]
    assert (change["licence"], change["kind"], change["ground"]) == (number(scan), "suspended", "R00")
    assert scan.get(f"{API}/licences?verdict=valid").json["licences"] == []
    (found,) = scan.get(f"{API}/licences?verdict=suspended").json["licences"]
    conforms(scan, f"{API}/licences", scan.get(f"{API}/licences?verdict=suspended"))
    assert found["history"][-1] == {"on": "2026-12-08", "kind": "suspended", "ground": "R00"}


def test_any_page_may_read_the_answers_and_no_cookie_is_set(still):
    client = still.app.test_client()
    for answer in (still.get(API), still.get(f"{API}/nothing-here"), checked(still, ["x"])):
        assert "Set-Cookie" not in answer.headers
    for answer in (still.get(API), still.get(f"{API}/licences?limit=x"), checked(still, [])):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
    asked = client.options(f"{API}/checks", headers={"Origin": "https://shop.example"})
    assert (asked.status_code, asked.headers["Access-Control-Allow-Headers"]) == (200, "Content-Type, If-None-Match")


def test_no_byte_is_about_a_person(scan):
    scan.act("suspend")
    organisation = db.session.get(Organisation, 1)
    secrets = {organisation.email, organisation.phone, organisation.representative_name, organisation.ice}
    secrets |= {user.name for user in db.session.query(User)} | {user.email for user in db.session.query(User)}
    paths = ("/licences", f"/licences/{number(scan)}", "/changes", f"/codes?code={scan.mark}")
    sent = "".join(scan.get(API + path).text for path in paths) + checked(scan, [scan.mark]).text
    assert [secret for secret in secrets if secret in sent] == []


def test_without_database_nothing_is_called_invalid(scan):
    scan.get(API)
    db.session.remove()
    db.engine.dispose()
    db.engines["read"].dispose()
    scan.database.rename(scan.database.with_suffix(".gone"))
    scan.database.mkdir()
    for answer in (
        scan.get(f"{API}/codes?code={scan.mark}"),
        checked(scan, [scan.mark, "7K9M"]),
        scan.get(f"{API}/licences"),
        scan.get(f"{API}/changes"),
    ):
        assert (answer.status_code, answer.content_type, answer.headers["Retry-After"]) == (503, PROBLEM, "30")
    assert scan.get(f"{API}/codes?code=7K9M").json["verdict"] == "mistyped"
    scan.database.rmdir()
    scan.database.with_suffix(".gone").rename(scan.database)


def test_whoever_asks_too_often_waits_and_is_told_how_long(settled_sqlite, tmp_path):
    for scan in scans(settled_sqlite, RATELIMIT_ENABLED=True):
        limiter.reset()
        answers = [checked(scan, ["7K9M"]) for _ in range(61)]
        first, last = answers[0], answers[-1]
        assert (first.status_code, last.status_code, last.content_type) == (200, 429, PROBLEM)
        conforms(scan, f"{API}/checks", last, "post")
        assert first.headers["RateLimit-Policy"] == '"default";q=60;w=60'
        assert first.headers["RateLimit"].startswith('"default";r=59;t=')
        assert 0 < int(last.headers["Retry-After"]) <= 61
        assert scan.get(API).headers["RateLimit-Policy"] == '"default";q=600;w=60'
        limiter.reset()
