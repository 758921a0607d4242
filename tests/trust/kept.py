"""What a device keeps, signed as the product signs it, whole and spoilt in every way: what the page is tried on."""

from __future__ import annotations

import json
import re
import zlib
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from certify.trust.directory import Listed, alerts_token, directory_token
from certify.trust.keys import KeyState, SealKey, to_bytes, to_text
from certify.trust.manifest import sign_manifest
from certify.trust.note import Checkpoint, NoteKey, cosign, open_note, sign_checkpoint
from certify.trust.paper import attach, seal_pdf
from certify.trust.seal import Address, Identity, parse_address, parse_path, read_seal, sealed_address
from certify.trust.status import LARGEST, Status, status_token
from certify.trust.tiles import Log
from certify.trust.tiles import bundle as tile_bundle
from certify.trust.tokens import sign
from certify.workflows.errors import Malformed
from certify.workflows.licence import Ground, State
from certify.workflows.numbering import make_mark, parse_mark
from certify.workflows.scanning import code_of
from certify.workflows.verdict import Known, Reason, Standing, judge
from tests.trust import sealing
from tests.trust.given import LOG, ORIGIN, STATUS_KEY, VECTORS, log_key, seal_key, signer

AT = datetime(2026, 11, 27, 9, tzinfo=UTC)
YESTERDAY = AT.date() - timedelta(days=1)
OTHER = make_mark(b"another one")
SAID = json.loads(to_bytes(VECTORS["manifest"]["payload"]))
UNIT = next(vector["url"] for vector in VECTORS["seals"] if vector["case"] == "unit")
CERTIFICATE = "C26000123"
NAMES = (*Status, "expired", "not_yet", "copied", "withdrawn_on", "suspended_on")
MARKS = {name: make_mark(name.encode().ljust(11, b".")[:11]) for name in NAMES}
SPARING = date(2026, 11, 25)
"""The day on which two licences were withdrawn or suspended for a ground that spares what was packed before."""
ENDED = {
    "withdrawn": {"ended_on": date(2026, 11, 24), "ground": Ground.HEALTH},
    "withdrawn_on": {"ended_on": SPARING, "ground": Ground.OBLIGATIONS},
    "suspended_on": {"ended_on": SPARING, "ground": Ground.MISUSE},
}
SHOWN = {"withdrawn_on": Status.WITHDRAWN, "suspended_on": Status.SUSPENDED}
DAYS = {
    "expired": {"valid_from": date(2024, 1, 1), "valid_to": date(2026, 11, 26)},
    "not_yet": {"valid_from": date(2026, 12, 1), "valid_to": date(2029, 11, 30)},
}
SIGNED_BY = {"kid": STATUS_KEY, "signer": signer("status-26")}


def manifest(*, by: tuple[str, ...] = ("root-a", "root-c"), **changes: Any) -> dict[str, Any]:
    """A manifest signed by some of the roots, with changes to what the vector says."""
    return sign_manifest(SAID | changes, {name: signer(name) for name in by})


def roots(*names: str) -> list[dict[str, str]]:
    """Roots as a manifest names them."""
    return [{"kid": name, "x": to_text(signer(name).public())} for name in names]


def seal(kid: int, state: str = "active", *, key: str | None = None, exp: str = "2031-12-31") -> dict[str, Any]:
    """A sealing key as a manifest names it."""
    public = to_text(signer(key or f"seal-{kid}").public())
    return {"b": kid, "x": public, "nbf": "2026-01-01", "exp": exp, "state": state}


def listed(place: int, mark: str, **more: Any) -> Listed:
    """A licence of the directory; no GTIN unless one is given."""
    names = {"fr": "Miel d’euphorbe", "ar": "عسل الدغموس", "en": "Spurge honey"}
    said: dict[str, Any] = {"gtins": (), "valid_from": date(2026, 11, 22), "valid_to": date(2029, 11, 21)}
    said |= {"number": f"TDM-09-2026-{place:04d}-L", "holder": {"fr": "Coopérative", "ar": "تعاونية"}, "product": names}
    return Listed(place=place, mark=mark, **said | more)


def address(identity: Identity, kid: int = 26, *, key: str = "seal-26", host: str = "tdm.ma") -> str:
    """A sealed address; `key` may be another than the byte says."""
    return sealed_address(host, identity, kid, signer(key))


