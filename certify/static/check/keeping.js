/* What this device knows, in one row of IndexedDB: a bundle, as signed, and when it came. One row is one write: a bundle
   that came by half, or was refused, leaves the one before as it was: nothing goes backward. */
const NAME = "certify-check", STORE = "kept", KEY = "bundle";
let opened;

const open = () => opened ||= new Promise((done, fail) => {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(STORE);
  asked.onsuccess = () => { asked.result.onclose = () => { opened = null; }; done(asked.result); };
  asked.onerror = () => { opened = null; fail(asked.error); };
});

async function act(mode, work) {
  const base = await open();
  return new Promise((done, fail) => {
    const transaction = base.transaction(STORE, mode, { durability: "strict" }), asked = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => done(asked.result);
    transaction.onabort = () => fail(transaction.error || new DOMException("", "AbortError"));
  });
}

export const load = () => act("readonly", (store) => store.get(KEY));

/* Keep a row in place of the one that came at `after`: what came meanwhile, from another tab, was not held against this
   one, and stays. */
export const save = (row, after) => act("readwrite", (store) => {
  const asked = store.get(KEY);
  asked.onsuccess = () => { if (asked.result?.receivedAt === after) store.put(row, KEY); };
  return asked;
});
