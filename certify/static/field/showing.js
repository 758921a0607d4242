/* Clones the templates of the page and fills them. Text is only ever written as text. */
export const LOCALES = { ar: "ar-MA-u-nu-latn", fr: "fr-MA", en: "en-GB" };
export const LANGUAGE = document.documentElement.lang, ZONE = "Africa/Casablanca";
const MONTHS = { ar: ["يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"] };

export const tongue = (words) => (words && (words[LANGUAGE] || words.fr || words.ar || words.en)) || "";
export const named = (thing, name) => (LANGUAGE === "ar" && thing[`${name}_ar`]) || thing[`${name}_fr`];

const WORDS = new Map([...document.getElementById("words").content.querySelectorAll("[data-word]")].map((one) => [one.dataset.word, one.textContent]));
export const phrase = (word, facts = {}) => (WORDS.get(word) || word).split(/\{(\w+)\}/).map((piece, place) => (place % 2 ? facts[piece] : piece));
export const say = (word, facts) => phrase(word, facts).join("");

export function day(text) {
  const [year, month, number] = text.split("-").map(Number);
  if (MONTHS[LANGUAGE]) return `${number} ${MONTHS[LANGUAGE][month - 1]} ${year}`;
  return new Date(Date.UTC(year, month - 1, number)).toLocaleDateString(LOCALES[LANGUAGE], { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}
export const hour = (moment) => new Date(moment).toLocaleTimeString(LOCALES[LANGUAGE], { hour: "2-digit", minute: "2-digit", timeZone: ZONE });

export const part = (root, name, value) => root.querySelector(`[data-${name}="${value}"]`);

/* A code breaks behind its separators first, as views/spelling.py has it; what is copied has nothing there. */
function spell(place, text) {
  const pieces = String(text).match(/[/@-]*[^/@-]*[/@-]*/g).filter(Boolean);
  place.replaceChildren(...pieces.flatMap((piece, index) => (index ? [document.createElement("wbr"), piece] : [piece])));
  return place;
}
export const coded = (text) => spell(Object.assign(document.createElement("bdi"), { dir: "ltr", className: "code" }), text);

/* Write the texts of a clone, each a string or the parts of a phrase; what has none, and is told to, does not appear. */
const put = (place, text) => (place.matches("bdi.code") ? spell(place, text) : place.replaceChildren(...[text].flat()));
export function write(root, texts) {
  root.querySelectorAll("[data-text]").forEach((place) => { if (place.dataset.text in texts) put(place, texts[place.dataset.text] ?? ""); });
  root.querySelectorAll("[data-show]").forEach((place) => { if (place.dataset.show in texts) place.hidden = !texts[place.dataset.show]; });
  return root;
}

export const clone = (id, texts = {}) => write(document.getElementById(id).content.cloneNode(true).firstElementChild, texts);
export function whole(id, texts = {}) {
  const fragment = document.getElementById(id).content.cloneNode(true);
  return write(fragment, texts);
}
export const fill = (root, list, items) => part(root, "list", list).replaceChildren(...items);