def certificate(name: str) -> str:
    """The sealed address of a licence of the directory, by the name of its state."""
    return address(Identity(gdti="6111234567895", document=MARKS[name]))


def bundle(at: datetime = AT, **parts: Any) -> dict[str, Any]:
    """A bundle whose licences stand each in another state; one code of the first is a confirmed copy."""
    facts = {name: DAYS.get(name, {}) | ENDED.get(name, {}) for name in MARKS}
    licences = [listed(place, mark, **facts[name]) for place, (name, mark) in enumerate(MARKS.items())]
    licences.append(listed(len(licences), CERTIFICATE, gtins=("06111234567895",)))
    statuses = [Status(name) if name in set(Status) else SHOWN.get(name, Status.VALID) for name in MARKS]
    whole = {
        "trust": manifest(),
        "status": status_token([*statuses, Status.VALID], uri="https://tdm.ma/status/1", at=at, **SIGNED_BY),
        "alerts": alerts_token([code_of(f"/253/6111234567895{MARKS['copied']}")], at=at, **SIGNED_BY),
        "directory": directory_token(licences, at=at, **SIGNED_BY),
        "checkpoint": LOG["checkpoint_6"],
    }
    return whole | parts


def bomb() -> str:
    """A status list that grows past every bound."""
    packed = to_text(zlib.compress(bytes(4 * LARGEST), 9))
    times = {"iat": int(AT.timestamp()), "exp": int((AT + timedelta(days=3)).timestamp()), "ttl": 900}
    return sign({"sub": "x", **times, "status_list": {"bits": 2, "lst": packed}}, kind="statuslist+jwt", **SIGNED_BY)


def codes() -> dict[str, tuple[str, str]]:
    """Codes by what they show: the address, and the verdict it must get while what is kept is fresh."""
    path, lot = parse_path("/01/06111234567895/21/7K9M4T2XP8QJ"), parse_path("/01/06111234567895/10/L2411A")
    return {
        "unit": (UNIT, "valid"),
        "in capitals": (UNIT.upper().replace("HTTPS://TDM.MA", "https://tdm.ma"), "valid"),
        "lot": (address(lot), "valid"),
        "unsealed unit": (f"https://tdm.ma{path.path}", "stale"),
        "unsealed lot": (f"https://tdm.ma{lot.path}", "valid"),
        "invented unit": (f"https://tdm.ma{Identity(gtin='06111234567895', serial=OTHER).path}", "stale"),
        "invented unit under another trade item": (f"https://tdm.ma/01/06111234567888/21/{OTHER}", "stale"),
        "invented unit of a document": (f"https://tdm.ma/253/6111234567895{OTHER}", "stale"),
        "unsealed copy": (f"https://tdm.ma/253/6111234567895{MARKS['copied']}", "suspect"),
        **{name: (certificate(name), shown) for name, shown in STANDS.items()},
        "typed": (MARKS["suspended"][:4] + "-" + MARKS["suspended"][4:].lower(), "suspended"),
        "old address": (f"https://tdm.ma/v/{MARKS['withdrawn']}", "withdrawn"),
        "flipped serial": (UNIT.replace("7K9M4T2XP8QJ", OTHER), "counterfeit"),
        "flipped gtin": (UNIT.replace("06111234567895", "06111234567888"), "counterfeit"),
        "wrong key byte": (address(path, 27), "counterfeit"),
        "wrong key": (address(path, key="seal-27"), "counterfeit"),
        "cut seal": (UNIT.replace(UNIT.split("/")[3], UNIT.split("/")[3][:-1]), "mistyped"),
        "seal of another pack": (UNIT.rpartition("/01/")[0] + lot.path, "counterfeit"),
        "look-alike host": (UNIT.replace("tdm.ma", "tdm-ma.com"), "foreign"),
        "hidden host": (UNIT.replace("tdm.ma", "tdm.ma@evil.example"), "foreign"),
        "backslash host": (UNIT.replace("tdm.ma", "evil.example\\@tdm.ma"), "foreign"),
        "homograph host": (UNIT.replace("tdm.ma", "tdm.mа"), "foreign"),
        "somebody else's page": ("http://shop.example/p/123", "foreign"),
        "unknown mark": (f"https://tdm.ma/v/{OTHER}", "stale"),
        "unknown and sealed": (address(Identity(gdti="6111234567895", document=OTHER)), "stale"),
        "no code": ("WIFI:S:souk;P:1234;;", "mistyped"),
        "mistyped": ("7K9M4T2XP8QK", "mistyped"),
    }


