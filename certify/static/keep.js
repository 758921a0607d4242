/* Keeps on this device what is typed in a form until the server has saved it; without it every page works the same.
   Forms: data-keep="KEY", with data-unsaved when they show again what was just posted; saved: data-kept-clear="KEY".
   An answer is put back only where the server still says what it said when it was typed.
   Never kept: passwords, files, what is inside data-private. */
(() => {
  "use strict";
  const PREFIX = "certify:", LIFE = 14 * 24 * 3600e3, PAUSE = 5e3;
  const UNKEPT = ["hidden", "password", "file", "submit", "button", "fieldset"];
  let store;
  try { store = localStorage; store.length; } catch { store = null; }

  const each = (selector, act) => document.querySelectorAll(selector).forEach(act);
  const keys = () => Object.keys(store).filter((key) => key.startsWith(PREFIX));
  const forget = (key) => keys().forEach((one) => (one + "-").startsWith(PREFIX + key + "-") && store.removeItem(one));
  const read = (key) => { try { return JSON.parse(store.getItem(key)); } catch { return null; } };
  const write = (key, value) => { try { store.setItem(key, JSON.stringify(value)); } catch { /* full: the server still saves */ } };
  const isBox = (field) => field.type === "checkbox" || field.type === "radio";
  const fields = (form) => [...form.elements].filter((field) =>
    field.name && !UNKEPT.includes(field.type) && !field.closest("[data-private]"));
  const values = (form) => fields(form).map((field) => [field.name, isBox(field) ? field.value : null,
    isBox(field) ? field.checked : field.multiple ? [...field.options].map((option) => option.selected) : field.value]);
  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  const place = ([name, box]) => name + "\n" + box;
  const named = (answers) => new Map(answers.map((answer) => [place(answer), answer[2]]));

  const set = (field, value) => {
    if (isBox(field)) field.checked = value;
    else if (field.multiple) value.forEach((on, i) => { if (field.options[i]) field.options[i].selected = on; });
    else field.value = value;
  };

  const put = (form, answers) => {
    const wanted = named(answers), keys = values(form).map(place);
    fields(form).forEach((field, i) => wanted.has(keys[i]) && set(field, wanted.get(keys[i])));
  };

  const missing = (kept, served) => {
    const [base, now] = [named(kept.base), named(served)];
    return kept.values.filter((answer) => {
      const key = place(answer);
      return now.has(key) && same(base.get(key), now.get(key)) && !same(answer[2], now.get(key));
    });
  };

  const keep = (form) => {
    const key = PREFIX + form.dataset.keep, served = values(form), kept = read(key);
    const notice = form.querySelector("[data-kept-notice]"), drop = form.querySelector("[data-kept-drop]");
    const isUnsaved = "unsaved" in form.dataset, lost = kept?.base && !isUnsaved ? missing(kept, served) : [];
    const base = isUnsaved && kept?.base ? kept.base : served;
    let timer;
    const save = () => { clearTimeout(timer); write(key, { at: Date.now(), base, values: values(form) }); };
    if (lost.length) {
      put(form, lost);
      if (notice) notice.hidden = false;
    } else if (kept && !isUnsaved) store.removeItem(key);
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 300); });
    form.addEventListener("change", save);
    form.addEventListener("submit", save);
    if (drop) drop.addEventListener("click", () => {
      clearTimeout(timer); store.removeItem(key); put(form, served); notice.hidden = true;
    });
  };

  if (store) {
    keys().forEach((key) => { if (!(Date.now() - read(key)?.at < LIFE)) store.removeItem(key); });
    each("[data-kept-clear]", (sign) => forget(sign.dataset.keptClear));
    each("[data-kept-clear-on-submit]", (form) => form.addEventListener("submit", () => keys().forEach((key) => store.removeItem(key))));
    each("form[data-keep]", keep);
  }

  /* Whoever signed out leaves no mission on this device; what the server has not received stays for its author. */
  each("[data-left]", async (sign) => {
    const bases = (await globalThis.indexedDB?.databases?.()) || [];
    if (bases.some((base) => base.name === "certify-field")) (await import(sign.dataset.left)).sweep();
  });

  /* A second press within five seconds is not a second act. */
  const sent = new WeakMap();
  document.addEventListener("submit", (event) => {
    const form = event.target, pressed = event.submitter;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (Date.now() - (sent.get(form) || 0) < PAUSE) { event.preventDefault(); return; }
    sent.set(form, Date.now());
    const free = () => { sent.delete(form); pressed?.removeAttribute("aria-disabled"); };
    pressed?.setAttribute("aria-disabled", "true");
    setTimeout(free, PAUSE);
    addEventListener("pageshow", free, { once: true });
  });
  each("[data-focus]", (first, place) => place || first.focus());
})();
