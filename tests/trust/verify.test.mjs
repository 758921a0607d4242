/* Node runs the very modules of the page: the published vectors, and what tests/trust/kept.py signed or spoilt. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { hostOf, parseCode, parseMark, parsePath, poses } from "../../certify/static/check/codes.mjs";
import { canVerify, entriesOf, fromBase64url, inflate, judge, leafHash, readBundle, readCheckpoint, readGrant, readManifest, readProof, readSeal, readStatus, readToken, rootsOf, Untrusted, useEd25519 } from "../../certify/static/check/verify.mjs";

const vectors = JSON.parse(readFileSync(new URL("vectors.json", import.meta.url))), given = JSON.parse(readFileSync(process.env.GIVEN));
const HOUR = 3600e3, at = given.at, today = new Date(at).toISOString().slice(0, 10), pinned = rootsOf(given.pinned);
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
  const found = await readProof(proof, await leafHash(entry), vectors.log.vkey);
  assert.deepEqual([found.index, found.size, found.origin], [2, size, "tdm.ma/log"]);
  assert.equal((await readCheckpoint(vectors.log[`checkpoint_${size}`], vectors.log.vkey)).size, size);
  await assert.rejects(readProof(proof, await leafHash(utf8(vectors.log.entries[1])), vectors.log.vkey), Untrusted);
  await assert.rejects(readProof(proof.replace("index 2", "index 1"), await leafHash(entry), vectors.log.vkey), Untrusted);
  await assert.rejects(readProof(proof.replace(/\n[^\n]{44}\n\n/, "\n\n"), await leafHash(entry), vectors.log.vkey), Untrusted);
  await assert.rejects(readProof(proof.replace(`\n${size}\n`, "\n4\n"), await leafHash(entry), vectors.log.vkey), Untrusted);
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

test("what was signed is told from what was typed", async () => {
  const seals = await Promise.all(["unit", "unsealed", "typed"].map(async (name) => (await say(given.codes[name][0])).seal));
  assert.deepEqual(seals, ["genuine", "unsealed", "unsealed"]);
});

for (const [name, bundle] of Object.entries(given.refused)) test(`refused: ${name}`, () => assert.rejects(kept(bundle), Untrusted));

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
  assert.deepEqual(await verdicts(at + 72 * HOUR - 1), ["valid", "withdrawn", "suspended", "unknown", "counterfeit", "foreign"]);
  assert.deepEqual(await verdicts(at + 72 * HOUR), ["stale", "stale", "stale", "stale", "counterfeit", "foreign"]);
  assert.equal((await say(given.codes.withdrawn[0], undefined, at + 73 * HOUR)).last, "withdrawn");
});

test("stale: a clock set back does not make old knowledge young", async () => {
  assert.deepEqual((({ verdict, reason }) => [verdict, reason])(await say(given.codes.unit[0], undefined, at - HOUR)), ["stale", "wrong_clock"]);
});

test("keys: retired still counts, compromised asks the server, removed is no key of ours", async () => {
  const unit = given.codes.unit[0], shown = async (name, when) => (({ verdict, reason }) => [verdict, reason])(await say(unit, given.keys[name], when));
  assert.deepEqual(await shown("retired"), ["valid", null]);
  assert.deepEqual(await shown("compromised"), ["cannot_check", "compromised_key"]);
  assert.deepEqual(await shown("removed"), ["counterfeit", "unknown_key"]);
  assert.deepEqual(await shown("removed", at + 80 * HOUR), ["cannot_check", "unknown_key"]);
  assert.equal((await say(given.codes["flipped serial"][0], given.keys.compromised)).verdict, "counterfeit");
  assert.equal((await say(given.stranger)).verdict, "counterfeit");
});

test("a device that keeps nothing still refuses a foreign host, and judges nothing", async () => {
  const blank = async (text) => (await judge(text, null, { at, today, here: "tdm.ma" })).verdict;
  assert.deepEqual(await Promise.all([given.codes["look-alike host"][0], given.codes.unit[0], given.codes["flipped serial"][0]].map(blank)), ["foreign", "cannot_check", "cannot_check"]);
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
  for (const [text, path] of Object.entries(given.grammar)) assert.equal(parseCode(text, ["tdm.ma"]).path ?? null, path, text);
  for (const [text, mark] of Object.entries(given.marks)) assert.equal(parseMark(text), mark, text);
  assert.equal(parsePath("/01/06111234567896"), null);
});

test("without a way of checking signatures nothing is believed, in either direction", async () => {
  useEd25519(() => { throw new DOMException("no Ed25519", "NotSupportedError"); });
  assert.equal(await canVerify(), false);
  await assert.rejects(kept(), { name: "NotSupportedError" });
});