ITEM, SHORT = "/01/06111234567895", "7K9M4T2XP8QJ"
OURS, MARKED = ("path", ITEM), ("mark", SHORT)
ADDRESSES: dict[str, tuple[str, str] | None] = {
    **{f"{begun}{ITEM}": OURS for begun in ("https://tdm.ma", "https://TDM.MA", "http://tdm.ma", "HTTP://tdm.ma", "")},
    **{f"{begun}{ITEM}": OURS for begun in ("https://tdm.ma:443", "http://tdm.ma:80", "https://tdm.ma:", "tdm.ma:443")},
    **{
        f"{begun}{ITEM}": OURS
        for begun in ("tdm.ma", "TDM.ma", "tdm.ma.", " \u200ftdm.ma", "https://tdm\u00ad.ma\u200e")
    },
    **{f"https://tdm.ma{ITEM}{more}": OURS for more in ("?x=1", "#x", "?linkType=all#x", "?7230=a/b", "\u200f\n")},
    **{f"{begun}/v/{SHORT}": MARKED for begun in ("http://tdm.ma", "https://tdm.ma:443", "tdm.ma", "TDM.MA", "")},
    **{
        f"https://tdm.ma/v/{SHORT}{more}": MARKED
        for more in (".json", ".JSON", "/", ".json/", "?lang=ar", "/?x#y", "#")
    },
    **{f"https://tdm.ma/V/{mark}": MARKED for mark in ("7k9m-4t2x p8qj", "7K9M–4T2X–P8QJ", "٧K٩M\u200f٤T٢XP٨QJ")},
    "tdm.ma/01/06111234567895/21/7k9m4t2xp8qj": ("path", f"{ITEM}/21/{SHORT}"),
    "https://tdm.ma/253/6111234567895": ("path", "/253/6111234567895"),
    **{f"{begun}/{ITEM}": None for begun in ("https://tdm.ma", "tdm.ma", "https:/")},
    **{f"https://tdm.ma{ITEM}{more}": None for more in ("/", "/10/", "/10/L%20411", f"/21/{SHORT[:-1]}K", ".json")},
    **{f"https://tdm.ma{path}": None for path in ("", "/", "/v/", "/v", "/label", f"/v/{SHORT}/photo.jpg", "/01/x")},
    **{f"https://tdm.ma/{path}": None for path in ("01/06111234567896", "01/6111234567895", "253/6111234567894C2600")},
    **{f"https://tdm.ma/01/{digits}": None for digits in ("٠٦١١١٢٣٤٥٦٧٨٩٥", "ı6111234567895", "\ud800")},
    **dict.fromkeys(("javascript:alert(1)", "javascript://tdm.ma/v/", f"ftp://tdm.ma/v/{SHORT}", "", "//", "://")),
    **dict.fromkeys(("https://", "http://[", "http://[::1", "https://\ud800/", "constructor://x/y", "tdm.ma")),
    **dict.fromkeys(("https://tdm.ma/" + "A" * 5000, f"tdm.ma{ITEM}?" + "x" * 300, "WIFI:S:souk;P:1234;;")),
    f"https://tdm.ma:8443{ITEM}": ("foreign", "tdm.ma:8443"),
    f"http://tdm.ma:443{ITEM}": ("foreign", "tdm.ma:443"),
    f"tdm.ma:8443/v/{SHORT}": ("foreign", "tdm.ma:8443"),
    f"https://somebody@tdm.ma{ITEM}": ("foreign", "somebody@tdm.ma"),
    f"https://tdm.ma@evil.example{ITEM}": ("foreign", "evil.example"),
    f"tdm.ma@evil.example/v/{SHORT}": ("foreign", "evil.example"),
    f"https:\\\\tdm.ma\\v\\{SHORT}": ("foreign", f"\\\\tdm.ma\\v\\{SHORT}"),
    f"https://tdm.ma\\@evil.example{ITEM}": ("foreign", "tdm.ma\\@evil.example"),
    f"https://evil.example\\@tdm.ma{ITEM}": ("foreign", "evil.example"),
    f"https://tdm.mа/v/{SHORT}": ("foreign", "tdm.xn--m-8sb"),
    f"tdm.mа/v/{SHORT}": ("foreign", "tdm.xn--m-8sb"),
    f"https://tdm‑ma.example/v/{SHORT}": ("foreign", "xn--tdmma-iu3b.example"),
    f"https://ｔｄｍ.ma/v/{SHORT}": ("foreign", "ｔｄｍ.ma"),
    f"https://tdm.ma..{ITEM}": ("foreign", "tdm.ma.."),
    f"https://tdm.ma.evil.example{ITEM}": ("foreign", "tdm.ma.evil.example"),
    f"TDM-ma.example/v/{SHORT}": ("foreign", "tdm-ma.example"),
    "https://straße.example/x": ("foreign", "xn--strae-oqa.example"),
    "https://ᵃｂ。example/x": ("foreign", "ab.example"),
    f"evil.xn--p1ai/v/{SHORT}": ("foreign", "evil.xn--p1ai"),
    f"192.0.2.7/v/{SHORT}": ("foreign", "192.0.2.7"),
    f"https://tdm.ma\u212a/v/{SHORT}": ("foreign", "tdm.mak"),
    "http://[::1]:80/x": ("foreign", "[::1]"),
    "https://shop.example/" + "x" * 5000: ("foreign", "shop.example"),
}
"""Addresses, with what the server and the page must read in each: a mark, a path, another's host, or nothing."""

