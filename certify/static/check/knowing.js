/* What this device knows and how old that is: opens what is kept, renews it, asks the server about one code or paper. */
import { load, save } from "./keeping.js";
import { entriesOf, Forked, mustGoOn, readGrant, Unwitnessed } from "./log.mjs";
import { canVerify, useEd25519 } from "./signed.mjs";
import { readBundle, rootsOf } from "./verify.mjs";

const BUNDLE = "/offline/bundle.json", PATIENCE = 8e3, ZONE = "Africa/Casablanca", page = document.body.dataset;
let kept = null, knowledge = null, able = null, heldSince;

/* The server does not give a file, or nobody answers: that says nothing about what it holds. */
class Silent extends Error {}

/* Tell whether signatures can be checked here: by the browser, else by the library that the server lends. */
const isAble = () => able ||= (async () => {
  if (await canVerify()) return true;
  if (!page.libraries) return false;
  try {
    const { verifyAsync } = await import("./libraries/ed25519.js");
    useEd25519((message, signature, key) => verifyAsync(signature, message, key));
    return await canVerify();
  } catch { return false; }
})();

/* The moment that counts: a clock that was behind the server's when the bundle came is still as much behind. */
export const now = () => Date.now() + (kept?.behind || 0);
export const today = () => new Date(now()).toLocaleDateString("en-CA", { timeZone: ZONE });
export const known = () => knowledge;

/* Open what is kept, under the roots that it came under and as of the moment it came: that it is old is for the verdict
   to say. What lies here damaged counts as nothing. */
export async function recall() {
  if (!await isAble()) return "unable";
  try { kept = (await load()) || null; } catch { kept = null; }
  heldSince = kept?.receivedAt;
  try { knowledge = kept && await readBundle(kept.bundle, rootsOf(kept.roots), { at: kept.receivedAt }); } catch { kept = knowledge = null; }
  return knowledge ? "known" : "nothing";
}

/* Fetch a bundle and keep it once it is proved. Answers known, unable, offline (nobody answers), server (it answers
   otherwise), refused (what it gives must not be believed), unwitnessed (too few have signed the head of the log yet) or
   forked (the log shows another past than it did): what was known stays. */
export async function renew() {
  if (!await isAble()) return "unable";
  let answer, bundle, seen;
  try { answer = await ask(BUNDLE); } catch { return "offline"; }
  if (!answer.ok) return "server";
  try { bundle = await answer.json(); } catch { return "offline"; }
  if ((await load().catch(() => null))?.receivedAt !== heldSince) await recall();
  const roots = kept ? kept.next : JSON.parse(page.roots), receivedAt = Date.now();
  try {
    seen = await readBundle(bundle, rootsOf(roots), { at: receivedAt, seen: kept?.version || 0, head: knowledge?.checkpoint, tile });
  } catch (fault) {
    return fault instanceof Silent ? "server" : fault instanceof Forked ? "forked" : fault instanceof Unwitnessed ? "unwitnessed" : "refused";
  }
  const issuedAt = seen.status.issuedAt, { next, version } = seen.manifest, behind = Math.max(0, issuedAt - receivedAt);
  if (kept && issuedAt < kept.issuedAt) return "refused";
  const row = { bundle, roots, next, version, issuedAt, receivedAt, behind };
  try { await save(row, heldSince); } catch { return "full"; }
  [kept, knowledge, heldSince] = [row, seen, receivedAt];
  return "known";
}

const ask = (path) => fetch(path, { cache: "no-cache", credentials: "omit", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });

/* Fetch a file of the log. Of a tile that has grown since, only the whole may be left (tlog-tiles). */
async function tile(path) {
  const whole = path.replace(/\.p\/\d+$/, ""), width = Number(/\.p\/(\d+)$/.exec(path)?.[1]);
  for (const name of new Set([path, whole])) {
    let answer;
    try { answer = await ask(`/log/${name}`); } catch { throw new Silent(name); }
    if (answer.ok) return new Uint8Array(await answer.arrayBuffer()).slice(0, name === whole && width ? width * 32 : undefined);
  }
  throw new Silent(path);
}

/* Ask the server about a code: its answer, or null when none comes. `mark` is asked where the code itself has no answer. */
export async function askCode({ seal, path, mark, document }, listed) {
  const short = mark || document || listed?.mark;
  for (const address of [path && `${seal ? `/${seal}` : ""}${path}`, short && `/v/${short}.json`].filter(Boolean)) {
    try {
      const said = await (await ask(address)).json();
      if (said.verdict && said.verdict !== "cannot_check") return { ...said, at: Date.parse(said.asof || said.checked_at) || Date.now() };
    } catch { /* no network, or no such address here: the next one, or no answer */ }
  }
  return null;
}

/* Prove by the public log that a licence was granted: its place there, under a head that goes on from the one this device
   holds, or that this one goes on from. Null when that cannot be proved now, "forked" when there are two pasts. */
export async function proveGrant(listed) {
  const read = async (path, as) => { const answer = await ask(path); if (!answer.ok) throw new Silent(path); return answer[as](); };
  const { manifest, checkpoint } = knowledge;
  try {
    const [token, proof] = await Promise.all(["vc.jwt", "proof"].map((name) => read(`/c/${listed.number}/${name}`, "text")));
    const bundle = new Uint8Array(await read(`/log/${entriesOf(proof)}`, "arrayBuffer"));
    const grant = await readGrant({ token, proof, bundle }, listed, manifest);
    await mustGoOn(...[grant, checkpoint].sort((one, other) => one.size - other.size), tile);
    return grant;
  } catch (fault) { return fault instanceof Forked ? "forked" : null; }
}

/* Ask the server about a paper by its fingerprint; null when no answer comes. */
export async function askPaper(sha256) {
  try {
    const said = await (await ask(`/check/papers/${sha256}`)).json();
    return said.verdict ? said : null;
  } catch { return null; }
}
