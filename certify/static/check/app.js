/* The check of marks and papers: reads a code, judges it here, asks the server when there is network, says which said what. */
import { clone, coded, day, fill, LANGUAGE, LOCALES, part, phrase, say, tongue, ZONE } from "../field/showing.js";
import { closeCamera, openCamera } from "./camera.js";
import { poses } from "./codes.mjs";
import { askCode, askPaper, known, now, proveGrant, recall, renew, today } from "./knowing.js";
import { canRead, codesInFile, isPdf, readPdf } from "./reading.js";
import { fromBase64 } from "./signed.mjs";
import { decides, judge, standing as standingOf } from "./verify.mjs";

const byId = (id) => document.getElementById(id), FRESH = 60e3, RENEWED_EVERY = 15 * 60e3;
const CERTAIN = new Set(["foreign", "counterfeit", "mistyped"]);
const ENDED = new Set(["suspended", "withdrawn", "expired"]), PAPER_SEALS = JSON.parse(document.body.dataset.papers).map(fromBase64);
const EXPLAINED = new Set(["packed_before", "compromised_key", "ended_key", "watched"]);
let standing = "nothing", triedAt = 0, renewing = null, turn = 0, another = choose;

/* Moments and ages in words. */
const when = (moment) => new Date(moment).toLocaleString(LOCALES[LANGUAGE], { dateStyle: "long", timeStyle: "short", timeZone: ZONE });
function age(moment) {
  const minutes = Math.round((moment - now()) / 60e3), size = Math.abs(minutes), words = new Intl.RelativeTimeFormat(LOCALES[LANGUAGE], { numeric: "auto" });
  return size < 60 ? words.format(minutes, "minute") : size < 48 * 60 ? words.format(Math.round(minutes / 60), "hour") : words.format(Math.round(minutes / 1440), "day");
}

/* What this device knows: always there, always with its age. */
function showKnowledge() {
  const kept = known(), isOld = kept && now() >= kept.status.expiresAt;
  byId("knowledge").hidden = false;
  byId("knowledge").className = `knowledge tone-${["refused", "forked"].includes(standing) ? "bad" : !kept || isOld ? "yours" : standing === "known" ? "good" : "quiet"}`;
  byId("knowledge-age").textContent = kept ? say("age", { when: when(kept.status.issuedAt), age: age(kept.status.issuedAt) }) : say("nothing");
  const trouble = renewing ? "renewing" : standing === "known" || standing === "nothing" ? "" : standing;
  byId("knowledge-detail").textContent = [kept && say("count", { count: kept.directory.size.toLocaleString(LOCALES[LANGUAGE]) }), isOld && say("too-old"), trouble && say(trouble)].filter(Boolean).join(" ");
}

/* Renew what is known, unless that was just done; one at a time. */
function refresh(isWanted = false) {
  if (!isWanted && Date.now() - triedAt < FRESH && standing !== "offline") return renewing || Promise.resolve();
  return renewing ||= (async () => {
    triedAt = Date.now();
    standing = await renew();
    renewing = null;
    showKnowledge();
  })();
}

/* A line under an answer: with a tick, what was proved on this device; without, what was told. */
const proved = (word, facts) => clone("proved", { text: phrase(word, facts) }), told = (word, facts) => clone("told", { text: phrase(word, facts) });

/* One code: what is proved here comes first; the server says what is newer than any list. */
async function check(text, isScanned, next) {
  const mine = begin(next);
  if (navigator.onLine) await refresh();
  const here = await judge(text, known(), { at: now(), today: today(), here: location.host });
  if (here.verdict === "mistyped" && isScanned) here.reason = "scanned";
  if (here.reason === "no_answer" && standing === "unable") here.reason = "unable";
  const isAsked = !CERTAIN.has(here.verdict) && navigator.onLine, server = isAsked ? await askCode(here.code, here.entry) : null;
  if (mine !== turn) return;
  const main = decides(here, server) === "server" ? { verdict: server.verdict, reason: (server.reasons || []).find((reason) => byId(`verdict-${server.verdict}-${reason}`)) }
    : here.spares ? { ...here, reason: "sparing" } : here;
  showCode(here, server, main, isAsked);
  const grant = server && here.entry && await proveGrant(here.entry);
  if (!grant || mine !== turn) return;
  const proofs = part(byId("answer"), "list", "proofs");
  if (grant === "forked") {
    standing = "forked";
    showKnowledge();
    return proofs.append(told("forked"));
  }
  proofs.append(proved("logged", { index: grant.index + 1, size: grant.size }), ...(grant.witnesses ? [proved("witnessed", { count: grant.witnesses })] : []));
}