TYPED = (
    *("7k9m-4t2x p8qj", "7K9M4T2XP8QK", "", "O1IL", OTHER.replace("0", "o")),
    *("JF83A1H4PBY٨", "JF۸۳A۱H۴PBY۸", "JF８３A1H4PBY８", "JF𝟖𝟑A1H4PBY𝟾", "JF⑧3A1H4PBY8", "ＪF83A1H4PBY8"),
    *("JF83\u200fA1H4PBY8", "\u2066JF83A1H4PBY8\u2069", "\u200e\ufeffJF83\u00adA1H4PBY8\u061c", "JF83\ue000A1H4PBY8"),
    *("JF83–A1H4–PBY8", "JF83‑A1H4—PBY8", "JF83−A1H4־PBY8", "JF83_A1H4_PBY8", "JF83·A1H4·PBY8"),
    *("JF83\u00a0A1H4\u202fPBY8", "\tJF83 A1H4\u3000PBY8\r\n", "JF83\x1fA1H4\x85PBY8", "JF83\x00A1H4\x07PBY8"),
    *("JF83\ud800A1H4PBY8", "jf83aıh4pby8", "JF83A1H4PBY8é"),
)
"""Marks that the server and the page must read alike."""

STANDS = {
    "valid": "valid",
    "withdrawn": "withdrawn",
    "suspended": "suspended",
    "alert": "suspect",
    "expired": "expired",
    "not_yet": "not_yet",
    "copied": "suspect",
    "withdrawn_on": "withdrawn",
    "suspended_on": "suspended",
}
"""The verdict on each licence of the directory."""


def for_node() -> dict[str, Any]:
    """All of it as JSON, for the tests that Node runs."""
    fresh, pinned = bundle(), {"roots": roots("root-a", "root-b", "root-c"), "threshold": 2}
    return {
        "at": int(AT.timestamp() * 1000),
        "pinned": pinned,
        "bundle": fresh,
        "codes": codes(),
        "law": by_law(),
        "refused": refused(),
        "refused_after": refused_after(),
        "log": {"straight": grown(), "forked": grown(spoil=2), "next": grown(by=NEXT_LOG)},
        "manifests": {
            "first": manifest(),
            "second": manifest(version=2),
            "rotated": manifest(by=("root-a", "root-b"), **ROTATED),
            "after": manifest(by=("root-x", "root-z"), **ROTATED | {"version": 3}),
            "third": manifest(version=3),
            "unwitnessed": manifest(quorum=0),
            "next log": manifest(quorum=0, version=2, log=str(NoteKey(NEXT_LOG, b"\x01", signer(NEXT_LOG).public()))),
        },
        "keys": {
            "retired": fresh | {"trust": manifest(seal=[seal(26, "retired"), seal(27)])},
            "compromised": fresh | {"trust": manifest(seal=[seal(26, "compromised"), seal(27)])},
            "ended": fresh | {"trust": manifest(seal=[seal(26, exp=YESTERDAY.isoformat()), seal(27)])},
            "last day": fresh | {"trust": manifest(seal=[seal(26, exp=AT.date().isoformat()), seal(27)])},
            "removed": fresh | {"trust": manifest(seal=[seal(27)])},
        },
        "grant": {
            "token": VECTORS["vc"]["jwt"],
            "proof": LOG["proof_issue_at_6"],
            "bundle": tile_bundle([entry.encode() for entry in LOG["entries"]]).decode("latin-1"),
            "licence": {"number": "TDM-2026-000123", "idx": 123},
        },
        "papers": {name: [b64encode(content).decode(), seal] for name, (content, seal) in papers().items()},
        "sealing": [b64encode(sealing.sealer().certificate).decode()],
        "stranger": "https://tdm.ma/" + b32_seal(99) + "/01/06111234567895",
        "addresses": [*ADDRESSES.items(), *((vector["url"], ("path", vector["path"])) for vector in VECTORS["seals"])],
        "marks": {text: mark_of(text) for text in TYPED},
    }


