/* Node runs the very modules of the page: the published vectors, and what tests/trust/kept.py signed or spoilt. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { hostOf, parseCode, parseMark, parsePath, poses } from "../../certify/static/check/codes.mjs";
import { entriesOf, Forked, leafHash, mustGoOn, readCheckpoint, readGrant, readProof, tilePath, Unwitnessed } from "../../certify/static/check/log.mjs";
import { licenceOf, readPaper } from "../../certify/static/check/papers.mjs";
import { canVerify, fromBase64url, readToken, Untrusted, useEd25519 } from "../../certify/static/check/signed.mjs";
import { decides, inflate, judge, readBundle, readManifest, readSeal, readStatus, rootsOf } from "../../certify/static/check/verify.mjs";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url))), given = JSON.parse(readFileSync(process.env.GIVEN));
const LOG = { log: vectors.log.vkey, witnesses: vectors.log.witness_vkeys, quorum: 2 }, HOUR = 3600e3, at = given.at, today = new Date(at).toISOString().slice(0, 10), pinned = rootsOf(given.pinned);
const kept = (bundle = given.bundle, more = {}) => readBundle(bundle, pinned, { at, ...more });
const say = async (text, bundle, when = at) => judge(text, await kept(bundle), { at: when, today: new Date(when).toISOString().slice(0, 10) });
const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16)), utf8 = (text) => new TextEncoder().encode(text);
const said = JSON.parse(Buffer.from(vectors.manifest.payload, "base64url"));
const roots = rootsOf(said), keys = (use) => new Map(said.jwks.filter((key) => key.use === use).map(({ kid, x }) => [kid, fromBase64url(x)]));

test("signatures can be checked here", async () => assert.equal(await canVerify(), true));

for (const seal of vectors.seals) test(`vector: seal of a ${seal.case}`, async () => {
  const code = parseCode(seal.url, ["tdm.ma"]), known = new Map([[26, { key: bytes(vectors.keys["seal-26"].pub_hex), state: "active" }]]);
  assert.equal(code.path, seal.path);
  assert.equal(await readSeal(code, known), "genuine");
});

test("vector: manifest", async () => {
  const read = await readManifest(vectors.manifest, roots, { at });
  assert.deepEqual([read.version, read.hosts, [...read.seals.keys()]], [1, ["tdm.ma"], [26]]);
});

test("vector: status list", async () => {
  const list = await readStatus(vectors.status.jwt, keys("status")), places = [0, 7, 42, 99, 100000, -1, 1.5];
  assert.deepEqual(places.map(list.status), ["valid", "withdrawn", "suspended", "alert", null, null, null]);
});

test("vector: the packing of the IETF example", async () => {
  const packed = await inflate(fromBase64url("eNo76fITAAPfAgc"));
  assert.deepEqual([...packed].flatMap((byte) => [0, 2, 4, 6].map((shift) => byte >> shift & 3)), [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]);
});

test("vector: credential", async () => {
  const credential = await readToken(vectors.vc.jwt, "vc+jwt", keys("vc"));
  assert.equal(credential.iss, "did:web:tdm.ma");
  await assert.rejects(readToken(vectors.vc.jwt, "statuslist+jwt", keys("vc")), Untrusted);
  await assert.rejects(readToken(vectors.vc.jwt, "vc+jwt", keys("status")), Untrusted);
});

for (const size of [3, 6]) test(`vector: proof of inclusion among ${size}`, async () => {
  const entry = utf8(vectors.log.entries[2]), proof = vectors.log[`proof_issue_at_${size}`];
  const found = await readProof(proof, await leafHash(entry), LOG);
  assert.deepEqual([found.index, found.size, found.origin], [2, size, "tdm.ma/log"]);
  assert.equal((await readCheckpoint(vectors.log[`checkpoint_${size}`], LOG)).size, size);
  await assert.rejects(readProof(proof, await leafHash(utf8(vectors.log.entries[1])), LOG), Untrusted);
  await assert.rejects(readProof(proof.replace("index 2", "index 1"), await leafHash(entry), LOG), Untrusted);
  await assert.rejects(readProof(proof.replace(/\n[^\n]{44}\n\n/, "\n\n"), await leafHash(entry), LOG), Untrusted);
  await assert.rejects(readProof(proof.replace(`\n${size}\n`, "\n4\n"), await leafHash(entry), LOG), Untrusted);
});

test("a head counts when enough witnesses signed it, and a signature of theirs that is false does not pass", async () => {
  const note = vectors.log.checkpoint_6, alone = note.slice(0, note.indexOf("— witness")), one = note.slice(0, note.lastIndexOf("— witness"));
  assert.deepEqual(await Promise.all([note, one, alone].map(async (text) => (await readCheckpoint(text, { ...LOG, quorum: 0 })).witnesses)), [2, 1, 0]);
  for (const text of [one, alone]) await assert.rejects(readCheckpoint(text, LOG), Unwitnessed);
  await assert.rejects(readCheckpoint(`${one}${one.slice(one.indexOf("— witness"))}`, LOG), Unwitnessed);
  await assert.rejects(readCheckpoint(note.replace("57sGMgAAAABrAr0l", "57sGMgAAAABrAr0m"), { ...LOG, quorum: 0 }), /witness.um6p.example.* is false/);
  await assert.rejects(readCheckpoint(note.slice(note.indexOf("— witness")), LOG), Untrusted);
  assert.equal((await readCheckpoint(`${note}— somebody.example AAAA\n`, LOG)).witnesses, 2);
});

const logs = Object.fromEntries(Object.entries(given.log).map(([name, { heads, tiles }]) => [name, {
  heads: new Map(Object.entries(heads).map(([size, note]) => [Number(size), note])),
  tile: async (path) => { if (!(path in tiles)) throw new Error(path); return bytes(tiles[path]); },
}]));
const headOf = async (log, size) => readCheckpoint(log.heads.get(size), { log: vectors.log.vkey });
test("a log goes on from each head that it had, from tile to tile", async () => {
  const { straight } = logs, sizes = [...straight.heads.keys()];
  for (const old of sizes) for (const now of sizes.filter((size) => size >= old)) await mustGoOn(await headOf(straight, old), await headOf(straight, now), straight.tile);
  await assert.rejects(mustGoOn(await headOf(straight, 8), await headOf(straight, 7), straight.tile), /shorter/);
});
test("a log that was rewritten is a fork, whatever its sizes; what it had before that is not", async () => {
  const { straight, forked } = logs, sizes = [...straight.heads.keys()];
  for (const old of sizes) for (const now of sizes.filter((size) => size >= old)) {
    const going = mustGoOn(await headOf(straight, old), await headOf(forked, now), forked.tile);
    await (old <= 2 && now !== 0 ? going : assert.rejects(going, Forked, `${old} ${now}`));
  }
});
test("tiles of another log, damaged or cut, prove no fork: that would be said of an honest log", async () => {
  const { straight, forked } = logs, isOther = (fault) => fault instanceof Untrusted && !(fault instanceof Forked);
  const flipped = async (path) => { const tile = await straight.tile(path); tile[0] ^= 1; return tile; };
  for (const [old, now] of [[4, 7], [3, 7], [256, 700], [257, 700], [512, 513]]) {
    for (const tile of [forked.tile, flipped, async (path) => (await straight.tile(path)).slice(32)]) {
      await assert.rejects(mustGoOn(await headOf(straight, old), await headOf(straight, now), tile), isOther);
    }
  }
  await assert.rejects(mustGoOn(await headOf(straight, 3), await headOf(straight, 7), async () => { throw new TypeError("no network"); }), TypeError);
});
test("a bundle whose log goes on is taken, one whose log forked is not", async () => {
  const trust = given.manifests.unwitnessed, as = (log, size) => ({ ...given.bundle, trust, checkpoint: log.heads.get(size) });
  const { checkpoint: head } = await kept(as(logs.straight, 300));
  assert.equal((await kept(as(logs.straight, 700), { head, tile: logs.straight.tile })).checkpoint.size, 700);
  await assert.rejects(kept(as(logs.forked, 700), { head, tile: logs.forked.tile }), Forked);
  await assert.rejects(kept(as(logs.forked, 300), { head, tile: logs.forked.tile }), Forked);
  assert.deepEqual([tilePath(0, 1234067, 256), tilePath("entries", 0, 6)], ["tile/0/x001/x234/067", "tile/entries/000.p/6"]);
});

test("a log that takes another key goes on, and what is signed with the old one from then on is not believed", async () => {
  const before = { ...given.bundle, trust: given.manifests.unwitnessed, checkpoint: logs.straight.heads.get(300) }, trust = given.manifests["next log"];
  const { checkpoint: head, manifest: { version } } = await kept(before), seen = { head, seen: version, tile: logs.next.tile };
  assert.equal((await kept({ ...before, trust, checkpoint: logs.next.heads.get(700) }, seen)).checkpoint.origin, "tdm.ma/log2");
  await assert.rejects(kept({ ...before, trust, checkpoint: logs.straight.heads.get(700) }, seen), /no checkpoint of this log/);
  await assert.rejects(kept({ ...before, trust: given.manifests.third, checkpoint: logs.next.heads.get(700) }, seen), Untrusted);
  await assert.rejects(kept(before, { ...seen, seen: 2 }), /older/);
});

test("a grant is proved by its credential, its entry and the log, and by nothing else", async () => {
  const { token, proof, licence } = given.grant, bundle = Uint8Array.from(given.grant.bundle, (letter) => letter.charCodeAt(0));
  const { manifest } = await kept(), read = (more) => readGrant({ token, proof, bundle, ...more }, { ...licence, ...more?.licence }, manifest);
  assert.deepEqual((({ index, size }) => [index, size])(await read()), [2, 6]);
  assert.equal(entriesOf(proof), "tile/entries/000.p/6");
  assert.equal(entriesOf(proof.replace("index 2", "index 1234067").replace("\n6\n", "\n9999999\n")), "tile/entries/x004/820");
  await assert.rejects(read({ licence: { number: "TDM-2026-000124" } }), Untrusted);
  await assert.rejects(read({ licence: { idx: 7 } }), Untrusted);
  await assert.rejects(read({ token: token.replace(/.$/, token.endsWith("A") ? "Q" : "A") }), Untrusted);
  await assert.rejects(read({ proof: vectors.log.proof_issue_at_3.replace("index 2", "index 1") }), Untrusted);
  await assert.rejects(read({ bundle: bundle.slice(0, 300) }), /cut|not JSON|Untrusted|bounds/i);
});

for (const [name, [text, verdict]] of Object.entries(given.codes)) test(`fresh: ${name} is ${verdict}`, async () =>
  assert.equal((await say(text)).verdict, verdict));

test("every code, under every state of its key, fresh and old, is judged as the law of the server says", async () => {
  const bundles = { plain: given.bundle, ...given.keys };
  for (const [text, ring, isFresh, ...law] of given.law) {
    const when = isFresh ? at : at + 80 * HOUR, found = await judge(text, await kept(bundles[ring]), { at: when, today });
    assert.deepEqual([found.verdict, found.reason], law, `${text} ${ring} ${isFresh}`);
  }
  assert.ok(given.law.length > 100);
});

test("of a sealed unit it is said that its activation was not seen, of a lot nothing", async () => {
  const reasons = await Promise.all(["unit", "lot", "unsealed lot", "invented unit"].map(async (name) => (await say(given.codes[name][0])).reason));
  assert.deepEqual(reasons, ["activation_unseen", null, null, "not_listed"]);
});

test("of what ended it is said from which day, and what that spares", async () => {
  const ends = await Promise.all(["withdrawn", "withdrawn_on", "suspended_on", "valid"].map(async (name) => (await say(given.codes[name][0])).spares));
  assert.deepEqual(ends, [undefined, "2026-11-25", "2026-11-25", undefined]);
});

const opinion = async (name, verdict, ...reasons) => decides(await say(given.codes[name][0]), verdict && { verdict, reasons });
test("the server, which is newer, decides, save where a withdrawal or a copy is proved here", async () => {
  assert.equal(await opinion("valid", "suspended", "sealed", "suspended"), "server");
  assert.equal(await opinion("suspended", "valid", "sealed"), "server");
  assert.equal(await opinion("withdrawn", "valid", "sealed"), "here");
  assert.equal(await opinion("copied", "valid", "sealed"), "here");
  assert.equal(await opinion("valid", null), "here");
});
test("what the server knows was packed before a withdrawal that spares it is for the server to say, and nothing else is", async () => {
  assert.equal(await opinion("withdrawn_on", "valid", "sealed", "packed_before"), "server");
  assert.equal(await opinion("withdrawn_on", "valid", "sealed"), "here");
  assert.equal(await opinion("withdrawn", "valid", "sealed", "packed_before"), "here");
  assert.equal(await opinion("copied", "valid", "sealed", "packed_before"), "here");
});

test("what was signed is told from what was typed", async () => {
  const seals = await Promise.all(["unit", "unsealed lot", "typed"].map(async (name) => (await say(given.codes[name][0])).seal));
  assert.deepEqual(seals, ["genuine", "unsealed", "unsealed"]);
});

for (const [name, bundle] of Object.entries(given.refused)) test(`refused: ${name}`, () => assert.rejects(kept(bundle), Untrusted));

for (const [name, bundle] of Object.entries(given.refused_after)) test(`refused by who saw more: ${name}`, async () => {
  const head = (await kept()).checkpoint;
  assert.deepEqual((await kept(given.bundle, { head })).checkpoint, head);
  await assert.rejects(kept(bundle, { head }), Untrusted);
});

test("manifest: an older one is not taken back, the same one is", async () => {
  assert.equal((await readManifest(given.manifests.second, pinned, { at, seen: 2 })).version, 2);
  await assert.rejects(readManifest(given.manifests.first, pinned, { at, seen: 2 }), /older than 2/);
});

test("manifest: new roots come in under the old ones, who then count no more", async () => {
  const next = rootsOf((await readManifest(given.manifests.rotated, pinned, { at, seen: 1 })).next);
  assert.equal((await readManifest(given.manifests.after, next, { at, seen: 2 })).version, 3);
  await assert.rejects(readManifest(given.manifests.third, next, { at, seen: 2 }), /0 of the 2/);
  await assert.rejects(readManifest(given.manifests.after, pinned, { at, seen: 2 }), /0 of the 2/);
});

test("stale: after 72 hours nothing is valid, and no seal becomes false", async () => {
  const verdicts = async (when) => Promise.all(["unit", "withdrawn", "suspended", "unknown mark", "flipped serial", "look-alike host"]
    .map(async (name) => (await say(given.codes[name][0], undefined, when)).verdict));
  assert.deepEqual(await verdicts(at + 72 * HOUR - 1), ["valid", "withdrawn", "suspended", "stale", "counterfeit", "foreign"]);
  assert.deepEqual(await verdicts(at + 72 * HOUR), ["stale", "stale", "stale", "stale", "counterfeit", "foreign"]);
  assert.equal((await say(given.codes.withdrawn[0], undefined, at + 73 * HOUR)).last, "withdrawn");
});

test("stale: a clock set back does not make old knowledge young", async () => {
  assert.deepEqual((({ verdict, reason }) => [verdict, reason])(await say(given.codes.unit[0], undefined, at - HOUR)), ["stale", "wrong_clock"]);
});

test("keys: retired still counts, compromised asks the server, removed is no key of ours", async () => {
  const unit = given.codes.unit[0], shown = async (name, when) => (({ verdict, reason }) => [verdict, reason])(await say(unit, given.keys[name], when));
  assert.deepEqual(await shown("retired"), ["valid", "activation_unseen"]);
  assert.deepEqual(await shown("compromised"), ["cannot_check", "compromised_key"]);
  assert.deepEqual(await shown("last day"), ["valid", "activation_unseen"]);
  assert.deepEqual(await shown("ended"), ["cannot_check", "ended_key"]);
  assert.equal((await say(given.codes["flipped serial"][0], given.keys.ended)).verdict, "counterfeit");
  assert.deepEqual(await shown("removed"), ["counterfeit", "unknown_key"]);
  assert.deepEqual(await shown("removed", at + 80 * HOUR), ["cannot_check", "unknown_key"]);
  assert.equal((await say(given.codes["flipped serial"][0], given.keys.compromised)).verdict, "counterfeit");
  assert.equal((await say(given.stranger)).verdict, "counterfeit");
});

test("a device that keeps nothing still refuses a foreign host, and judges nothing", async () => {
  const blank = async (text) => (await judge(text, null, { at, today, here: "tdm.ma" })).verdict;
  assert.deepEqual(await Promise.all([given.codes["look-alike host"][0], given.codes.unit[0], given.codes["flipped serial"][0]].map(blank)), ["foreign", "cannot_check", "cannot_check"]);
});

const file = (text) => new Uint8Array(Buffer.from(text, "base64")), sealing = given.sealing.map(file);
for (const [name, [written, seal]] of Object.entries(given.papers)) test(`a paper: ${name} is ${seal}`, async () =>
  assert.equal((await readPaper(file(written), sealing)).seal, seal));
test("a paper: every bit that the seal covers counts, and without its certificate no seal does", async () => {
  const whole = file(given.papers.genuine[0]), [, before, after] = /\/ByteRange \[0 (\d+) (\d+)/.exec(Buffer.from(whole).toString("latin1")).map(Number);
  for (let each = 0; each < 150; each += 1) {
    const changed = whole.slice(), place = Math.floor(each * whole.length / 150);
    if (place >= before && place < after) continue;
    changed[place] ^= 1 << each % 8;
    assert.notEqual((await readPaper(changed, sealing)).seal, "intact", String(place));
  }
  assert.equal((await readPaper(whole, [])).seal, "unknown");
});
test("a paper: its number leads to the licence if it is a certificate", async () => {
  const { number } = await readPaper(file(given.papers.genuine[0]), sealing);
  assert.deepEqual([number, "REC-2026-00001", "TDM-09-2026-0001-A", ""].map(licenceOf), [number.slice("CERT-".length, -"-1".length), null, null, null]);
});

test("the host shown is the one that a browser would open", () => {
  const addresses = ["https://tdm.ma@evil.example/x", "https:\\\\evil.example\\@tdm.ma", "https://tdm.m\u0430/x", "HTTPS://TDM.MA/x", "tel:123"];
  assert.deepEqual(addresses.map(hostOf), ["evil.example", "evil.example", "tdm.xn--m-8sb", "tdm.ma", null]);
});

test("what passes itself off as a code of ours is told from what is merely somebody else's", () => {
  const seal = "A".repeat(104), alike = [
    "https://tdm.ma@evil.example/x", "https://tdm.ma.evil.example/x", "https://www-tdm-ma.example", "http://tdm.ma/v/x", "tdm.ma/anything",
    `https://evil.example/${seal}/01/06111234567895`, `https://evil.example/${seal.toLowerCase()}/x`, "https://evil.example/v/7k9m4t2xp8qj", "https://evil.example/253/61112345678907K9M4T2XP8QJ",
  ];
  const elses = ["https://miel.example/tdm.ma", "https://miel.example/v/recettes", "https://brand.example/01/06111234567895", "https://brand.example/?to=tdm.ma", "WIFI:S:Souk;T:nopass;;", "tel:123", ""];
  assert.deepEqual(alike.filter((text) => !poses(text, ["tdm.ma"])), []);
  assert.deepEqual(elses.filter((text) => poses(text, ["tdm.ma"])), []);
  assert.equal(poses("http://127.0.0.1.evil.example:8000", [], "127.0.0.1:8000"), true);
});

test("the grammar is that of the server", () => {
  for (const [text, read] of given.addresses) {
    const { path, mark, foreign } = parseCode(text, ["tdm.ma"]), found = Object.entries({ path, mark, foreign }).find(([, value]) => value !== undefined);
    assert.deepEqual(found ?? null, read, JSON.stringify(text));
  }
  for (const [text, mark] of Object.entries(given.marks)) assert.equal(parseMark(text), mark, text);
  assert.equal(parsePath("/01/06111234567896"), null);
});

test("without a way of checking signatures nothing is believed, in either direction", async () => {
  useEd25519(() => { throw new DOMException("no Ed25519", "NotSupportedError"); });
  assert.equal(await canVerify(), false);
  await assert.rejects(kept(), { name: "NotSupportedError" });
});