/* A numbered label is not in the directory: of which licence it is, the server says. */
function showCode(here, server, main, isAsked) {
  const { code, seal } = here, entry = here.entry || server?.mark && known()?.directory.find({ mark: server.mark }, today()), facts = wording(entry, here, server?.at || here.asOf || now());
  const lines = [];
  if (seal) lines.push((["genuine", "forged"].includes(seal) ? proved : told)(`seal-${seal}`));
  if (here.entry) lines.push(...listedLines({ entry, last: known().status.status(entry.idx), asOf: here.asOf }));
  if (server) lines.push(told("asked", { headline: card(server.verdict, main.reason).querySelector("[data-headline]").textContent }));
  else if (!CERTAIN.has(here.verdict)) lines.push(told(isAsked ? "no-answer" : "not-asked"));
  lines.push(...(server?.reasons || []).filter((reason) => EXPLAINED.has(reason)).map((reason) => told(`reason-${reason}`)));
  const mark = code.mark || code.document || entry?.mark;
  const open = server && (code.path ? `${code.seal ? `/${code.seal}` : ""}${code.path}` : mark && `/v/${mark}?lang=${LANGUAGE}`);
  show(card(main.verdict, main.reason, { ...facts, host: code.foreign || "" }), entry && product(entry, code, Boolean(server)), lines, open);
}

/* What the cards say of a licence: days, and the moment that counts. */
const wording = (entry, { spares } = {}, moment = now()) => ({ when: when(moment), first: entry ? day(entry.nbf) : "", last: entry ? day(entry.exp) : "", since: spares ? day(spares) : "" });

/* What the signed list says of a licence, and the signed directory of the day on which it ended. */
function listedLines({ entry, last, asOf }) {
  if (!last) return [];
  const since = entry.from && ["suspended", "withdrawn"].includes(last) ? [proved("since", { day: day(entry.from) })] : [];
  return [proved("list", { when: when(asOf), age: age(asOf), status: say(`status-${last}`) }), ...since];
}

/* The card of a verdict: that of its reason if there is one. */
function card(verdict, reason, facts = {}) {
  const id = [`verdict-${verdict}-${reason}`, `verdict-${verdict}`].find(byId) || "verdict-cannot_check", made = clone(id, { host: facts.host || "" });
  made.querySelectorAll("[data-say]").forEach((place) => { place.textContent = place.textContent.replace(/\{(\w+)\}/g, (_, name) => facts[name] ?? ""); });
  made.dataset.verdict = verdict;
  return made;
}

function product(entry, { lot = "", serial = "" }, isOnline) {
  const validity = say("validity", { first: day(entry.nbf), last: day(entry.exp) });
  const made = clone("product", { product: tongue(entry.product), holder: tongue(entry.holder), number: entry.number, validity, lot, serial });
  if (isOnline) {
    const frame = made.querySelector("figure"), picture = Object.assign(new Image(900, 560), { alt: frame.dataset.alt });
    picture.addEventListener("load", () => { frame.hidden = false; });
    picture.src = `/v/${entry.mark}/photo.jpg`;
    frame.prepend(picture);
  }
  return made;
}

/* One paper: its seal is read here and its fingerprint looked up. What the register holds comes first; of a file that it
   does not know, or when it does not answer, the seal tells what was done to it, and the signed list how the licence
   stands. No “valid” stands beside a file that only says of which licence it is. */
const REFINED = { broken: "broken", appended: "appended", intact: "unrecorded" };
const ALONE = { intact: "intact", appended: "appended", broken: "broken", missing: "unsealed", unknown: "cannot_check-unknown_seal" };
async function checkPaper(file) {
  const mine = begin(), { sha256, number, seal, licence } = await readPdf(file, PAPER_SEALS), server = navigator.onLine ? await askPaper(sha256) : null;
  if (mine !== turn) return;
  const lines = [told("paper-hash", { hash: coded(sha256) })], named = server?.number || number, isSure = seal === "intact" || Boolean(server?.mark);
  if (named) lines.push(told("paper-number", { number: coded(named) }));
  if (seal) lines.push((["intact", "broken", "appended"].includes(seal) ? proved : told)(`paper-seal-${seal}`));
  if (server?.newer) lines.push(told("paper-newer", { number: coded(server.newer) }));
  const entry = known()?.directory.find(server?.mark ? { mark: server.mark } : { number: licence }, today());
  const here = entry && standingOf(entry, known(), { at: now(), today: today() });
  if (here) lines.push(...listedLines(here));
  if (here && !isSure) lines.push(told("paper-named-only", { number: coded(entry.number) }));
  if (!server) lines.push(told(navigator.onLine ? "no-answer" : "not-asked"));
  const alone = seal === "intact" && here && ENDED.has(here.verdict) ? "outlived-here" : ALONE[seal] || "cannot_check";
  const finding = !server ? alone : server.verdict === "unknown" ? REFINED[seal] || "unknown" : server.verdict;
  const says = entry && (server?.standing && byId(`verdict-${server.standing}`) ? { verdict: server.standing } : here.spares ? { ...here, reason: "sparing" } : here);
  const stands = says && (isSure || !["valid", "watched"].includes(says.verdict)) && card(says.verdict, says.reason, wording(entry, here, now()));
  show(card(`paper-${finding}`), stands, lines, server?.mark ? `/v/${server.mark}?lang=${LANGUAGE}` : "");
}