ROTATED = {"roots": roots("root-x", "root-y", "root-z"), "version": 2}


def refused() -> dict[str, dict[str, Any]]:
    """Bundles that nobody may believe, by what was done to them."""
    fresh, old = bundle(), bundle(AT - timedelta(days=300))
    empty = alerts_token([], at=AT - timedelta(days=300), **SIGNED_BY)
    twice = manifest(by=("root-b",))
    return {
        "one root of three": fresh | {"trust": manifest(by=("root-b",))},
        "one root twice": fresh | {"trust": twice | {"signatures": twice["signatures"] * 2}},
        "roots of a stranger": fresh | {"trust": manifest(by=("root-x", "root-y"))},
        "new roots that only they signed": fresh | {"trust": manifest(by=("root-x", "root-y"), **ROTATED)},
        "changed after signing": fresh | {"trust": manifest() | {"payload": manifest(version=9)["payload"]}},
        "expired manifest": fresh | {"trust": manifest(exp=int(AT.timestamp()))},
        "manifest without keys": fresh | {"trust": manifest(jwks=None)},
        "no manifest": fresh | {"trust": None},
        "zip bomb": fresh | {"status": bomb()},
        "status signed by the key of credentials": fresh | {"status": by_the_wrong_role()},
        "status signed by a key past its term": fresh | {"trust": manifest(jwks=past("status"))},
        "status without a signature": fresh | {"status": f"{fresh['status'].rpartition('.')[0]}."},
        "status for alerts": fresh | {"alerts": fresh["status"]},
        "directory for status": fresh | {"status": fresh["directory"]},
        "damaged list": fresh | {"status": damaged()},
        "half a bundle": {"trust": fresh["trust"], "status": fresh["status"]},
        "checkpoint of nobody": fresh | {"checkpoint": LOG["checkpoint_6"].replace("\n6\n", "\n7\n")},
        "no head": {name: part for name, part in fresh.items() if name != "checkpoint"},
        "an old list of alerts": fresh | {"alerts": old["alerts"]},
        "an old list of alerts, empty": fresh | {"alerts": empty},
        "an old directory": fresh | {"directory": old["directory"]},
        "an old status list": fresh | {"status": old["status"]},
        "a head without witnesses": fresh | {"checkpoint": LOG["checkpoint_6"].partition("— witness")[0]},
        "a head of a false witness": fresh | {"checkpoint": LOG["checkpoint_6"].replace("57sGMgAAAABrAr0l", SHIFTED)},
        "a head for two witnesses that one signed": fresh | {"trust": manifest(quorum=2), "checkpoint": head(6, by=1)},
        "a manifest without witnesses": fresh | {"trust": manifest(witnesses=None)},
        "a directory of tomorrow": fresh | {"directory": bundle(AT + timedelta(days=1))["directory"]},
        "alerts that live longer": fresh | {"alerts": lasting("tdm-alerts+jwt", h="")},
        "a directory that lives longer": fresh | {"directory": lasting("tdm-directory+jwt", entries=[])},
    }


def refused_after() -> dict[str, dict[str, Any]]:
    """Bundles that nobody may believe who saw the head of six entries."""
    return {
        "a log that became shorter": bundle(checkpoint=LOG["checkpoint_3"]),
        "another log of the same size": bundle(checkpoint=head(6, root=bytes(32))),
    }


