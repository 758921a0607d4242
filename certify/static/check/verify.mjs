/* Verifies what the label publishes (TDM-1), with WebCrypto alone. Pure: asks no network, no page, no clock.
   What must not be believed raises Untrusted; the message is for a log. Moments are milliseconds, days YYYY-MM-DD. */
import { parseCode, sealBytes } from "./codes.mjs";

export class Untrusted extends Error {}
const LARGEST = 4 * 1024 * 1024, BITS = 2, STATUSES = ["valid", "withdrawn", "suspended", "alert"], PREFIX = 8, CLOCK_SLACK = 5 * 60e3;
const utf8 = new TextEncoder(), hash = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const join = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);
function must(holds, fault) { if (!holds) throw new Untrusted(fault); }

/* Signatures. A browser without Ed25519 is given another way of checking them, or is told that it cannot. */
let check = async (message, signature, key) =>
  crypto.subtle.verify("Ed25519", await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]), signature, message);
export const useEd25519 = (verify) => { check = verify; };
const isSigned = async (message, signature, key) => signature.length === 64 && key.length === 32 && check(message, signature, key);

/* RFC 8032, test 1: tells whether signatures can be checked here, and are. */
export async function canVerify() {
  const [key, good] = ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"]
    .map((text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16)));
  try { return await isSigned(new Uint8Array(), good, key) && !(await isSigned(new Uint8Array(1), good, key)); } catch { return false; }
}

/* Text and bytes: only the one way of writing some bytes is accepted. */
export function fromBase64(text) {
  let raw;
  try { raw = atob(text); } catch { throw new Untrusted("not base64"); }
  const bytes = new Uint8Array(raw.length);
  for (let place = 0; place < raw.length; place += 1) bytes[place] = raw.charCodeAt(place);
  must(text.length % 4 === 0 && !/\s/.test(text), "not canonical base64");
  const left = bytes.length % 3;
  must(!left || btoa(String.fromCharCode(...bytes.slice(-left))) === text.slice(-4), "not canonical base64");
  return bytes;
}
export function fromBase64url(text) {
  must(typeof text === "string" && /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1, "not base64url");
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - text.length % 4) % 4));
}
function json(bytes) {
  try { return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)); } catch { throw new Untrusted("not JSON"); }
}

/* Statements (JWS): one algorithm, the exact kind, a key of the role that may sign it. */
async function signer(header, payload, signature, kind, keys) {
  const said = json(fromBase64url(header));
  must(Object.keys(said).sort().join() === "alg,kid,typ" && ["Ed25519", "EdDSA"].includes(said.alg) && said.typ === kind, `this is no ${kind}`);
  must(keys.has(said.kid), `the key ${said.kid} may not sign a ${kind}`);
  must(await isSigned(utf8.encode(`${header}.${payload}`), fromBase64url(signature), keys.get(said.kid)), "the signature is not of this text");
  return said.kid;
}
export async function readToken(token, kind, keys) {
  const parts = typeof token === "string" ? token.split(".") : [];
  must(parts.length === 3, "this is no token");
  await signer(...parts, kind, keys);
  return json(fromBase64url(parts[1]));
}

/* The trust manifest: enough of the trusted roots, a version as new as the one seen, not expired.
   The roots that it names count from the next one on, since the old ones signed them in. */