/* An answer begins, and is shown; whoever listens to the page hears its headline. `next` is what comes after it. */
function begin(next = choose) {
  clear();
  another = next;
  byId("answer").replaceChildren(Object.assign(document.createElement("p"), { className: "looking", textContent: say("looking") }));
  return ++turn;
}
function show(verdict, about, lines, open) {
  const how = clone("proofs", { open });
  fill(how, "proofs", lines);
  if (open) how.querySelector("[data-open]").href = open;
  how.querySelector("[data-again]").addEventListener("click", () => { clear(); another(); });
  byId("answer").replaceChildren(verdict, ...(about ? [about] : []), how);
  verdict.querySelector("[data-headline]").focus({ preventScroll: true });
  byId("answer").scrollIntoView({ block: "start" });
}
function tell(word) {
  clear();
  byId("trouble").textContent = say(word);
  byId("trouble").hidden = false;
  byId("trouble").scrollIntoView({ block: "nearest" });
}

/* What was said before goes away: it was about another code. */
function clear() {
  turn += 1;
  closeCamera();
  byId("trouble").hidden = true;
  byId("answer").replaceChildren();
}
function choose() { byId("camera-start").focus(); }

/* Of several codes in sight that of the label counts, and what passes itself off as one; of two of these, neither: an
   answer would seem to be about both. Any other code is somebody else's. */
async function weigh(codes) {
  const texts = [...new Set(codes)], hosts = known()?.manifest.hosts || [];
  const judged = await Promise.all(texts.map((text) => judge(text, known(), { at: now(), today: today(), here: location.host })));
  const counting = texts.filter((text, place) => !["mistyped", "foreign"].includes(judged[place].verdict) || poses(text, hosts, location.host));
  if (counting.length > 1) return { isCrowd: true, note: "camera-several" };
  if (counting.length) return { code: counting[0] };
  const elsewhere = judged.find(({ verdict }) => verdict === "foreign");
  return elsewhere ? { note: "camera-elsewhere", host: elsewhere.code.foreign } : { note: "camera-other" };
}

/* In a shop one product follows another: whoever scanned scans again. */
function scan() {
  clear();
  openCamera(weigh, (code) => check(code, true, scan), tell);
}

async function openFile(event) {
  const [file] = event.target.files;
  if (!file) return;
  clear();
  if (await isPdf(file)) return checkPaper(file);
  if (!await canRead()) return tell("no-reader");
  const codes = await codesInFile(file);
  if (!codes) return tell("not-readable");
  if (!codes.length) return tell("no-code");
  const { code, isCrowd } = await weigh(codes);
  return isCrowd ? tell("several") : check(code || codes[0], true);
}

document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });
byId("camera-start").addEventListener("click", scan);
byId("file").addEventListener("change", openFile);
byId("renew").addEventListener("click", () => { refresh(true); showKnowledge(); });
byId("typed-form").addEventListener("submit", (event) => { event.preventDefault(); check(byId("mark").value, false); });
addEventListener("online", () => refresh(true));
addEventListener("offline", () => { standing = "offline"; showKnowledge(); });
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  byId("install").hidden = false;
  byId("install").onclick = () => event.prompt();
});
navigator.serviceWorker?.register(document.body.dataset.worker, { scope: location.pathname });
setInterval(() => (navigator.onLine ? refresh() : showKnowledge()), RENEWED_EVERY);
setInterval(() => (known() || !navigator.onLine ? showKnowledge() : refresh(true)), 10e3);

standing = await recall();
showKnowledge();
const typed = new URL(location).searchParams.get("mark");
if (typed) check(byId("mark").value = typed, false);
else if (navigator.onLine) { refresh(); showKnowledge(); } else { standing = standing === "known" ? "offline" : standing; showKnowledge(); }
