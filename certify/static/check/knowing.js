/* What this device knows and how old that is: opens what is kept, renews it, asks the server about one code or paper. */
import { load, save } from "./keeping.js";
import { canVerify, entriesOf, readBundle, readGrant, rootsOf, Untrusted, useEd25519 } from "./verify.mjs";

const BUNDLE = "/offline/bundle.json", PATIENCE = 8e3, ZONE = "Africa/Casablanca", page = document.body.dataset;
let kept = null, knowledge = null, able = null;

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
  try { knowledge = kept && await readBundle(kept.bundle, rootsOf(kept.roots), { at: kept.receivedAt }); } catch { kept = knowledge = null; }
  return knowledge ? "known" : "nothing";
}

/* Fetch a bundle and keep it once it is proved. Answers known, unable, offline (nobody answers), server (it answers
   otherwise) or refused (what it gives must not be believed). */
export async function renew() {
  if (!await isAble()) return "unable";
  let answer, bundle;
  try { answer = await ask(BUNDLE); } catch { return "offline"; }
  if (!answer.ok) return "server";
  try { bundle = await answer.json(); } catch { return "offline"; }
  const roots = kept ? kept.next : JSON.parse(page.roots), receivedAt = Date.now();
  try {
    const seen = await readAt(bundle, roots, receivedAt), issuedAt = seen.status.issuedAt;
    if (kept && issuedAt < kept.issuedAt) throw new Untrusted("the list is older than the one that was seen");
    const { next, version } = seen.manifest, behind = Math.max(0, issuedAt - receivedAt);
    const row = { bundle, roots, next, version, issuedAt, receivedAt, behind };
    await save(row);
    [kept, knowledge] = [row, seen];
    return "known";
  } catch (fault) {
    if (fault instanceof Untrusted) return "refused";
    return "full";
  }
}
const readAt = (bundle, roots, at) => readBundle(bundle, rootsOf(roots), { at, seen: kept?.version || 0, head: knowledge?.checkpoint });

const ask = (path) => fetch(path, { cache: "no-cache", credentials: "omit", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });

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

/* Prove by the public log that a licence was granted: its place there, or null when that cannot be proved now. */
export async function proveGrant(listed) {
  const read = async (path, as) => { const answer = await ask(path); if (!answer.ok) throw new Error(path); return answer[as](); };
  try {
    const [token, proof] = await Promise.all(["vc.jwt", "proof"].map((name) => read(`/c/${listed.number}/${name}`, "text")));
    const bundle = new Uint8Array(await read(`/log/${entriesOf(proof)}`, "arrayBuffer"));
    return await readGrant({ token, proof, bundle }, listed, knowledge.manifest);
  } catch { return null; }
}

/* Ask the server about a paper by its fingerprint; null when no answer comes. */
export async function askPaper(sha256) {
  try {
    const said = await (await ask(`/check/papers/${sha256}`)).json();
    return said.verdict ? said : null;
  } catch { return null; }
}