export async function readManifest(signed, trusted, { at, seen = 0 }) {
  must(typeof signed?.payload === "string" && Array.isArray(signed.signatures), "this is no manifest");
  const signers = new Set();
  for (const { protected: header, signature } of signed.signatures) {
    try { signers.add(await signer(header, signed.payload, signature, "tdm-trust+jws", trusted.keys)); } catch (fault) { if (!(fault instanceof Untrusted)) throw fault; }
  }
  must(signers.size >= trusted.threshold && trusted.threshold >= 1, `${signers.size} of the ${trusted.threshold} roots needed signed the manifest`);
  const said = json(fromBase64url(signed.payload));
  try {
    must(said.version >= seen, `version ${said.version} is older than ${seen}, which was seen`);
    must(at < said.exp * 1000, "the manifest has expired");
    const keys = new Map();
    for (const { use, kid, x } of said.jwks) keys.set(use, (keys.get(use) || new Map()).set(kid, fromBase64url(x)));
    return { version: said.version, issuedAt: said.iat * 1000, expiresAt: said.exp * 1000, hosts: said.hosts, keys, log: said.log,
      next: { roots: said.roots, threshold: said.threshold }, seals: new Map(said.seal.map(({ b, x, state }) => [b, { key: fromBase64url(x), state }])) };
  } catch (fault) {
    throw fault instanceof Untrusted ? fault : new Untrusted(`the manifest lacks something: ${fault.message}`);
  }
}
export const rootsOf = ({ roots, threshold }) => ({ keys: new Map(roots.map(({ kid, x }) => [kid, fromBase64url(x)])), threshold });

/* The status list, at most LARGEST bytes once inflated; `status(idx)` is null past its end. */
export async function readStatus(token, keys) {
  const said = await readToken(token, "statuslist+jwt", keys);
  must(said.status_list?.bits === BITS && Number.isInteger(said.iat) && Number.isInteger(said.exp), "this is no status list of ours");
  const packed = await inflate(fromBase64url(said.status_list.lst));
  const status = (idx) => (Number.isInteger(idx) && idx >= 0 && idx >> 2 < packed.length ? STATUSES[packed[idx >> 2] >> BITS * (idx % 4) & 3] : null);
  return { uri: said.sub, issuedAt: said.iat * 1000, expiresAt: said.exp * 1000, status };
}
export async function inflate(bytes) {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate")).getReader(), parts = [];
  for (let size = 0; ;) {
    const { done, value } = await reader.read().catch(() => { throw new Untrusted("the list is damaged"); });
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > LARGEST) { reader.cancel().catch(() => {}); throw new Untrusted("the list is larger than a list may be"); }
    parts.push(value);
  }
}

/* What goes with a status list bears its times, to the second: old alerts beside a fresh list would free a copy. */
async function readBeside(token, kind, keys, status) {
  const said = await readToken(token, kind, keys);
  must(said.iat * 1000 === status.issuedAt && said.exp * 1000 === status.expiresAt, `this ${kind} is of another age than the status list`);
  return said;
}

/* Confirmed copies: the first eight bytes of the SHA-256 of each path, sorted. */
export async function readAlerts(token, keys, status) {
  const bytes = fromBase64url((await readBeside(token, "tdm-alerts+jwt", keys, status)).h), known = new Set();
  must(bytes.length % PREFIX === 0, "the alerts are cut");
  for (let place = 0; place < bytes.length; place += PREFIX) known.add(bytes.slice(place, place + PREFIX).join());
  return { has: async (path) => known.has((await hash(utf8.encode(path))).slice(0, PREFIX).join()), size: known.size };
}

/* Every licence, by its mark and by its GTINs; of several under a GTIN the one that began last. */
export async function readDirectory(token, keys, status) {
  const { entries } = await readBeside(token, "tdm-directory+jwt", keys, status), byMark = new Map(), byGtin = new Map();
  must(Array.isArray(entries), "this is no directory");
  for (const entry of [...entries].sort((one, other) => (`${one.nbf} ${one.number}` < `${other.nbf} ${other.number}` ? -1 : 1))) {
    byMark.set(entry.mark, entry);
    for (const gtin of entry.gtins) byGtin.set(gtin, [...(byGtin.get(gtin) || []), entry]);
  }
  const begun = (found = [], day) => found.findLast((entry) => entry.nbf <= day) || found[0];
  return { size: entries.length, find: ({ mark, gtin, document }, day) => byMark.get(mark || document) || begun(byGtin.get(gtin), day) };
}

