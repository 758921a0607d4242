/* The visit on a phone: shows what the phone keeps, records what the inspector sees, and sends it when there is network. */
import { digest, make, merged, readPhoto } from "./entries.js";
import { drop, get, mine, othersWait, put, record } from "./keeping.js";
import { send } from "./sending.js";
import { clone, day, fill, hour, LANGUAGE, named, part, say, tongue, whole, write } from "./showing.js";
import { pad } from "./signing.js";

const EVERY = 20e3, content = document.getElementById("content"), byId = (id) => document.getElementById(id);
let me = null, trouble = null, isSending = false, shown = null, turn = 0, pictures = [];

/* Where things stand: one bar, always there. */
async function stand(reached) {
  const rows = me ? [...(await mine("entries", me.id)), ...(await mine("photos", me.id))] : [];
  const done = rows.filter((row) => row.received).length, refused = rows.filter((row) => row.refused && !row.received).length;
  const all = rows.length, isWhole = done === all;
  const kind = trouble?.kind || (refused ? "refused" : isSending && !isWhole ? "sending" : !navigator.onLine ? "offline" : isWhole ? "safe" : "waiting");
  const tone = { safe: "good", sending: "yours", waiting: "yours", offline: "quiet" }[kind] || "bad";
  byId("standing").className = `standing tone-${tone}`;
  byId("standing-text").textContent = all ? say("received", { done, all }) : say("nothing");
  byId("standing-detail").textContent = [say(kind), kind === "server" || kind === "full" ? trouble.message : ""].filter(Boolean).join(" ");
  const isShared = await othersWait(me?.id);
  byId("others").hidden = !isShared;
  byId("others").textContent = isShared ? say(me ? "others" : "left-behind") : "";
  byId("sign-in").hidden = kind !== "session";
  byId("send").hidden = isWhole || isSending;
  const bar = byId("standing-bar");
  bar.hidden = !all || isWhole;
  bar.max = all || 1;
  bar.value = done + (reached ? reached.reached / reached.size : 0);
}

async function synchronise(again = false) {
  if (isSending) return;
  isSending = true;
  await stand();
  trouble = await send(stand, again);
  isSending = false;
  me = (await get("settings", "me")) || null;
  await stand();
  await refresh();
}

/* Every act keeps first, then shows, then sends. What cannot be kept is said, and what was typed stays. */
async function keep(kind, body, bytes, note = "") {
  try {
    const visit = shown.visit.visit, entry = await make(me.id, visit, kind, body);
    const photo = bytes && { key: `${me.id}-${visit}-${body.photo}`, sha256: body.photo, visit, owner: me.id, at: entry.at, size: body.size, bytes: new Blob([bytes]), received: null, refused: null };
    await record(entry, photo);
  } catch (fault) {
    tell(say(fault.name === "QuotaExceededError" ? "full" : "broken"), "bad");
    return false;
  }
  tell(note || say("kept"), "good");
  await refresh();
  synchronise();
  return true;
}

function tell(text, tone) {
  document.querySelectorAll(".told-now").forEach((old) => old.remove());
  const told = document.createElement("p");
  told.className = `told-now flash tone-${tone}`;
  told.setAttribute("role", tone === "bad" ? "alert" : "status");
  told.textContent = text;
  byId("main").append(told);
  if (tone === "good") setTimeout(() => told.remove(), 6e3);
}

/* What is being typed is kept too: the browser may be killed before the button is pressed. */
const draftKey = (form) => `${me.id}-${shown.visit.visit}-${form.dataset.key || form.dataset.form}`;
const typed = (form) => Object.fromEntries([...form.elements].filter((field) => field.name && field.type !== "file")
  .flatMap((field) => (field.type === "radio" ? (field.checked ? [[field.name, field.value]] : []) : [[field.name, field.type === "checkbox" ? field.checked : field.value]])));

