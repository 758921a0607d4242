/* Reads QR codes from what a camera shows, a photo or a screen shot, and what a PDF says of itself. Nothing leaves the device. */
import { licenceOf, readPaper } from "./papers.mjs";
import { hash } from "./signed.mjs";

const LARGEST = 2400, KINDS = ["QRCode"];
let reader;

/* The browser's own detector where it knows QR codes, else the library that the server lends, else null. */
const detector = () => reader ||= (async () => {
  if ("BarcodeDetector" in globalThis && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
    const own = new BarcodeDetector({ formats: ["qr_code"] });
    return async (canvas) => (await own.detect(canvas)).map((found) => found.rawValue);
  }
  if (!document.body.dataset.libraries) return null;
  const { prepareZXingModule, readBarcodes } = await import("./libraries/zxing/reader/index.js");
  const wasm = new URL("./libraries/zxing/zxing_reader.wasm", import.meta.url).href;
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return async (canvas) => {
    const picture = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return (await readBarcodes(picture, { formats: KINDS, tryHarder: true, maxNumberOfSymbols: 8 })).filter((found) => found.isValid).map((found) => found.text);
  };
})().catch(() => null);
export const canRead = async () => (await detector()) !== null;

/* Draw a picture, not larger than it need be, and read the codes in it; none is an empty list. */
export async function codesIn(picture, width, height) {
  const read = await detector(), canvas = document.createElement("canvas");
  for (const largest of [LARGEST, LARGEST / 2]) {
    const scale = Math.min(1, largest / Math.max(width, height));
    [canvas.width, canvas.height] = [width * scale, height * scale].map(Math.round);
    canvas.getContext("2d", { willReadFrequently: true }).drawImage(picture, 0, 0, canvas.width, canvas.height);
    const found = await read(canvas);
    if (found.length || scale === 1) return found;
  }
  return [];
}

/* Read a chosen photo: its codes, or null when it is no picture. */
export async function codesInFile(file) {
  let picture;
  try { picture = await createImageBitmap(file); } catch { return null; }
  try { return await codesIn(picture, picture.width, picture.height); } finally { picture.close(); }
}

export const isPdf = async (file) => (await file.slice(0, 1024).text()).includes("%PDF-");

/* The fingerprint of a file, the number that its metadata states, if it does in the clear, and what its seal says.
   `certificates` are those that papers were ever sealed with; without any nothing is said of a seal. */
export async function readPdf(file, certificates) {
  const bytes = new Uint8Array(await file.arrayBuffer()), digest = await hash(bytes), { number, seal } = await readPaper(bytes, certificates);
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { sha256, number, seal: certificates.length ? seal : null, licence: licenceOf(number) };
}