/* The log: a checkpoint that it signed, and the root that a proof of inclusion leads to. */
export async function readCheckpoint(note, vkey) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey) || [], key = fromBase64(encoded || "");
  const end = note.lastIndexOf("\n\n"), text = note.slice(0, end + 1), [origin, size, root] = text.split("\n");
  must(end > 0 && key[0] === 1 && origin === name && /^(0|[1-9][0-9]*)$/.test(size), "this is no checkpoint of this log");
  const named = (await hash(join(utf8.encode(`${name}\n`), key))).slice(0, 4);
  must([...named].map((byte) => byte.toString(16).padStart(2, "0")).join("") === id, "this is no key of notes");
  for (const line of note.slice(end + 2).split("\n").filter((line) => line.startsWith(`— ${name} `))) {
    const blob = fromBase64(line.split(" ")[2] || "");
    if (!same(blob.slice(0, 4), named)) continue;
    must(await isSigned(utf8.encode(text), blob.slice(4), key.slice(1)), "the signature of the log is false");
    return { origin, size: Number(size), root: fromBase64(root) };
  }
  throw new Untrusted("the log did not sign this");
}
export const leafHash = (entry) => hash(join([0], entry));
export async function readProof(text, leaf, vkey) {
  const gap = text.indexOf("\n\n"), [kind, place, ...path] = text.slice(0, gap).split("\n"), note = text.slice(gap + 2);
  const index = Number(/^index (0|[1-9][0-9]*)$/.exec(place)?.[1]), checkpoint = await readCheckpoint(note, vkey);
  must(gap > 0 && kind === "c2sp.org/tlog-proof@v1" && index < checkpoint.size, "this is no proof of inclusion");
  let found = leaf, at = index, last = checkpoint.size - 1;
  for (; last; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 === 0 && at === last) continue;
    must(path.length, "the proof is too short");
    const other = fromBase64(path.shift());
    found = await hash(at % 2 ? join([1], other, found) : join([1], found, other));
  }
  must(!path.length && same(found, checkpoint.root), "the proof does not lead to the root");
  return { index, ...checkpoint };
}

/* The grant of a licence: its credential, signed, and the entry of the log that tells of its issue, proved to be under a
   signed head. `entriesOf` is the path of the bundle that holds the entry (tlog-tiles). */
const WIDTH = 256, placeIn = (proof) => [/\nindex (\d+)\n/, /\n\n[^\n]+\n(\d+)\n/].map((shape) => Number(shape.exec(proof)?.[1]));
export function entriesOf(proof) {
  const [index, size] = placeIn(proof), bundle = Math.floor(index / WIDTH), width = Math.min(WIDTH, size - bundle * WIDTH);
  const groups = String(bundle).padStart(Math.ceil(String(bundle).length / 3) * 3, "0").match(/.{3}/g);
  return `tile/entries/${groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/")}${width < WIDTH ? `.p/${width}` : ""}`;
}
export async function readGrant({ token, proof, bundle }, licence, manifest) {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.length), [index] = placeIn(proof);
  let from = 0;
  for (let passed = 0; passed < index % WIDTH; passed += 1) { must(from + 2 <= bundle.length, "the entries are cut"); from += 2 + view.getUint16(from); }
  must(from + 2 <= bundle.length, "the entries are cut");
  const entry = bundle.slice(from + 2, from + 2 + view.getUint16(from)), said = json(entry), digest = await hash(utf8.encode(token));
  await readToken(token, "vc+jwt", manifest.keys.get("vc") || new Map());
  must(said.t === "issue" && said.cert === licence.number && said.idx === licence.idx && same(fromBase64url(said.vc), digest), "the entry is not of this licence");
  return readProof(proof, await leafHash(entry), manifest.log);
}

/* All that a device knows: each part in its signed form, read under one manifest, all of one age. `head` is that of the
   log that the device holds: it does not go back, and a log of the same size has the same root. */
