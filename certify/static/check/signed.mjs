/* Signatures, text and bytes: what everything that the label publishes is verified with. WebCrypto alone, and pure.
   What must not be believed raises Untrusted; the message is for a log. */
export class Untrusted extends Error {}
export const utf8 = new TextEncoder(), hash = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
export const join = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
export const same = (one, other) => one.length === other.length && one.every((byte, place) => byte === other[place]);
export function must(holds, fault) { if (!holds) throw new Untrusted(fault); }

/* A browser without Ed25519 is given another way of checking signatures, or is told that it cannot. */
let check = async (message, signature, key) =>
  crypto.subtle.verify("Ed25519", await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]), signature, message);
export const useEd25519 = (verify) => { check = verify; };
export const isSigned = async (message, signature, key) => signature.length === 64 && key.length === 32 && check(message, signature, key);

/* RFC 8032, test 1: tells whether signatures can be checked here, and are. */
export async function canVerify() {
  const [key, good] = ["d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"]
    .map((text) => Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16)));
  try { return await isSigned(new Uint8Array(), good, key) && !(await isSigned(new Uint8Array(1), good, key)); } catch { return false; }
}

/* Only the one way of writing some bytes is accepted. */
export function fromBase64(text) {
  let raw;
  try { raw = atob(text); } catch { throw new Untrusted("not base64"); }
  const bytes = new Uint8Array(raw.length);
  for (let place = 0; place < raw.length; place += 1) bytes[place] = raw.charCodeAt(place);
  must(text.length % 4 === 0 && !/\s/.test(text), "not canonical base64");
  const left = bytes.length % 3;
  must(!left || btoa(String.fromCharCode(...bytes.slice(-left))) === text.slice(-4), "not canonical base64");
  return bytes;
}
export function fromBase64url(text) {
  must(typeof text === "string" && /^[A-Za-z0-9_-]*$/.test(text) && text.length % 4 !== 1, "not base64url");
  return fromBase64(text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - text.length % 4) % 4));
}
export function json(bytes) {
  try { return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)); } catch { throw new Untrusted("not JSON"); }
}

/* Statements (JWS): one algorithm, the exact kind, a key of the role that may sign it. */
export async function signer(header, payload, signature, kind, keys) {
  const said = json(fromBase64url(header));
  must(Object.keys(said).sort().join() === "alg,kid,typ" && ["Ed25519", "EdDSA"].includes(said.alg) && said.typ === kind, `this is no ${kind}`);
  must(keys.has(said.kid), `the key ${said.kid} may not sign a ${kind}`);
  must(await isSigned(utf8.encode(`${header}.${payload}`), fromBase64url(signature), keys.get(said.kid)), "the signature is not of this text");
  return said.kid;
}
export async function readToken(token, kind, keys) {
  const parts = typeof token === "string" ? token.split(".") : [];
  must(parts.length === 3, "this is no token");
  await signer(...parts, kind, keys);
  return json(fromBase64url(parts[1]));
}
