/* What this phone keeps, in IndexedDB. A write is done when it is on the disk ("strict"): the browser may be killed.
   visits: a mission, by [owner, visit]; entries: what was recorded, by its SHA-256; photos: bytes, by visit and SHA-256;
   drafts: what is being typed; settings: who uses this phone. Nothing recorded is deleted but by `forget`. */
const NAME = "certify-field", STORES = { visits: ["owner", "visit"], entries: "sha256", photos: "key", drafts: "key", settings: "key" };
let opened;

const open = () => opened ||= new Promise((done, fail) => {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => Object.entries(STORES).forEach(([name, keyPath]) => asked.result.createObjectStore(name, { keyPath }));
  asked.onsuccess = () => { asked.result.onclose = () => { opened = null; }; done(asked.result); };
  asked.onerror = () => { opened = null; fail(asked.error); };
});

async function act(mode, names, work) {
  const base = await open();
  return new Promise((done, fail) => {
    const transaction = base.transaction(names, mode, { durability: "strict" });
    let result;
    transaction.oncomplete = () => done(result?.result);
    transaction.onabort = () => fail(transaction.error || new DOMException("", "AbortError"));
    result = work(...names.map((name) => transaction.objectStore(name)));
  });
}

export const get = (name, key) => act("readonly", [name], (store) => store.get(key));
export const all = (name) => act("readonly", [name], (store) => store.getAll());
export const put = (name, value) => act("readwrite", [name], (store) => store.put(value));
export const drop = (name, key) => act("readwrite", [name], (store) => store.delete(key));

/* Keep an entry and its picture together, or neither. */
export const record = (entry, photo) => act("readwrite", ["entries", "photos"], (entries, photos) => {
  if (photo) photos.put(photo);
  return entries.put(entry);
});

/* Change what is noted beside a row, never what was recorded. */
export const mark = (name, key, noted) => act("readwrite", [name], (store) => {
  const asked = store.get(key);
  asked.onsuccess = () => { if (asked.result) store.put({ ...asked.result, ...noted }); };
});

/* Tell whether somebody else's entries or photos still wait on this phone. */
export const othersWait = async (owner) =>
  [...(await all("entries")), ...(await all("photos"))].some((row) => row.owner !== owner && !row.received);

export const mine = async (name, owner, visit) =>
  (await all(name)).filter((row) => row.owner === owner && (visit === undefined || row.visit === visit));

/* Take a visit off the phone, if the server has confirmed every entry and every picture of it. */
export const forget = (owner, visit) => act("readwrite", ["visits", "entries", "photos", "drafts"], (visits, entries, photos, drafts) => {
  const [recorded, pictures] = [entries.getAll(), photos.getAll()];
  pictures.onsuccess = () => {
    const own = (rows) => rows.result.filter((row) => row.owner === owner && row.visit === visit);
    if ([...own(recorded), ...own(pictures)].some((row) => !row.received)) return;
    own(recorded).forEach((row) => entries.delete(row.sha256));
    own(pictures).forEach((row) => photos.delete(row.key));
    drafts.delete(IDBKeyRange.bound(`${owner}-${visit}-`, `${owner}-${visit}-\uffff`));
    visits.delete([owner, visit]);
  };
});

/* After signing out, what the server has goes; what it has not stays, and waits for its author. */
export async function sweep() {
  for (const { owner, visit } of await all("visits")) await forget(owner, visit);
  await act("readwrite", ["visits", "settings"], (visits, settings) => { visits.clear(); settings.delete("me"); });
}