export async function readBundle(bundle, trusted, { at, seen = 0, head = null }) {
  const manifest = await readManifest(bundle?.trust, trusted, { at, seen }), keys = manifest.keys.get("status") || new Map();
  const status = await readStatus(bundle.status, keys);
  const [alerts, directory] = [await readAlerts(bundle.alerts, keys, status), await readDirectory(bundle.directory, keys, status)];
  must(typeof bundle.checkpoint === "string", "there is no head of the log");
  const checkpoint = await readCheckpoint(bundle.checkpoint, manifest.log);
  must(!head || checkpoint.size >= head.size, "the log became shorter");
  return { manifest, status, alerts, directory, checkpoint };
}

/* What a seal says by itself: genuine, forged, unknown_key, compromised or unsealed. A retired key still counts. */
export async function readSeal({ seal, path }, seals) {
  if (!seal) return "unsealed";
  const bytes = sealBytes(seal), known = seals.get(bytes[0]);
  if (!known) return "unknown_key";
  if (!await isSigned(utf8.encode(`tdm-seal-v1\n${path}\n`), bytes.slice(1), known.key)) return "forged";
  return known.state === "compromised" ? "compromised" : "genuine";
}

/* The verdict on a code in its offline form: the law of certify/workflows/verdict.py, in its words, row by row. `spares`
   is the day before which what was packed is left out of a withdrawal or suspension.
   `here` is the host of this page; of a code under a foreign host nothing else is looked at. */
export async function judge(text, knowledge, { at, today, here = "" }) {
  const code = parseCode(text, knowledge?.manifest.hosts || [], here);
  if (code.foreign) return { verdict: "foreign", reason: "foreign_host", code };
  if (code.malformed) return { verdict: "mistyped", reason: "malformed", code };
  if (!knowledge) return { verdict: "cannot_check", reason: "no_answer", code };
  const { manifest, status, alerts, directory } = knowledge, seal = await readSeal(code, manifest.seals);
  const told = (verdict, reason, more) => ({ verdict, reason, code, seal, asOf: status.issuedAt, ...more });
  const isWrongClock = at < status.issuedAt - CLOCK_SLACK, isFresh = !isWrongClock && at < status.expiresAt;
  if (seal === "forged") return told("counterfeit", seal);
  if (seal === "unknown_key") return told(isFresh ? "counterfeit" : "cannot_check", seal);
  if (seal === "compromised") return told("cannot_check", "compromised_key");
  const entry = directory.find(code, today), last = entry && status.status(entry.idx);
  if (code.path && await alerts.has(code.path)) return told("suspect", "copied", { entry });
  const isUnitUnseen = Boolean(code.serial || code.gdti && !entry);
  if (!entry) return seal === "genuine" || !isFresh || isUnitUnseen ? told("stale", "not_listed") : told("unknown", "not_found");
  if (!isFresh || last === null) return told("stale", isWrongClock ? "wrong_clock" : "old_status", { entry, last });
  if (last === "alert") return told("suspect", last, { entry });
  const spares = entry.scope === "prospective" ? entry.from : undefined;
  if (last === "withdrawn") return told(last, last, { entry, spares });
  if (today > entry.exp) return told("expired", "expired", { entry });
  if (last === "suspended") return told(last, last, { entry, spares });
  if (today < entry.nbf) return told("not_yet", "not_yet", { entry });
  if (isUnitUnseen && seal === "unsealed") return told("stale", "not_listed", { entry });
  return told("valid", isUnitUnseen ? "activation_unseen" : null, { entry });
}

/* Who decides: the server, which is newer, unless a withdrawal or a copy is proved here. When a jar was packed only the
   register knows, so that a withdrawal which spares what came before, by the signed directory, is for the server. */
const PROVED = new Set(["withdrawn", "suspect"]);
export function decides(here, server) {
  if (!server) return "here";
  if (here.verdict === "withdrawn" && here.spares && (server.reasons || []).includes("packed_before")) return "server";
  return PROVED.has(here.verdict) ? "here" : "server";
}
