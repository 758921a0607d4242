/* What a code says before anybody is asked: the grammar of certify/trust/seal.py and of certify/workflows/numbering.py. */
const BY_GTIN = /^\/01\/([0-9]{14})(?:\/10\/([0-9A-Z-]{1,20}))?(?:\/21\/([0-9A-Z]{12}))?$/, BY_GDTI = /^\/253\/([0-9]{13})([0-9A-Z]{0,17})$/;
const SEAL = /^[A-Z2-7]{104}$/, CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ", BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", LONGEST = 300;
const SCHEME = /^([a-z][a-z0-9+.-]*):([/\\]{2})/i, SITE = /^(?:[^\s/?#]*[@\\])?(?:(?:[^\s/?#:@\\.]+\.)+(?:[\p{L}\p{Nl}\p{No}]{2,}|xn--[a-z0-9-]+)|[0-9]+(?:\.[0-9]+){3})(?::[0-9]*)?\//iu, PORTS = { https: "443", http: "80" };

/* What people type or paste, as `tidy` of certify/workflows/words.py reads it: the digits of every script are ours, every
   dash is plain, and what nobody sees, such as the direction marks of an Arabic page, is left out. */
const tidy = (text) => text.replace(/\p{Nd}/gu, digitOf).replace(/[\p{Pd}\u2212]/gu, "-").replace(/[\s\x1c-\x1f\x85]/g, " ").replace(/\p{C}/gu, "");

/* Return the value of a digit: in Unicode those of a script stand in a row, from its zero on. */
function digitOf(digit) {
  let before = digit.codePointAt(0) - 1;
  while (/\p{Nd}/u.test(String.fromCodePoint(before))) before -= 1;
  return String((digit.codePointAt(0) - before - 1) % 10);
}

/* Return the twelve symbols of a mark however it is typed, or null. */
export function parseMark(text) {
  const mark = tidy(text).toUpperCase().replace(/[ .\-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
  return mark.length === 12 && [...mark].every((symbol) => CROCKFORD.includes(symbol)) && luhn(mark.slice(0, -1)) === mark.at(-1) ? mark : null;
}

function luhn(symbols) {
  const total = [...symbols].reverse().reduce((sum, symbol, place) => {
    const value = CROCKFORD.indexOf(symbol);
    return sum + (place % 2 ? value : Math.floor(value * 2 / 32) + value * 2 % 32);
  }, 0);
  return CROCKFORD[(32 - total % 32) % 32];
}

/* Return the GS1 modulo 10 check digit. */
const checkDigit = (digits) => String((10 - [...digits].reverse().reduce((sum, digit, place) => sum + digit * (place % 2 ? 1 : 3), 0) % 10) % 10);

/* Read a canonical path: { gtin, lot, serial } or { gdti, document }, with `path`; or null. */
export function parsePath(path) {
  const [, gtin, lot, serial] = BY_GTIN.exec(path) || [], [, gdti, document] = BY_GDTI.exec(path) || [], key = gtin || gdti;
  if (!key || checkDigit(key.slice(0, -1)) !== key.at(-1)) return null;
  if (serial && parseMark(serial) !== serial) return null;
  return gtin ? { path, gtin, lot, serial } : { path, gdti, document };
}

/* Tell whether a site is one of `ours` by all that is written: whatever hides a host makes it another's. */
function isOurs(site, scheme, ours) {
  const written = site.toLowerCase(), [, name, port = ""] = /^([^:]*):?(.*)$/s.exec(written);
  return /^[\0-\x7f]*$/.test(site) && (ours.includes(written) || ["", PORTS[scheme]].includes(port) && ours.includes(name.replace(/\.$/, "")));
}

/* Part an address as certify/workflows/address.py does: { path } behind one of our hosts, { foreign } the host of another,
   {} one that names nothing; null when it is no address. */
function partAddress(typed, ours) {
  const begun = typed.slice(0, LONGEST), bare = begun.split("/")[0], isBare = begun.includes("/") && isOurs(bare, "https", ours) || SITE.test(begun);
  const [whole, scheme, slashes] = SCHEME.exec(begun) || (isBare ? ["", "https", "//"] : []);
  if (!scheme) return typed.startsWith("/") ? { path: /^[^?#]*/.exec(typed)[0] } : null;
  const kind = scheme.toLowerCase(), [, site, path] = /^([^/?#]*)([^?#]*)/.exec(begun.slice(whole.length));
  if (!Object.hasOwn(PORTS, kind)) return {};
  if (slashes === "//" && isOurs(site, kind, ours)) return { path };
  if (!site || site.split("[").length !== site.split("]").length || /\p{Cs}/u.test(site)) return {};
  const host = hostOf(`${kind}:${slashes}${site}`);
  return { foreign: host && !isOurs(host, kind, ours) ? host : slashes === "//" ? site : slashes + site };
}

/* The host of an address as a browser would go there, whatever is written to hide it; null when it is no address. */
export function hostOf(text) {
  const found = /^\s*([a-z][a-z0-9+.-]*):[/\\]{2}([^/\\?#]*)/i.exec(text);
  if (!found || !/^https?$/i.test(found[1])) return null;
  const written = found[2].split("@").at(-1).toLowerCase();
  try { return new URL(`${found[1]}://${written}`).host; } catch { return written || null; }
}

/* Tell whether what is no code of ours passes itself off as one: it bears our name where the host stands, or has the shape
   of a mark or of a seal. Any other is merely somebody else's; so is a GTIN without a seal, which every brand may write. */
export function poses(text, hosts, here = "") {
  const [, host, path] = /^\s*(?:[a-z][a-z0-9+.-]*:[/\\]{2})?([^/\\?#]*)([^?#]*)/i.exec(text), plain = (name) => name.toLowerCase().replace(/:\d+$/, "").replace(/[^a-z0-9]/g, "");
  if ([...hosts, here].filter(Boolean).some((ours) => plain(host).includes(plain(ours)))) return true;
  const [, first, second = ""] = path.split(/[/\\]/);
  return SEAL.test(first?.toUpperCase()) || BY_GDTI.test(path.toUpperCase()) || /^v$/i.test(first) && parseMark(second) !== null;
}

/* Take apart what was scanned or typed:
     { foreign: host }            another site's address
     { mark }                     the short mark, alone or behind /v/ of our address: nothing is signed
     { seal, path, … }            a code of ours; `seal` is null when it bears none
     { malformed: true }          nothing of ours
   `hosts` are those that the trust manifest names, and `here` the one that serves this page. */
export function parseCode(text, hosts, here = "") {
  const typed = text.replace(/\p{Cf}/gu, "").replace(/^[\s\x1c-\x1f\x85]+|[\s\x1c-\x1f\x85]+$/g, "");
  const address = partAddress(typed, [...hosts, here].filter(Boolean));
  if (address?.foreign) return address;
  if ([...typed].length > LONGEST || address && !address.path) return { malformed: true };
  if (!address || /^\/v\//i.test(address.path)) {
    const mark = parseMark(address ? address.path.slice(3).replace(/\/$/, "").replace(/\.json$/i, "") : typed);
    return mark ? { mark } : { malformed: true };
  }
  const path = address.path.replace(/[a-z]/g, (letter) => letter.toUpperCase()), first = path.split("/")[1], seal = SEAL.test(first) ? first : null;
  const identity = parsePath(seal ? path.slice(seal.length + 1) : path);
  return identity ? { seal, ...identity } : { malformed: true };
}

/* Read the 65 bytes of a seal: one that names the key, 64 of the signature. */
export function sealBytes(seal) {
  const bytes = new Uint8Array(65);
  let held = 0, bits = 0, place = 0;
  for (const symbol of seal) {
    held = (held << 5 | BASE32.indexOf(symbol)) & 0xfff;
    bits += 5;
    if (bits >= 8) { bits -= 8; bytes[place++] = held >> bits & 0xff; }
  }
  return bytes;
}
