/* Sends what the phone keeps and notes what the server confirmed, by hash. Nothing is marked received but by its answer. */
import { forget, get, mark, mine, put } from "./keeping.js";

const PART = 256 * 1024;
let token = "";

export class Trouble extends Error {
  constructor(kind, message = "", status = 0) { super(message); Object.assign(this, { kind, status }); }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { redirect: "manual", cache: "no-store", ...options, headers: { "X-CSRFToken": token, Accept: "application/json" } });
  } catch { throw new Trouble("offline"); }
  if (answer.type === "opaqueredirect") throw new Trouble("session");
  let told;
  try { told = await answer.json(); } catch { throw new Trouble("server", "", answer.status); }
  if (answer.ok) return told;
  if (told.has_session === false) throw new Trouble("session");
  if (answer.status >= 500 || answer.status === 429) throw new Trouble("server", [told.message, told.reference].filter(Boolean).join(" – "), answer.status);
  throw new Trouble("refused", told.message, answer.status);
}

const post = (path, body) => ask(path, { method: "POST", body });

/* One row that the server refuses does not stop the others; no network and no session stop everything. */
async function each(rows, name, key, send, told) {
  for (const row of rows) {
    try { await send(row); } catch (trouble) {
      if (trouble.kind !== "refused") throw trouble;
      await mark(name, row[key], { refused: trouble.message });
    }
    await told();
  }
}

async function sendEntry(row) {
  const receipt = await post(`/field/visits/${row.visit}/entries/${row.sha256}`, row.text);
  if (receipt.sha256 === row.sha256) await mark("entries", row.sha256, { received: receipt.received_at, late: receipt.is_late, refused: null });
}

async function sendPhoto(row, told) {
  const path = `/field/visits/${row.visit}/photos/${row.sha256}`;
  let at = await ask(path), stuck = 0;
  while (!at.is_whole) {
    const before = at.offset;
    at = await post(`${path}?offset=${before}`, row.bytes.slice(before, before + PART));
    stuck = at.offset > before ? 0 : stuck + 1;
    if (stuck > 3) throw new Trouble("server");
    await told({ ...row, reached: at.offset });
  }
  if (at.sha256 === row.sha256) await mark("photos", row.key, { received: new Date().toISOString(), refused: null });
}

/* A row that was refused waits until somebody presses the button: the same bytes would be refused again. */
const waiting = (rows, again) => rows.filter((row) => !row.received && (again || !row.refused)).sort((a, b) => (a.at < b.at ? -1 : 1));

async function round(told, again) {
  const me = await ask(`/field/visits?lang=${document.documentElement.lang}`);
  token = me.token;
  await put("settings", { key: "me", id: me.user, name: me.name });
  const open = new Set(me.visits.map((one) => one.visit));
  await each(waiting(await mine("entries", me.user), again), "entries", "sha256", sendEntry, told);
  await each(waiting(await mine("photos", me.user), again), "photos", "key", (row) => sendPhoto(row, told), told);
  for (const { visit, state } of me.visits) {
    const kept = await get("visits", [me.user, visit]);
    if (state === "done" && !kept && !(await mine("entries", me.user, visit)).length) continue;
    try { await put("visits", { ...(await ask(`/field/visits/${visit}`)), owner: me.user }); } catch (trouble) { if (trouble.kind !== "refused") throw trouble; }
    if (state === "done") await forget(me.user, visit);
  }
  for (const gone of (await mine("visits", me.user)).filter((one) => !open.has(one.visit))) {
    await put("visits", { ...gone, state: "gone" });
    await forget(me.user, gone.visit);
  }
}

/* One at a time, whatever the number of tabs. Resolves to null, or to the Trouble that stopped it. */
export const send = (told, again = false) => navigator.locks.request("certify-field", { ifAvailable: true }, async (lock) => {
  if (!lock) return null;
  try { await round(told, again); return null; } catch (trouble) {
    if (trouble instanceof Trouble) return trouble;
    return new Trouble(trouble.name === "QuotaExceededError" ? "full" : "server", String(trouble.message || trouble));
  }
});
