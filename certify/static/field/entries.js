/* An entry: canonical JSON named by its SHA-256, the same bytes as certify/workflows/recording.py writes. */
export const canonical = (value) =>
  Array.isArray(value) ? `[${value.map(canonical).join(",")}]`
    : value && typeof value === "object"
      ? `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`
      : JSON.stringify(value);

export async function digest(bytes) {
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

const tidy = (text) => text.replaceAll("\0", "").replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "")
  .normalize("NFC").trim();
const tidied = (body) => Object.fromEntries(Object.entries(body).map(([key, value]) => [key, typeof value === "string" ? tidy(value) : value]));

/* Make an entry of `owner` on `visit`; it is not kept yet. */
export async function make(owner, visit, kind, body) {
  const at = new Date().toISOString(), id = crypto.randomUUID();
  const text = canonical({ id, visit, author: owner, kind, at, body: tidied(body) });
  return { sha256: await digest(new TextEncoder().encode(text)), text, owner, visit, at, received: null, refused: null };
}

/* Both inspectors' entries, each once, in the one order of every device and of the server: moment, then SHA-256. */
export function merged(own, others) {
  const found = new Map([...others, ...own].map((row) => [row.sha256, { ...row, ...JSON.parse(row.text) }]));
  return [...found.values()].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : a.sha256 < b.sha256 ? -1 : 1));
}

const LARGEST = 9.5 * 1024 * 1024, WIDEST = 4000;

/* Read a chosen photo: as it is when the server takes it so, otherwise drawn anew and smaller. Null: not a photo. */
export async function readPhoto(file) {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  const isPlain = (head[0] === 0xff && head[1] === 0xd8) || (head[0] === 0x89 && head[1] === 0x50);
  let picture;
  try { picture = await createImageBitmap(file); } catch { return null; }
  if (isPlain && file.size <= LARGEST && picture.width * picture.height < 24e6) return { bytes: await file.arrayBuffer(), reduced: false };
  const scale = Math.min(1, WIDEST / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.width * scale, picture.height * scale];
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.88));
  return { bytes: await made.arrayBuffer(), reduced: true };
}
