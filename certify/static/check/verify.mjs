/* Reads what a device keeps of the label (TDM-1), and judges codes by it. Pure: asks no network, no page, no clock.
   What must not be believed raises Untrusted. Moments are milliseconds, days YYYY-MM-DD. */
import { parseCode, sealBytes } from "./codes.mjs";
import { mustGoOn, readCheckpoint } from "./log.mjs";
import { fromBase64url, hash, isSigned, json, must, readToken, signer, Untrusted, utf8 } from "./signed.mjs";

const LARGEST = 4 * 1024 * 1024, BITS = 2, STATUSES = ["valid", "withdrawn", "suspended", "alert"], PREFIX = 8, CLOCK_SLACK = 5 * 60e3;

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
    must(Array.isArray(said.witnesses) && Number.isInteger(said.quorum), "the manifest lacks its witnesses");
    const day = new Date(at).toISOString().slice(0, 10);
    for (const { use, kid, x, exp = day } of said.jwks) if (day <= exp) keys.set(use, (keys.get(use) || new Map()).set(kid, fromBase64url(x)));
    return { version: said.version, issuedAt: said.iat * 1000, expiresAt: said.exp * 1000, hosts: said.hosts, keys,
      log: said.log, witnesses: said.witnesses, quorum: said.quorum,
      next: { roots: said.roots, threshold: said.threshold }, seals: new Map(said.seal.map(({ b, x, state, exp }) => [b, { key: fromBase64url(x), state, exp }])) };
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
  const { entries } = await readBeside(token, "tdm-directory+jwt", keys, status), byMark = new Map(), byNumber = new Map(), byGtin = new Map();
  must(Array.isArray(entries), "this is no directory");
  for (const entry of [...entries].sort((one, other) => (`${one.nbf} ${one.number}` < `${other.nbf} ${other.number}` ? -1 : 1))) {
    byMark.set(entry.mark, entry);
    byNumber.set(entry.number, entry);
    for (const gtin of entry.gtins) byGtin.set(gtin, [...(byGtin.get(gtin) || []), entry]);
  }
  const begun = (found = [], day) => found.findLast((entry) => entry.nbf <= day) || found[0];
  return { size: entries.length, find: ({ mark, gtin, document, number }, day) => byMark.get(mark || document) || byNumber.get(number) || begun(byGtin.get(gtin), day) };
}

/* All that a device knows: each part in its signed form, read under one manifest, all of one age. `head` is that of the
   log that the device holds: the new one goes on from it, which `tile` fetches the proof of (`mustGoOn`). */
export async function readBundle(bundle, trusted, { at, seen = 0, head = null, tile = null }) {
  const manifest = await readManifest(bundle?.trust, trusted, { at, seen }), keys = manifest.keys.get("status") || new Map();
  const status = await readStatus(bundle.status, keys);
  const [alerts, directory] = [await readAlerts(bundle.alerts, keys, status), await readDirectory(bundle.directory, keys, status)];
  must(typeof bundle.checkpoint === "string", "there is no head of the log");
  const checkpoint = await readCheckpoint(bundle.checkpoint, manifest);
  if (head) await mustGoOn(head, checkpoint, tile);
  return { manifest, status, alerts, directory, checkpoint };
}

/* What a seal says by itself: genuine, forged, unknown_key, compromised, ended or unsealed. A retired key still
   counts; past its term, which includes the day `exp`, none does. */
export async function readSeal({ seal, path }, seals, today) {
  if (!seal) return "unsealed";
  const bytes = sealBytes(seal), known = seals.get(bytes[0]);
  if (!known) return "unknown_key";
  if (!await isSigned(utf8.encode(`tdm-seal-v1\n${path}\n`), bytes.slice(1), known.key)) return "forged";
  return known.state === "compromised" ? "compromised" : today > known.exp ? "ended" : "genuine";
}

/* The verdict on a code in its offline form: the law of certify/workflows/verdict.py, in its words, row by row. `spares`
   is the day before which what was packed is left out of a withdrawal or suspension.
   `here` is the host of this page; of a code under a foreign host nothing else is looked at. */
export async function judge(text, knowledge, { at, today, here = "" }) {
  const code = parseCode(text, knowledge?.manifest.hosts || [], here);
  if (code.foreign) return { verdict: "foreign", reason: "foreign_host", code };
  if (code.malformed) return { verdict: "mistyped", reason: "malformed", code };
  if (!knowledge) return { verdict: "cannot_check", reason: "no_answer", code };
  const { manifest, status, alerts, directory } = knowledge, seal = await readSeal(code, manifest.seals, today);
  const told = (verdict, reason, more) => ({ verdict, reason, code, seal, asOf: status.issuedAt, ...more });
  const isWrongClock = at < status.issuedAt - CLOCK_SLACK, isFresh = !isWrongClock && at < status.expiresAt;
  if (seal === "forged") return told("counterfeit", seal);
  if (seal === "unknown_key") return told(isFresh ? "counterfeit" : "cannot_check", seal);
  if (seal === "compromised" || seal === "ended") return told("cannot_check", `${seal}_key`);
  const entry = directory.find(code, today);
  if (code.path && await alerts.has(code.path)) return told("suspect", "copied", { entry });
  const isUnitUnseen = Boolean(code.serial || !entry && (code.gdti || code.mark)); // or a serial, typed
  if (!entry) return seal === "genuine" || !isFresh || isUnitUnseen ? told("stale", "not_listed") : told("unknown", "not_found");
  const stands = standing(entry, knowledge, { at, today });
  if (stands.verdict !== "valid") return told(stands.verdict, stands.reason, stands);
  if (isUnitUnseen && seal === "unsealed") return told("stale", "not_listed", { entry });
  return told("valid", isUnitUnseen ? "activation_unseen" : null, { entry });
}

/* How a licence of the directory stands by the signed list, whatever the code or the paper that names it. */
export function standing(entry, { status }, { at, today }) {
  const last = status.status(entry.idx), isWrongClock = at < status.issuedAt - CLOCK_SLACK;
  const told = (verdict, reason, spares) => ({ verdict, reason, entry, last, spares, asOf: status.issuedAt });
  const spares = entry.scope === "prospective" ? entry.from : undefined;
  if (isWrongClock || at >= status.expiresAt || last === null) return told("stale", isWrongClock ? "wrong_clock" : "old_status");
  if (last === "alert") return told("suspect", last);
  if (last === "withdrawn") return told(last, last, spares);
  if (today > entry.exp) return told("expired", "expired");
  if (last === "suspended") return told(last, last, spares);
  if (today < entry.nbf) return told("not_yet", "not_yet");
  return told("valid", null);
}

/* Who decides: the server, which is newer, unless a withdrawal or a copy is proved here. When a jar was packed only the
   register knows, so that a withdrawal which spares what came before, by the signed directory, is for the server. */
const PROVED = new Set(["withdrawn", "suspect"]);
export function decides(here, server) {
  if (!server) return "here";
  if (here.verdict === "withdrawn" && here.spares && (server.reasons || []).includes("packed_before")) return "server";
  return PROVED.has(here.verdict) ? "here" : "server";
}
