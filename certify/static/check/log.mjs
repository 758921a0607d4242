/* The public log: heads that the log and its witnesses signed, proofs that an entry is in it, and that it goes on from
   what was seen of it (RFC 6962; C2SP tlog-checkpoint, -cosignature, -tiles, -proof). Pure: `tile(path)` fetches a file. */
import { fromBase64, fromBase64url, hash, isSigned, join, json, must, readToken, same, Untrusted, utf8 } from "./signed.mjs";

/* The log signed two pasts: that is proved, and nothing of the second is kept. */
export class Forked extends Untrusted {}
/* As yet too few witnesses signed a head. */
export class Unwitnessed extends Untrusted {}
const WIDTH = 256, HEIGHT = 8, HASH = 32, LOG = 1, COSIGNATURE = 4, TIME = 8;

async function readKey(text) {
  const [, name, id, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) || [], blob = fromBase64(encoded || "");
  must(name && [LOG, COSIGNATURE].includes(blob[0]), "this is no key of notes that is read here");
  const named = (await hash(join(utf8.encode(`${name}\n`), blob))).slice(0, 4);
  must([...named].map((byte) => byte.toString(16).padStart(2, "0")).join("") === id, "this is no key of notes");
  return { name, id: named, kind: blob[0], key: blob.slice(1) };
}

/* A signature of the text itself, or of the text under the time at which a witness saw it. */
function isOfKey({ kind, key }, text, blob) {
  if (kind === LOG) return isSigned(utf8.encode(text), blob, key);
  const seconds = new DataView(join(blob.slice(0, TIME), new Uint8Array(TIME)).buffer).getBigUint64(0);
  return isSigned(utf8.encode(`cosignature/v1\ntime ${seconds}\n${text}`), blob.slice(TIME), key);
}

/* A head: what the log signed, and how many of the witnesses that count did; `quorum` of them must. Signatures of others
   are passed over, a false one of a known key is not. */
export async function readCheckpoint(note, { log, witnesses = [], quorum = 0 }) {
  const keys = await Promise.all([log, ...witnesses].map(readKey)), [{ name: origin, kind }] = keys;
  const end = note.lastIndexOf("\n\n"), text = note.slice(0, end + 1), [said, size, root] = text.split("\n"), signers = new Set();
  must(end > 0 && kind === LOG && said === origin && /^(0|[1-9][0-9]{0,14})$/.test(size), "this is no checkpoint of this log");
  for (const line of note.slice(end + 2).split("\n").filter((line) => line.startsWith("— "))) {
    const [, name, encoded] = line.split(" ");
    if (!keys.some((key) => key.name === name)) continue;
    const blob = fromBase64(encoded || ""), key = keys.find((key) => key.name === name && same(key.id, blob.slice(0, 4)));
    if (!key) continue;
    must(await isOfKey(key, text, blob.slice(4)), `the signature of ${name} is false`);
    signers.add(name);
  }
  must(signers.delete(origin), "the log did not sign this");
  if (signers.size < quorum) throw new Unwitnessed(`${signers.size} of the ${quorum} witnesses needed signed the head`);
  const found = fromBase64(root);
  must(found.length === HASH, "this is no checkpoint of this log");
  return { origin, size: Number(size), root: found, witnesses: signers.size };
}

/* A proof of inclusion leads from a leaf to the root of a signed head. */
export const leafHash = (entry) => hash(join([0], entry)), nodeHash = (left, right) => hash(join([1], left, right));
export async function readProof(text, leaf, signers) {
  const gap = text.indexOf("\n\n"), [kind, place, ...path] = text.slice(0, gap).split("\n"), note = text.slice(gap + 2);
  const index = Number(/^index (0|[1-9][0-9]*)$/.exec(place)?.[1]), checkpoint = await readCheckpoint(note, signers);
  must(gap > 0 && kind === "c2sp.org/tlog-proof@v1" && index < checkpoint.size, "this is no proof of inclusion");
  let found = leaf, at = index, last = checkpoint.size - 1;
  for (; last; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 === 0 && at === last) continue;
    must(path.length, "the proof is too short");
    const other = fromBase64(path.shift());
    found = await (at % 2 ? nodeHash(other, found) : nodeHash(found, other));
  }
  must(!path.length && same(found, checkpoint.root), "the proof does not lead to the root");
  return { index, ...checkpoint };
}

/* Return when a log of `head` begins with all that one of `seen` held, as its tiles prove. Raises Forked when it does
   not, which is proved too; Untrusted when the tiles are not of that head; and what `tile` raises. */