async function remember(form) {
  const kept = await get("drafts", draftKey(form));
  for (const field of form.elements) {
    if (!kept || !(field.name in kept.values)) continue;
    if (field.type === "radio") field.checked = field.value === kept.values[field.name];
    else if (field.type === "checkbox") field.checked = kept.values[field.name];
    else if (field.options && ![...field.options].some((option) => option.value === kept.values[field.name])) field.dataset.wanted = kept.values[field.name];
    else field.value = kept.values[field.name];
  }
  let timer;
  const write = () => { clearTimeout(timer); timer = setTimeout(() => put("drafts", { key: draftKey(form), values: typed(form) }).catch(() => {}), 200); };
  form.addEventListener("input", write);
  form.forgetDraft = async () => { clearTimeout(timer); await drop("drafts", draftKey(form)); form.reset(); };
}

function onRecord(form, body) {
  remember(form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.isBusy) return;
    form.isBusy = true;
    try {
      const made = await body(typed(form));
      if (made && await keep(form.dataset.form, made.body || made, made.bytes)) await form.forgetDraft();
    } finally { form.isBusy = false; }
  });
}

/* The list of missions, or one of them. */
const visitIn = () => Number(/^#(\d+)/.exec(location.hash)?.[1] || 0);
const when = (visit) => `${day(visit.planned_on)} · ${visit.starts_at}`;

async function progressOf(visit) {
  const rows = [...(await mine("entries", me.id, visit)), ...(await mine("photos", me.id, visit))];
  return rows.length ? say("received", { done: rows.filter((row) => row.received).length, all: rows.length }) : say("nothing");
}

async function showList() {
  const now = ++turn;
  shown = null;
  [byId("kicker").textContent, byId("title").textContent, byId("lead").textContent] = ["", document.title.split(" – ")[0], ""];
  const visits = me ? (await mine("visits", me.id)).sort((a, b) => (a.planned_on + a.starts_at < b.planned_on + b.starts_at ? -1 : 1)) : [];
  if (now !== turn) return;
  if (!visits.length) return content.replaceChildren(clone(me ? "none" : "nobody"));
  const list = document.createElement("ul");
  list.className = "documents";
  for (const visit of visits) {
    const item = clone("mission", { product: named(visit.product, "name"), organisation: tongue(visit.organisation), when: when(visit), place: visit.place, progress: await progressOf(visit.visit) });
    item.querySelector("[data-link]").href = `#${visit.visit}`;
    list.append(item);
  }
  if (now === turn) content.replaceChildren(list);
}

async function showVisit(visit) {
  turn += 1;
  shown = { visit };
  const site = visit.site, texts = { ...visit.product, number: visit.number, filiere: tongue(visit.filiere), when: when(visit), place: visit.place, reason: visit.reason,
    to_prepare: visit.to_prepare, follows_up: visit.follows_up, inspectors: visit.inspectors.join(LANGUAGE === "ar" ? "، " : ", "),
    site: site && [site.name, site.address, site.commune, tongue(site.province)].join(" · "), sanitary: site?.sanitary_number, findings: visit.findings.length > 0 };
  [byId("kicker").textContent, byId("title").textContent, byId("lead").textContent] = [visit.number, named(visit.product, "name"), tongue(visit.organisation)];
  const page = whole("visit", texts);
  fill(page, "findings", visit.findings.map((one) => Object.assign(document.createElement("li"), { textContent: `${say(one.grade)} · ${one.statement}` })));
  content.replaceChildren(page);
  fill(content, "checks", visit.checks.map(checkForm));
  part(content, "form", "observation").querySelector("select[name=check]").append(...visit.checks.map((check) => new Option(tongue(check.label), check.code)));
  onRecord(part(content, "form", "observation"), (values) => values);
  onRecord(part(content, "form", "note"), (values) => values);
  onRecord(part(content, "form", "place"), ({ words }) => ({ latitude: "", longitude: "", accuracy: "", words }));
  photoForm(part(content, "form", "photo"));
  signatureForm(part(content, "form", "signature"));
  content.querySelector("[data-locate]").addEventListener("click", locate);
  content.querySelector("[data-room]").href = `/visits/${visit.visit}`;
  content.querySelector("[data-copy]").addEventListener("click", copy);
  content.querySelectorAll("[data-jump]").forEach((link) => link.addEventListener("click", (event) => {
    event.preventDefault();
    content.querySelector(link.getAttribute("href")).scrollIntoView();
  }));
  navigator.storage?.persist?.();
}

function checkForm(check) {
  const form = clone("check", { label: tongue(check.label), help: tongue(check.help), counts: "" });
  form.dataset.key = `check-${check.code}`;
  form.dataset.code = check.code;
  form.querySelectorAll(".choice").forEach((choice) => {
    const [input, label] = choice.children;
    input.id = label.htmlFor = `${check.code}-${input.value}`;
  });
  onRecord(form, ({ answer, note }) => ({ check: check.code, answer, note }));
  return form;
}

function photoForm(form) {
  remember(form);
  const take = async (event) => {
    const files = [...event.target.files], caption = form.elements.caption.value, about = form.elements.about.value;
    for (const file of files) {
      const photo = await readPhoto(file);
      if (!photo) { tell(say("not-photo"), "bad"); continue; }
      const sha256 = await digest(photo.bytes);
      const body = { photo: sha256, size: photo.bytes.byteLength, caption, about, reduced: photo.reduced };
      if (!await keep("photo", body, photo.bytes)) return;
    }
    event.target.value = "";
    await form.forgetDraft();
  };
  for (const name of ["file", "files"]) form.elements[name].addEventListener("change", take);
  form.addEventListener("submit", (event) => event.preventDefault());
}

function signatureForm(form) {
  const canvas = form.querySelector("canvas"), frame = pad(canvas, form.querySelector("[data-clear]"));
  const box = form.elements.refused, place = form.querySelector("[data-pad]");
  box.addEventListener("change", () => { place.hidden = box.checked; });
  form.addEventListener("reset", () => { frame.blank(); place.hidden = false; });
  onRecord(form, async ({ role, name, capacity, remarks, refused }) => {
    if (!refused && !frame.isSigned()) { tell(say("no-signature"), "bad"); return null; }
    const covers = (await entries()).map((row) => row.sha256).sort();
    const bytes = refused ? null : await frame.bytes();
    const photo = bytes ? await digest(bytes) : "";
    return { body: { role, name, capacity, remarks, refused, covers, photo, size: bytes ? bytes.byteLength : 0 }, bytes };
  });
}

function locate() {
  const said = part(content, "text", "locating");
  said.textContent = say("locating");
  const failed = () => { said.textContent = say("no-position"); content.querySelector("[data-form=place] [name=words]").focus(); };
  if (!navigator.geolocation) return failed();
  navigator.geolocation.getCurrentPosition(async ({ coords }) => {
    said.textContent = "";
    await keep("place", { latitude: coords.latitude.toFixed(6), longitude: coords.longitude.toFixed(6), accuracy: String(Math.min(9999999, Math.round(coords.accuracy))), words: "" });
  }, failed, { enableHighAccuracy: true, timeout: 20e3, maximumAge: 30e3 });
}

const entries = async () => merged(await mine("entries", me.id, shown.visit.visit), shown.visit.entries || []);

/* What is recorded, anew each time something changes; forms are left alone, so that typing is never disturbed. */
async function refresh() {
  if (me && !shown && !visitIn()) return showList();
  if (!me || !shown) return route();
  const was = shown, kept = await get("visits", [me.id, was.visit.visit]);
  if (shown !== was) return;
  if (!kept) { location.hash = ""; return showList(); }
  shown.visit = kept;
  const rows = await entries(), photos = await mine("photos", me.id, kept.visit), isHere = new Map(photos.map((one) => [one.sha256, one]));
  const standing = await progressOf(kept.visit);
  if (shown !== was) return;
  const trace = JSON.stringify([kept.state, rows.map((row) => [row.sha256, row.received, row.refused]), photos.map((one) => [one.sha256, one.received, one.refused])]);
  if (trace === shown.trace) return;
  shown.trace = trace;
  const fixed = new Map();
  rows.filter((row) => row.kind === "correction").forEach((row) => fixed.set(row.body.of, [...(fixed.get(row.body.of) || []), row]));
  const of = (kind) => rows.filter((row) => row.kind === kind);
  const notice = { gone: say("gone"), done: say("closed") }[kept.state] || "";
  write(content, { notice, progress: standing, may_close: kept.state === "under_way" });
  for (const check of kept.checks) answersOf(check, of("check").filter((row) => row.body.check === check.code));
  const checked = new Set(of("check").map((row) => row.body.check)).size;
  write(content, { checked: `${checked} / ${kept.checks.length}` });
  const items = (list, kind, text) => fill(content, list, of(kind).map((row) => item(row, text(row), fixed.get(row.sha256) || [])));
  items("observations", "observation", ({ body }) => [body.grade && say(body.grade), body.fact, body.measure].filter(Boolean).join(" · "));
  items("notes", "note", ({ body }) => body.text);
  fill(content, "places", of("place").map((row) => Object.assign(document.createElement("li"), { textContent: `${placeOf(row.body)} · ${standingOf(row)}` })));
  items("signatures", "signature", ({ body }) => [say(body.role), body.name, body.capacity, body.refused && say("refuses"), body.remarks].filter(Boolean).join(" · "));
  pictures.forEach((url) => URL.revokeObjectURL(url));
  pictures = [];
  subjects(rows, fixed);
  const byHash = new Map(rows.map((row) => [row.sha256, row]));
  fill(content, "photos", of("photo").map((row) => picture(row, isHere.get(row.body.photo), byHash.get(row.body.about), fixed)));
  fill(content, "record", rows.map((row) => clone("recorded", { kind: hour(row.at), text: textOf(row), detail: standingOf(row, isHere.get(row.body.photo)), hash: row.sha256.slice(0, 12), refused: row.refused || isHere.get(row.body.photo)?.refused || "" })));
}

/* What a photo may be about: each observation that stands, and the answer that counts to each point. */
const subjectsOf = (rows, fixed) => [...new Map(rows.filter(({ kind }) => kind === "check").map((row) => [row.body.check, row])).values(),
  ...rows.filter((row) => row.kind === "observation" && !fixed.get(row.sha256)?.at(-1).body.withdrawn)];

function subjects(rows, fixed) {
  const choice = part(content, "form", "photo").elements.about, chosen = choice.value || choice.dataset.wanted || "";
  const known = subjectsOf(rows, fixed);
  choice.replaceChildren(choice.options[0], ...known.map((row) => new Option(subjectOf(row, fixed), row.sha256)));
  choice.value = known.some((row) => row.sha256 === chosen) ? chosen : "";
  delete choice.dataset.wanted;
}

const subjectOf = (row, fixed) => (row.kind === "check" ? labelOf(row.body.check) : fixed?.get(row.sha256)?.at(-1).body.text || row.body.fact);

/* From what was seen to its photo, in one press. */
function photograph(row) {
  const form = part(content, "form", "photo");
  form.elements.about.value = row.sha256;
  form.dispatchEvent(new Event("input"));
  form.scrollIntoView();
  form.elements.file.focus({ preventScroll: true });
}

const placeOf = (body) => body.words || `${body.latitude}, ${body.longitude} (${say("accuracy", { metres: body.accuracy })})`;
const textOf = ({ kind, body }) => ({ check: () => `${labelOf(body.check)} : ${say(body.answer)}`, observation: () => body.fact, note: () => body.text, place: () => placeOf(body),
  photo: () => body.caption || say("photo"), signature: () => body.name, correction: () => body.text || say("withdrawn") }[kind]());
const labelOf = (code) => tongue(shown.visit.checks.find((check) => check.code === code)?.label) || code;
const isOwn = (row) => row.owner !== undefined;

/* A row of the other inspector comes from the server; one of this phone is received when its picture is too. */
function standingOf(row, photo) {
  if (!isOwn(row)) return [row.author_name, say(row.is_late ? "late" : "at-server")].filter(Boolean).join(" · ");
  return say(!row.received || (photo && !photo.received) ? "on-phone" : row.late ? "late" : "at-server");
}

function answersOf(check, answers) {
  const form = content.querySelector(`[data-code="${check.code}"]`), last = answers.at(-1);
  write(form, { counts: last ? `${say(last.body.answer)} · ${hour(last.at)} · ${standingOf(last)}` : "" });
  form.classList.toggle("is-done", Boolean(last));
  form.querySelector("[data-photograph]").onclick = () => photograph(last);
  fill(form, "earlier", answers.slice(0, -1).map((row) => Object.assign(document.createElement("li"), { textContent: `${say(row.body.answer)} · ${hour(row.at)} ${row.body.note}` })));
}

function item(row, text, fixed) {
  const last = fixed.at(-1), corrections = fixed.map(({ body }) => `${say(body.withdrawn ? "withdrawn" : "corrected")} : ${body.text || text} (${body.reason})`).join(" · ");
  const made = clone("item", { text: last?.body.text || text, detail: `${hour(row.at)} · ${standingOf(row)}`, corrections, refused: row.refused || "", can_correct: row.kind !== "signature", can_show: row.kind === "observation" });
  made.querySelector("[data-photograph]").addEventListener("click", () => photograph(row));
  const form = made.querySelector("form");
  form.dataset.key = `correction-${row.sha256}`;
  onRecord(form, ({ text: fresh, reason }) => ({ of: row.sha256, text: fresh, reason, withdrawn: !fresh.trim() }));
  return made;
}

function picture(row, photo, about, fixed) {
  const made = clone("picture", { text: row.body.caption, about: about ? subjectOf(about, fixed) : "", detail: [standingOf(row, photo), row.body.reduced && say("reduced")].filter(Boolean).join(" · "), refused: photo?.refused || "" });
  const image = made.querySelector("img");
  if (photo) { image.src = URL.createObjectURL(new Blob([photo.bytes])); pictures.push(image.src); } else image.src = `/visits/${shown.visit.visit}/photos/${row.body.photo}`;
  image.alt = row.body.caption;
  return made;
}

/* A copy of everything this phone keeps of the visit, for whoever cannot send it. */
async function copy() {
  const visit = shown.visit.visit, photos = await mine("photos", me.id, visit);
  const coded = await Promise.all(photos.map(async (one) => ({ sha256: one.sha256, content: await new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result);
    reader.readAsDataURL(new Blob([one.bytes]));
  }) })));
  const text = JSON.stringify({ visit, entries: (await entries()).map(({ sha256, text: said }) => ({ sha256, text: said })), photos: coded });
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(new Blob([text], { type: "application/json" })), download: `visit-${visit}.json` });
  link.click();
}

async function route() {
  const number = visitIn(), visit = me && number ? await get("visits", [me.id, number]) : null;
  if (!visit) return showList();
  if (shown?.visit.visit !== number) { await showVisit(visit); byId("main").focus({ preventScroll: true }); scrollTo(0, 0); }
  return refresh();
}

async function begin() {
  me = (await get("settings", "me")) || null;
  addEventListener("hashchange", route);
  addEventListener("online", () => synchronise());
  addEventListener("offline", () => stand());
  document.addEventListener("visibilitychange", () => document.hidden || synchronise());
  byId("send").addEventListener("click", () => synchronise(true));
  await route();
  await stand();
  navigator.serviceWorker?.register(document.body.dataset.worker, { scope: "/field" }).catch(() => {});
  await synchronise();
  setInterval(synchronise, EVERY);
}

begin();