SHIFTED = "57sGMgAAAABrAr0m"
"""The beginning of a cosignature, a second later than it was signed for."""
WITNESSES = {"witness.um6p.example/tdm": "witness-uni", "witness.gs1.example/tdm": "witness-gs1"}


def head(size: int, *, root: bytes | None = None, by: int = 2) -> str:
    """A head that the log signed, and some of its witnesses: the right one of six entries, unless a root is given."""
    right = open_note(LOG["checkpoint_6"], log_key()).checkpoint.root
    note = sign_checkpoint(Checkpoint(ORIGIN, size, root or right), signer("log"))
    return note + "".join(cosign(note, name, signer(key), AT) for name, key in [*WITNESSES.items()][:by])


SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 13, 255, 256, 257, 300, 511, 512, 513, 700)


NEXT_LOG = "tdm.ma/log2"
"""The log that goes on from the one of the vectors, under another key."""


def grown(spoil: int | None = None, by: str = "log") -> dict[str, Any]:
    """The files of a log that grew from size to size, as the product writes them; one entry may be another."""
    entries = [f"entry {place}{' rewritten' if place == spoil else ''}".encode() for place in range(SIZES[-1])]
    heads = {}
    with TemporaryDirectory() as folder:
        log = Log(Path(folder), NEXT_LOG if by == NEXT_LOG else ORIGIN, signer(by))
        for size in SIZES:
            log.publish(lambda begin, size=size: entries[begin:size])
            heads[size] = (Path(folder) / "checkpoint").read_text()
        paths = [path for path in (Path(folder) / "tile").rglob("*") if path.is_file() and "entries" not in path.parts]
        tiles = {str(path.relative_to(folder)): path.read_bytes().hex() for path in paths}
    return {"heads": heads, "tiles": tiles}


def lasting(kind: str, **said: Any) -> str:
    """A statement that claims to hold for years."""
    times = {"iat": int(AT.timestamp()), "exp": int((AT + timedelta(days=900)).timestamp()), "ttl": 900}
    return sign(times | said, kind=kind, **SIGNED_BY)