export async function mustGoOn(seen, head, tile) {
  must(seen.size <= head.size, "the log became shorter");
  if (seen.size === head.size) {
    if (!same(seen.root, head.root)) throw new Forked("two roots were signed for one size");
    return;
  }
  if (!seen.size) return;
  const [node, ...others] = await beginning(seen.size, 0, head.size, subtreesOf(head.size, tile));
  let first = node, second = node, place = seen.size - 1, last = head.size - 1;
  const up = () => { place = Math.floor(place / 2); last = Math.floor(last / 2); };
  while (place % 2) up();
  for (const other of others) {
    if (place % 2 || place === last) {
      [first, second] = [await nodeHash(other, first), await nodeHash(other, second)];
      while (place && place % 2 === 0) up();
    } else second = await nodeHash(second, other);
    up();
  }
  must(same(second, head.root), "the tiles are not those of this head");
  if (!same(first, seen.root)) throw new Forked("the log was rewritten");
}

/* RFC 6962 SUBPROOF, which begins with a subtree of the tiles always, also where the root of a power of two would do:
   then what leads to the new root is proved by itself, and another old root is a fork, not a damaged tile. */
async function beginning(old, begin, end, subtree) {
  if (old === end) return [await rangeHash(begin, end, subtree)];
  const middle = begin + split(end - begin);
  if (old <= middle) return [...await beginning(old, begin, middle, subtree), await rangeHash(middle, end, subtree)];
  return [...await beginning(old, middle, end, subtree), await rangeHash(begin, middle, subtree)];
}
function split(length) {
  let half = 1;
  while (half * 2 < length) half *= 2;
  return half;
}
async function rangeHash(begin, end, subtree) {
  const length = end - begin, half = split(length);
  if (length === 1 || half * 2 === length) return subtree(Math.round(Math.log2(length)), begin / length);
  return nodeHash(await rangeHash(begin, begin + half, subtree), await rangeHash(begin + half, end, subtree));
}

/* The subtrees of the first `size` leaves: `(height, place)` is read from the tile that holds it or what it is made of. */
function subtreesOf(size, tile) {
  const read = new Map();
  return async (height, place) => {
    const level = Math.floor(height / HEIGHT), count = 2 ** (height % HEIGHT), first = place * count, number = Math.floor(first / WIDTH);
    const width = Math.min(WIDTH, Math.floor(size / WIDTH ** level) - number * WIDTH), path = tilePath(level, number, width);
    if (!read.has(path)) read.set(path, tile(path));
    const bytes = await read.get(path), from = first % WIDTH;
    must(bytes.length === width * HASH, "a tile is cut");
    let row = Array.from({ length: count }, (_, each) => bytes.slice((from + each) * HASH, (from + each + 1) * HASH));
    while (row.length > 1) row = await Promise.all(Array.from({ length: row.length / 2 }, (_, each) => nodeHash(row[each * 2], row[each * 2 + 1])));
    return row[0];
  };
}
export function tilePath(level, number, width) {
  const groups = String(number).padStart(Math.ceil(String(number).length / 3) * 3, "0").match(/.{3}/g);
  return `tile/${level}/${groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join("/")}${width < WIDTH ? `.p/${width}` : ""}`;
}

/* The grant of a licence: its credential, signed, and the entry of the log that tells of its issue, proved to be under a
   signed head. `entriesOf` is the path of the bundle that holds the entry (tlog-tiles). */
const placeIn = (proof) => [/\nindex (\d+)\n/, /\n\n[^\n]+\n(\d+)\n/].map((shape) => Number(shape.exec(proof)?.[1]));
export function entriesOf(proof) {
  const [index, size] = placeIn(proof), bundle = Math.floor(index / WIDTH);
  return tilePath("entries", bundle, Math.min(WIDTH, size - bundle * WIDTH));
}
export async function readGrant({ token, proof, bundle }, licence, manifest) {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.length), [index] = placeIn(proof);
  let from = 0;
  for (let passed = 0; passed < index % WIDTH; passed += 1) { must(from + 2 <= bundle.length, "the entries are cut"); from += 2 + view.getUint16(from); }
  must(from + 2 <= bundle.length, "the entries are cut");
  const entry = bundle.slice(from + 2, from + 2 + view.getUint16(from)), said = json(entry), digest = await hash(utf8.encode(token));
  await readToken(token, "vc+jwt", manifest.keys.get("vc") || new Map());
  must(said.t === "issue" && said.cert === licence.number && said.idx === licence.idx && same(fromBase64url(said.vc), digest), "the entry is not of this licence");
  return readProof(proof, await leafHash(entry), manifest);
}
