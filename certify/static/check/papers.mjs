/* What a PDF says of itself, and whether the label's seal on it is whole (PAdES: CMS, RFC 5652, over a ByteRange). Pure,
   WebCrypto alone; what shows on the page of a PDF is not read, nor is anything compressed. */
import { hash, join, must, same, Untrusted } from "./signed.mjs";

const NUMBER = /<dc:identifier>\s*(?:<[^>]+>\s*)*([A-Z0-9-]{4,48})\s*</, RANGE = /\/ByteRange\s*\[\s*0\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]/;
const SEQUENCE = 0x30, SET = 0x31, OCTETS = 0x04, FIRST = 0xa0, MESSAGE_DIGEST = "42,134,72,134,247,13,1,9,4", RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };

/* Read a PDF: { number, seal }, the number that its metadata state in the clear, or "", and of the seal
     missing    there is none, or nothing that can be read as one
     unknown    it was made with another certificate than those that this device knows
     broken     one of ours, and what it was made for is no longer what the file holds
     appended   one of ours, whole, and something behind it
     intact     one of ours, and the file is what it was made for, save the place of the seal itself
   `certificates` are those that papers were ever sealed with (DER). */
export async function readPaper(bytes, certificates) {
  const text = new TextDecoder("latin1").decode(bytes), number = NUMBER.exec(text)?.[1] || "", range = RANGE.exec(text);
  if (!range) return { number, seal: "missing" };
  const [before, from, length] = range.slice(1).map(Number), end = from + length;
  let cms;
  try {
    cms = readSignature(inHole(text, before, from));
  } catch (fault) {
    if (!(fault instanceof Untrusted)) throw fault;
    return { number, seal: number ? "broken" : "missing" };
  }
  const signed = await Promise.all(certificates.map((one) => isSignedBy(one, cms)));
  if (!signed.includes(true)) return { number, seal: certificates.some((one) => cms.certificates.some((other) => same(one, other))) ? "broken" : "unknown" };
  const covered = new Uint8Array(Math.max(0, before) + Math.max(0, Math.min(end, bytes.length) - from));
  covered.set(bytes.subarray(0, before));
  covered.set(bytes.subarray(from, end), before);
  if (end > bytes.length || !same(await hash(covered), cms.digest)) return { number, seal: "broken" };
  return { number, seal: end < bytes.length ? "appended" : "intact", end };
}

/* The licence that a certificate is of, by its number (CERT-licence-version); null of other papers. */
export const licenceOf = (number) => /^CERT-(TDM-[A-Z0-9-]+)-[0-9]+$/.exec(number)?.[1] || null;

/* The one place that a seal does not cover holds it in hexadecimal, as we write it, then zeros, and nothing else. */
function inHole(text, before, from) {
  const written = text.slice(before, from);
  must(from > before && from <= text.length && /^<(?:[0-9A-F]{2})+>$/.test(written), "the place of the seal holds something else");
  return Uint8Array.from(written.slice(1, -1).match(/../g), (pair) => parseInt(pair, 16));
}

/* DER: the element at a place, { tag, bytes, from, to } with the places of its content; and all of them between two. */
function element(bytes, start, end) {
  const tag = bytes[start], short = bytes[start + 1], width = short > 0x80 ? short & 0x7f : 0, from = start + 2 + width;
  must((tag & 31) !== 31 && short !== 0x80 && width <= 4 && from <= end, "this is no DER");
  const size = width ? bytes.subarray(start + 2, from).reduce((sum, byte) => sum * 256 + byte, 0) : short, to = from + size;
  must(to <= end, "this is no DER");
  return { tag, from, to, bytes: bytes.subarray(start, to) };
}
function elements(bytes, from, to) {
  const found = [];
  for (let place = from; place < to; place = found.at(-1).to) found.push(element(bytes, place, to));
  return found;
}
const inside = (bytes, part, tag) => { must(part?.tag === tag, "this is no CMS"); return elements(bytes, part.from, part.to); };
const content = (bytes, part) => bytes.subarray(part.from, part.to);

/* The one signature of a CMS: what it was made over (the signed attributes), the digest these state, the certificates. */
function readSignature(bytes) {
  const whole = element(bytes, 0, bytes.length);
  must(bytes.subarray(whole.to).every((byte) => byte === 0), "something follows the seal");
  const [, wrapped] = inside(bytes, whole, SEQUENCE), [data] = inside(bytes, wrapped, FIRST), parts = inside(bytes, data, SEQUENCE);
  const given = parts.find((part) => part.tag === FIRST), signers = inside(bytes, parts.at(-1), SET);
  must(signers.length === 1, "there is not one signer");
  const said = inside(bytes, signers[0], SEQUENCE), place = said.findIndex((part) => part.tag === FIRST), signature = said[place + 2];
  must(place > 0 && signature?.tag === OCTETS, "the seal signs no attributes");
  const digests = inside(bytes, said[place], FIRST).map((one) => inside(bytes, one, SEQUENCE)).filter(([kind]) => content(bytes, kind).join() === MESSAGE_DIGEST);
  must(digests.length === 1, "the seal does not say what it was made for");
  const [digest, more] = inside(bytes, digests[0][1], SET);
  must(digest?.tag === OCTETS && !more, "the seal does not say what it was made for");
  return { signature: content(bytes, signature), digest: content(bytes, digest), attributes: join([SET], said[place].bytes.subarray(1)),
    certificates: given ? elements(bytes, given.from, given.to).map((one) => one.bytes) : [] };
}

/* Whether the key of a certificate (X.509: the part behind its subject) made a signature. One of another kind did not. */
async function isSignedBy(certificate, { signature, attributes }) {
  const [body] = inside(certificate, elements(certificate, 0, certificate.length)[0], SEQUENCE), parts = inside(certificate, body, SEQUENCE);
  const key = await crypto.subtle.importKey("spki", parts[parts[0].tag === FIRST ? 6 : 5].bytes, RSA, false, ["verify"]).catch(() => null);
  return key !== null && crypto.subtle.verify(RSA, key, signature, attributes);
}