def papers() -> dict[str, tuple[bytes, str]]:
    """Files by what was done to a paper, with what a device must read of their seal."""
    whole, bare = sealing.sealed(), sealing.bare()
    before, after = (int(number) for number in re.search(rb"/ByteRange \[0 (\d+) (\d+)", whole).groups())
    other = seal_pdf(attach(bare, "CERT-TDM-09-2026-0001-A-1", at=sealing.AT), sealing.sealer(), sealing.AT)
    theirs = re.search(rb"/ByteRange \[0 (\d+) (\d+)", other)
    grafted = whole[:before] + other[int(theirs[1]) : int(theirs[2])] + whole[after:]
    flipped = bytearray(whole)
    flipped[len(bare) // 2] ^= 1
    hole = whole[before:after]
    decoy = b"%PDF-1.7\n%/ByteRange [0 4 8 4]\n" + whole[9:]
    return {
        "genuine": (whole, "intact"),
        "another, genuine": (other, "intact"),
        "one bit changed": (bytes(flipped), "broken"),
        "one bit changed behind the seal": (whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:], "broken"),
        "cut by one byte": (whole[:-1], "broken"),
        "cut in the middle": (whole[: len(whole) // 3], "missing"),
        "a line feed behind it": (whole + b"\n", "appended"),
        "an incremental update": (updated(whole), "appended"),
        "its seal removed": (bare, "missing"),
        "the seal of another paper": (grafted, "broken"),
        "sealed by somebody else": (seal_pdf(bare, sealing.sealer("theirs"), sealing.AT), "unknown"),
        "sealed with a time-stamp": (seal_pdf(bare, sealing.sealer(), sealing.AT, sealing.authority()[0]), "intact"),
        "another range before its own": (decoy, "broken"),
        "something in the place of the seal": (whole[:before] + hole[:-2] + b"1>" + whole[after:], "broken"),
        "a seal in small letters": (whole[:before] + hole.lower() + whole[after:], "broken"),
        "a seal of zeros": (whole[:before] + b"<" + b"0" * (len(hole) - 2) + b">" + whole[after:], "broken"),
        "a text that says so": (b"%PDF-1.7 <dc:identifier>CERT-1-1</dc:identifier>", "missing"),
        "a range of nothing": (b"%PDF-1.7 /ByteRange [0 9999999999 9999999999 9999999999]", "missing"),
    }


def updated(content: bytes) -> bytes:
    """Add an object as an incremental update: what was sealed stays, byte for byte."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    writer.root["/Lang"] = generic.TextStringObject("en")
    writer.update_root()
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def law_says(text: str, keys: Mapping[int, SealKey], *, is_fresh: bool) -> tuple[str, str | None]:
    """What the law says offline of a code that parses, with the reason that decided, if one did."""
    try:
        found = parse_address(text)
    except Malformed:
        found = Address("tdm.ma", None, Identity(document=parse_mark(text.removeprefix("https://tdm.ma/v/"))))
    mark, gtin = found.identity.document, found.identity.gtin
    name = next((name for name, one in MARKS.items() if one == mark), "valid" if gtin == "06111234567895" else None)
    days = DAYS.get(name, {"valid_from": date(2026, 11, 22), "valid_to": date(2029, 11, 21)})
    state = State.ACTIVE
    if name and name.removesuffix("_on") in ("withdrawn", "suspended"):
        state = State(name.removesuffix("_on"))
    known = Known(
        today=AT.date(),
        seal=read_seal(found.identity, found.seal, keys, AT.date()),
        is_online=False,
        is_host_ours=found.host == "tdm.ma",
        is_fresh=is_fresh,
        licence=Standing(state, **days, is_alerted=name == "alert") if name else None,
        is_copied=name == "copied" and bool(found.identity.gdti),
        names_unit=bool(found.identity.serial or (found.identity.document and not name)),
    )
    judged = judge(known)
    because = [str(reason) for reason in judged.reasons if reason not in (Reason.SEALED, Reason.UNSEALED)]
    return str(judged.verdict), because[-1] if because else None


def by_law() -> list[tuple[str, str, bool, str, str | None]]:
    """Every code that parses, under each state of its key, fresh and old: (code, bundle, is fresh, verdict, reason)."""
    states = {"plain": KeyState.ACTIVE, "retired": KeyState.RETIRED, "compromised": KeyState.COMPROMISED}
    rings = {
        name: {26: seal_key(26, state)} | ({27: seal_key(27)} if name != "plain" else {})
        for name, state in states.items()
    }
    rings["ended"] = {26: replace(seal_key(26), valid_to=YESTERDAY), 27: seal_key(27)}
    rings["last day"] = {26: replace(seal_key(26), valid_to=AT.date()), 27: seal_key(27)}
    rings["removed"] = {27: seal_key(27)}
    readable = [
        text for text, verdict in codes().values() if verdict not in ("mistyped",) and (path_of(text) or is_mark(text))
    ]
    cases = [(text, name, fresh) for text in readable for name in rings for fresh in (True, False)]
    return [(text, name, fresh, *law_says(text, rings[name], is_fresh=fresh)) for text, name, fresh in cases]


def is_mark(text: str) -> bool:
    """Whether a code is a mark, alone or behind our address."""
    return mark_of(text.removeprefix("https://tdm.ma/v/")) is not None


def path_of(text: str) -> str | None:
    """The path that the server reads in an address; None when it reads none."""
    try:
        return parse_address(text).identity.path
    except Malformed:
        return None


def mark_of(text: str) -> str | None:
    """The mark that the server reads in what was typed."""
    try:
        return parse_mark(text)
    except Malformed:
        return None


def past(use: str) -> list[dict[str, Any]]:
    """The keys of statements, of which those for a use have ended."""
    return [key | ({"exp": YESTERDAY.isoformat()} if key["use"] == use else {}) for key in SAID["jwks"]]


def by_the_wrong_role() -> str:
    """A status list by the key that signs credentials."""
    return status_token([], uri="x", kid="did:web:tdm.ma#vc-26", signer=signer("vc-26"), at=AT)


def damaged() -> str:
    """A status list whose compressed bytes were cut before it was signed."""
    times = {"iat": int(AT.timestamp()), "exp": int((AT + timedelta(days=3)).timestamp()), "ttl": 900}
    cut = to_text(zlib.compress(bytes(500))[:-5])
    return sign({"sub": "x", **times, "status_list": {"bits": 2, "lst": cut}}, kind="statuslist+jwt", **SIGNED_BY)


def b32_seal(kid: int) -> str:
    """A seal of the right shape by a key that nobody published."""
    return address(parse_path("/01/06111234567895"), kid).split("/")[3]
