"""The resolver: sealed and plain codes in each form, for people and for programs, and every way of attacking one."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from certify.extensions import catalogue, db
from certify.models import RegisterEntry, RegisterGtin
from certify.trust.keyring import read_keyring
from certify.trust.keys import to_text
from certify.trust.seal import Identity, check_digit, make_seal
from certify.views import seals
from certify.views.resolver import choose_kind
from certify.views.seals import SealBook
from certify.workflows.scanning import Standing, Tier
from tests import proofs
from tests.scans import UNKNOWN, scans
from tests.trust.given import VECTORS, signer

GTIN = "06111234567895"
HEADLINE = re.compile(r"<h1>(.*?)</h1>")
LANGUAGES = ("fr", "ar", "en")


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


def sell(mark: str, gtin: str = GTIN) -> None:
    """Say that a product bears a GTIN."""
    db.session.add(RegisterGtin(gtin=gtin, mark=mark))
    db.session.commit()


def sealed(identity: Identity) -> str:
    """The address of a code, with the seal of the label, without its host."""
    return proofs.ISSUER.seal(identity).removeprefix(proofs.BASE_URL)


def of_licence(scan) -> Identity:
    """What the certificate of the licence is called."""
    return Identity(gdti=proofs.GDTI, document=scan.mark)


def read(scan, path: str, **headers: str) -> tuple[int, str, str]:
    """The status, the verdict and the reasons that a program reads."""
    answer = scan.get(path, Accept="application/json", **headers)
    return answer.status_code, answer.json["verdict"], " ".join(answer.json["reasons"])


@pytest.mark.parametrize("identity", [of_licence, lambda scan: Identity(gtin=GTIN)], ids=["certificate", "trade item"])
def test_a_sealed_code_and_a_plain_one_lead_to_the_licence_and_say_which_they_are(still, identity):
    named = identity(still)
    assert read(still, sealed(named)) == (200, "valid", "sealed")
    assert read(still, named.path) == (200, "valid", "unsealed")
    for path in (sealed(named), named.path):
        assert still.get(path, Accept="application/json").json["mark"] == still.mark


def test_small_letters_are_read_and_the_one_way_of_writing_is_named(still):
    path = sealed(of_licence(still))
    answer = still.get(path.lower())
    assert (answer.status_code, answer.text) == (200, still.get(path).text)
    assert f'<{proofs.BASE_URL}{path}>; rel="canonical"' in answer.headers["Link"]
    assert read(still, path.lower()) == (200, "valid", "sealed")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_was_proved_and_how(still, language):
    words = catalogue(language).gettext
    entry = db.session.get(RegisterEntry, still.mark)
    with_seal = still.get(f"{sealed(of_licence(still))}?lang={language}")
    without = still.get(f"{still.url}?lang={language}")
    assert with_seal.headers["Content-Language"] == language
    told = words("The code bears the seal of the label, verified with its public key %(key)s: nobody else can make it.")
    assert told % {"key": proofs.RING.seal_kid} in with_seal.text
    plain = words("The code carries no seal: it says which authorisation it names, not who printed it.")
    assert plain in without.text and plain not in with_seal.text
    for page in (with_seal.text, without.text):
        assert words("What was checked, and how") in page
        assert f'<a href="/c/{entry.number}/proof">' in page
        assert words("entry %(number)s and its proof") % {"number": entry.facts["evidence"]["entry"]} in page
        assert "<script" not in page


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", "text/html; charset=utf-8"),
        ("*/*", "text/html; charset=utf-8"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/json;q=0.5, text/html;q=0.1", "application/json"),
        ("application/linkset+json", "application/linkset+json"),
        ("image/png", "text/html; charset=utf-8"),
    ],
)
def test_what_is_accepted_is_what_is_answered(still, accept, kind):
    assert still.get(sealed(of_licence(still)), Accept=accept).content_type == kind


def test_json_has_the_shape_of_the_specification(still):
    said = still.get(sealed(of_licence(still)), Accept="application/json").json
    entry = db.session.get(RegisterEntry, still.mark)
    base = f"{proofs.BASE_URL}/c/{entry.number}"
    assert (said["verdict"], said["reasons"], said["cert"]) == ("valid", ["sealed"], entry.number)
    assert said["asof"] == still.clock().isoformat(timespec="seconds")
    assert said["evidence"] == {
        "seal": {"kid": proofs.RING.seal_kid, "ok": True, "reading": "genuine"},
        "status": {
            "uri": f"{proofs.BASE_URL}/status/1",
            "idx": entry.facts["evidence"]["place"],
            "iat": int(still.clock().timestamp()),
            "entry": None,
            "proof": None,
        },
        "vc": f"{base}/vc.jwt",
        "proof": f"{base}/proof",
    }
    assert said["code"] == of_licence(still).path


def test_the_links_of_a_code_lead_somewhere(still):
    answer = still.get(f"{sealed(of_licence(still))}?linkType=linkset")
    (context,) = answer.json["linkset"]
    assert context.pop("anchor") == f"https://id.gs1.org{of_licence(still).path}"
    assert [name.removeprefix("https://gs1.org/voc/") for name in context] == [
        "certificationInfo",
        "jws",
        "pip",
        "traceability",
        "defaultLink",
    ]
    for targets in context.values():
        for target in targets:
            path = target["href"].removeprefix(proofs.BASE_URL)
            assert still.get(path, Accept=target["type"]).content_type.split(";")[0] == target["type"]
    assert still.get(sealed(of_licence(still)), Accept="application/linkset+json").json == answer.json


LINKSET = {
    "type": "object",
    "required": ["linkset"],
    "additionalProperties": False,
    "properties": {
        "linkset": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["anchor"],
                "properties": {"anchor": {"type": "string", "format": "uri"}},
                "additionalProperties": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/target"}},
            },
        }
    },
    "$defs": {
        "target": {
            "type": "object",
            "required": ["href"],
            "additionalProperties": False,
            "properties": {
                "href": {"type": "string", "format": "uri"},
                "type": {"type": "string", "pattern": "^[a-z]+/[a-z+]+$"},
                "hreflang": {"type": "array", "items": {"type": "string"}},
                "title": {"type": "string"},
                "title*": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["value"],
                        "additionalProperties": False,
                        "properties": {"value": {"type": "string"}, "language": {"type": "string"}},
                    },
                },
            },
        }
    },
}
"""RFC 9264, section 4.2, as far as we use it."""


def test_the_links_are_written_as_the_standard_has_them(still):
    for path in (sealed(of_licence(still)), f"/01/{GTIN}", f"/253/{proofs.GDTI}{UNKNOWN}", "/01/06111234567896"):
        said = still.get(f"{path}?linkType=linkset").json
        Draft202012Validator(LINKSET, format_checker=FormatChecker()).validate(said)


@pytest.mark.parametrize("spelling", ["gs1:", "https://gs1.org/voc/", "https://ref.gs1.org/voc/"])
def test_a_type_of_link_leads_on_to_its_target(still, spelling):
    entry, path = db.session.get(RegisterEntry, still.mark), sealed(of_licence(still))
    targets = {"jws": f"/c/{entry.number}/vc.jwt", "pip": still.url, "traceability": f"{still.url}.json"}
    for name, target in targets.items():
        answer = still.get(f"{path}?linkType={spelling}{name}")
        assert (answer.status_code, answer.headers["Location"]) == (307, f"{proofs.BASE_URL}{target}")
    for name in ("defaultLink", "certificationInfo"):
        assert still.get(f"{path}?linkType={spelling}{name}").status_code == 200
    missing = still.get(f"{path}?linkType={spelling}recipeInfo")
    assert (missing.status_code, missing.content_type) == (404, "application/problem+json")


def test_what_leads_to_no_licence_has_no_link_but_the_page(still):
    path = f"/253/{proofs.GDTI}{UNKNOWN}"
    (context,) = still.get(f"{path}?linkType=all").json["linkset"]
    assert list(context) == ["anchor", "https://gs1.org/voc/certificationInfo", "https://gs1.org/voc/defaultLink"]
    assert still.get(f"{path}?linkType=gs1:jws").status_code == 404


def test_the_resolver_says_what_it_knows(still):
    said = still.get("/.well-known/gs1resolver").json
    assert (said["resolverRoot"], said["supportedPrimaryKeys"]) == (proofs.BASE_URL, ["01", "253"])
    assert said["supportedLinkType"][0]["namespace"] == "https://gs1.org/voc/"


def test_headers_of_a_code(still):
    for accept in ("text/html", "application/json", "application/linkset+json"):
        headers = dict(still.get(sealed(of_licence(still)), Accept=accept).headers)
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Vary"] == "Accept, Accept-Language, Accept-Encoding"
        assert headers["Strict-Transport-Security"].endswith("; preload")
        assert "script" not in headers["Content-Security-Policy"]
        assert not {"Set-Cookie", "ETag"} & set(headers)


@pytest.mark.parametrize("accept", ["text/html", "application/json", "application/linkset+json"])
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_front_answers_as_the_application_behind_it(still, accept, encoding):
    paths = (sealed(of_licence(still)), f"/01/{GTIN}", "/01/1", f"{sealed(of_licence(still))}?linkType=gs1:jws")
    for path in paths:
        front, behind = (get(path, Accept=accept, Accept_Encoding=encoding) for get in (still.get, still.behind))
        assert (front.status, front.data) == (behind.status, behind.data)
        assert dict(front.headers) == dict(behind.headers)


@pytest.mark.parametrize(("act", "verdict"), [("suspend", "suspended"), ("withdraw", "withdrawn")])
def test_what_happens_to_the_licence_shows_within_a_minute(scan, act, verdict):
    before = read(scan, sealed(of_licence(scan)))
    scan.act(act)
    scan.clock.advance(minutes=1)
    assert before == (200, "valid", "sealed")
    assert read(scan, sealed(of_licence(scan))) == (200, verdict, f"sealed {verdict}")
    assert read(scan, f"/01/{GTIN}") == (200, verdict, f"unsealed {verdict}")
    page = scan.get(f"{sealed(of_licence(scan))}?lang=en").text
    assert "Ground: Another ground, stated in the reason" in page


def test_the_end_of_validity_and_the_day_before_it_begins(scan):
    scan.clock.advance(days=-1)
    early = read(scan, sealed(of_licence(scan)))
    scan.clock.advance(days=3 * 366)
    assert (early, read(scan, sealed(of_licence(scan)))) == (
        (200, "not_yet", "sealed not_yet"),
        (200, "expired", "sealed expired"),
    )


def test_of_several_licences_the_page_says_which_one_answers(still):
    entry = db.session.get(RegisterEntry, still.mark)
    assert f'<bdi class="code" dir="ltr">{entry.number}</bdi>' in still.get(f"/01/{GTIN}").text.replace("<wbr>", "")


def known_to_be_forged(scan, path: str) -> None:
    """Check that a code is refused as forged, without a question to the register and without a fact of the product."""
    asked = []
    scan.get(scan.url)
    scan.register._idle[0][1].set_trace_callback(asked.append)
    assert read(scan, path)[:2] == (404, "counterfeit")
    page = scan.get(f"{path}?lang=fr")
    assert (page.status_code, HEADLINE.search(page.text)[1]) == (404, catalogue("fr").gettext("Forged code"))
    assert "euphorbe" not in page.text
    assert asked == []


def test_altered_facts_are_forged(scan):
    path = sealed(Identity(gtin=GTIN))
    other = GTIN[:12] + str((int(GTIN[12]) + 1) % 10)
    known_to_be_forged(scan, path.replace(GTIN, other + check_digit(other)))
    known_to_be_forged(scan, f"{path}/10/L2411A")
    known_to_be_forged(scan, sealed(of_licence(scan)).replace(scan.mark, UNKNOWN))


def test_a_foreign_seal_is_forged(scan):
    identity, kid = Identity(gtin=GTIN), proofs.RING.seal_kid
    known_to_be_forged(scan, f"/{make_seal(identity, kid, signer('seal-26'))}{identity.path}")
    known_to_be_forged(scan, f"/{make_seal(identity, 200, signer('seal-26'))}{identity.path}")
    known_to_be_forged(scan, VECTORS["seals"][0]["url"].removeprefix("https://tdm.ma"))


def test_a_forged_seal_is_never_remembered(scan):
    identity, kid = Identity(gtin=GTIN), proofs.RING.seal_kid
    scan.get(f"/{make_seal(identity, kid, signer('seal-26'))}{identity.path}")
    verify = scan.app.extensions["resolver"]._seals._verifier.get()
    scan.get(sealed(identity))
    scan.get(sealed(identity).lower())
    assert (verify.cache_info().currsize, verify.cache_info().hits) == (1, 1)


def test_a_cut_seal_says_so_and_is_never_called_unsealed(still):
    path = sealed(of_licence(still))
    for cut in (f"/{path[2:]}", f"{path[:60]}{path[105:]}", path.replace(path[5], "1", 1)):
        assert read(still, cut) == (404, "mistyped", "malformed")
        assert catalogue("ar").gettext("The seal of this code is cut or damaged: scan the whole square, or type the 12"
                                       " characters under it.") in still.get(f"{cut}?lang=ar").text  # fmt: skip


@pytest.mark.parametrize(
    "path",
    [
        "/01/06111234567896",
        "/01/6111234567895",
        "/01/",
        "/01/06111234567895/",
        "/01/06111234567895/10/",
        "/01/06111234567895/21/7K9M4T2XP8QK",
        "/253/6111234567894AAAA",
        "/253/6111234567895" + "A" * 18,
        "/01/" + "٠٦١١١٢٣٤٥٦٧٨٩٥",
        "/01/%00",
        "/253/6111234567895%2F..%2F..",
        "/01/" + "9" * 4000,
    ],
)
def test_what_is_no_code_is_mistyped_and_has_a_whole_page(still, path):
    assert read(still, path) == (404, "mistyped", "malformed")
    page = still.get(path, Accept_Language="ar")
    assert (page.status_code, page.headers["Content-Language"]) == (404, "ar")
    assert 'id="search-mark"' in page.text


def test_what_a_person_can_type_again_is_in_the_field(still):
    cut = "/" + sealed(of_licence(still))[5:]
    typed = re.compile(r'name="mark" value="([^"]*)"')
    shown = f"{still.mark[:4]}-{still.mark[4:8]}-{still.mark[8:]}"
    assert typed.search(still.get(cut).text)[1] == shown
    assert typed.search(still.get("/01/06111234567896").text)[1] == "06111234567896"


def test_what_was_never_given_out_is_unknown_and_with_our_seal_forged(still):
    unit = Identity(gtin=GTIN, serial=UNKNOWN)
    assert read(still, unit.path) == (404, "unknown", "unsealed not_found")
    assert read(still, sealed(unit)) == (404, "counterfeit", "sealed not_issued")
    paper = Identity(gdti=proofs.GDTI, document=UNKNOWN)
    assert read(still, paper.path) == (404, "unknown", "unsealed not_found")
    assert read(still, sealed(paper)) == (404, "counterfeit", "sealed not_issued")
    item = Identity(gtin="04006381333931")
    assert read(still, item.path) == (404, "unknown", "unsealed not_found")
    others = Identity(gdti="4006381333931", document=still.mark)
    assert read(still, others.path) == (404, "unknown", "unsealed not_found")


def test_a_lot_is_the_packers_to_name_and_leads_to_the_licence(still):
    lot = Identity(gtin=GTIN, lot="L2411A")
    assert read(still, lot.path) == (200, "valid", "unsealed")
    assert read(still, sealed(lot)) == (200, "valid", "sealed")
    known = sealed(lot)
    assert read(still, known.replace("L2411A", "L2411B"))[:2] == (404, "counterfeit")


def test_copies_are_asked_for_once_of_lots_and_units_and_never_of_what_stands_on_every_pack(scan):
    asked = []
    scan.get(scan.url)
    scan.register._idle[0][1].set_trace_callback(asked.append)
    every = [Identity(gtin=GTIN), of_licence(scan)]
    single = [Identity(gtin=GTIN, lot=f"L{number}") for number in range(3)]
    for paths, times in (([scan.url], 0), ([one.path for one in every], 0), ([one.path for one in single], 1)):
        asked.clear()
        scan.app.test_client().post("/api/v1/checks", json={"codes": paths})
        assert sum("FROM seen_code" in statement for statement in asked) == times


@pytest.mark.parametrize("host", ["terroir-maroc.example", "127.0.0.1:5000.example", 'evil.example"<script>'])
def test_a_look_alike_host_is_never_repeated(still, host):
    for accept in ("text/html", "application/json", "application/linkset+json"):
        answer = still.get(sealed(of_licence(still)), Accept=accept, Host=host, X_Forwarded_Host=host)
        assert answer.status_code == 200
        assert "example" not in answer.text + str(answer.headers)


def keep_keys(scan, tmp_path: Path, state: str | None, exp: str | None = None, until: int | None = None) -> None:
    """Give the application keys of which the sealing one is in a state and ends on a day, in a manifest that ends at a
    moment; None leaves it without any.
    """
    folder = tmp_path / "other keys"
    folder.mkdir(exist_ok=True)
    manifest = folder / "tdm-trust.json"
    if state is None:
        manifest.unlink(missing_ok=True)
    else:
        shutil.copy(proofs.KEYS / "tdm-trust.json", manifest)
        said = json.loads(read_keyring(folder, proofs.MADE).manifest.payload)
        said["seal"][0] |= {"state": state} | ({"exp": exp} if exp else {})
        said |= {"exp": until} if until else {}
        published = json.loads(manifest.read_text())
        published["payload"] = to_text(json.dumps(said).encode())
        manifest.write_text(json.dumps(published))
    scan.app.extensions["resolver"]._seals = SealBook(folder, scan.clock)


def test_a_retired_key_still_counts(scan, tmp_path):
    keep_keys(scan, tmp_path, "retired")
    assert read(scan, sealed(of_licence(scan))) == (200, "valid", "sealed")


def test_of_a_compromised_key_only_what_the_register_holds_counts(scan, tmp_path):
    keep_keys(scan, tmp_path, "compromised")
    assert read(scan, sealed(of_licence(scan))) == (200, "valid", "compromised_key")
    forged = Identity(gdti=proofs.GDTI, document=UNKNOWN)
    assert read(scan, sealed(forged)) == (404, "counterfeit", "compromised_key not_issued")
    assert read(scan, sealed(Identity(gtin=GTIN, serial=UNKNOWN))) == (404, "counterfeit", "compromised_key not_issued")


def test_of_a_key_past_its_term_only_what_the_register_holds_counts(scan, tmp_path):
    keep_keys(scan, tmp_path, "active", exp="2026-01-31")
    address = sealed(of_licence(scan))
    assert read(scan, address) == (200, "valid", "ended_key")
    assert scan.get(address, Accept="application/json").json["evidence"]["seal"]["ok"] is False
    forged = Identity(gdti=proofs.GDTI, document=UNKNOWN)
    assert read(scan, sealed(forged)) == (404, "counterfeit", "ended_key not_issued")
    assert "The key of this seal is past its term" in scan.get(f"{address}?lang=en").text


def test_a_key_whose_term_ends_counts_no_more_the_day_after(scan, tmp_path):
    keep_keys(scan, tmp_path, "active", exp=f"{scan.clock():%Y-%m-%d}")
    before = read(scan, sealed(of_licence(scan)))
    scan.clock.advance(days=1)
    assert (before[2], read(scan, sealed(of_licence(scan)))[2]) == ("sealed", "ended_key")


def test_under_a_manifest_that_has_ended_a_sealed_code_cannot_be_checked(scan, tmp_path):
    keep_keys(scan, tmp_path, "active", until=int(scan.clock().timestamp()))
    assert read(scan, sealed(of_licence(scan))) == (503, "cannot_check", "no_answer")


def test_a_key_compromised_meanwhile_counts_no_more_after_a_second(scan, tmp_path, monkeypatch):
    monkeypatch.setattr(seals, "LOOK", 0.0)
    keep_keys(scan, tmp_path, "active")
    book = scan.app.extensions["resolver"]._seals
    before = read(scan, sealed(of_licence(scan)))
    keep_keys(scan, tmp_path, "compromised")
    scan.app.extensions["resolver"]._seals = book
    scan.clock.advance(minutes=1)
    assert (before[2], read(scan, sealed(of_licence(scan)))[2]) == ("sealed", "compromised_key")


def test_without_keys_a_sealed_code_cannot_be_checked_and_is_not_called_forged(scan, tmp_path):
    keep_keys(scan, tmp_path, None)
    answer = scan.get(sealed(of_licence(scan)), Accept="application/json")
    assert (answer.status_code, answer.json["verdict"], answer.json["evidence"]["seal"]["ok"]) == (
        503,
        "cannot_check",
        None,
    )
    assert read(scan, of_licence(scan).path) == (200, "valid", "unsealed")


def test_without_database_a_genuine_code_cannot_be_checked_and_a_forged_one_is_forged(scan):
    scan.database.rename(scan.database.with_suffix(".gone"))
    path = sealed(of_licence(scan))
    answer = scan.get(path)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert read(scan, path) == (503, "cannot_check", "sealed no_answer")
    assert read(scan, path.replace(scan.mark, UNKNOWN)) == (404, "counterfeit", "forged")
    assert read(scan, f"/01/{GTIN}") == (503, "cannot_check", "unsealed no_answer")
    scan.database.with_suffix(".gone").rename(scan.database)
    assert read(scan, path) == (200, "valid", "sealed")


def test_a_look_at_a_code_is_counted_as_what_it_is(still):
    def seen(path: str):
        return still.app.extensions["resolver"].answer(path, "text/html", "fr", still.clock()).seen

    licence = seen(of_licence(still).path)
    assert (licence.tier, licence.standing) == (Tier.LICENCE, Standing.IN_USE)
    assert seen(sealed(of_licence(still))) == seen(f"/01/{GTIN}") == licence
    assert seen(sealed(of_licence(still)).replace(still.mark, UNKNOWN)).standing is Standing.FORGED
    assert seen(sealed(Identity(gtin=GTIN, serial=UNKNOWN))).standing is Standing.UNISSUED
    assert [seen(path) for path in ("/01/1", Identity(gtin=GTIN, serial=UNKNOWN).path)] == [None, None]


def test_other_methods_are_refused(still):
    client = still.app.test_client()
    assert client.post(sealed(of_licence(still))).status_code == 405
    options = client.options(sealed(of_licence(still)))
    assert (options.status_code, "GET" in options.headers["Allow"]) == (200, True)


def test_no_query_breaks_the_choice_of_an_answer():
    assert choose_kind("linkType=", "") == "text/html"
    assert choose_kind("linkType=%00&linkType=x", "a/b;q=nonsense") == "\0"
    assert choose_kind("linkType=gs1:all", "") == "application/linkset+json"
