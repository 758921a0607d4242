/* The camera of the page: opened when it is asked for, let go of once a code counts or whoever holds it leaves; all the
   while it says what it does. What it sees stays on the device. */
import { coded, say } from "../field/showing.js";
import { canRead, codesIn } from "./reading.js";

const byId = (id) => document.getElementById(id);
const video = byId("video"), light = byId("camera-light"), told = byId("camera-says");
const WANTED = { video: { facingMode: "environment", width: { ideal: 1920 } } };
const FAULTS = { NotAllowedError: "camera-refused", NotFoundError: "no-camera", TypeError: "no-camera" };
const EVERY = 250, ALONE = 1e3, LINGER = 3e3, PATIENCE = 10e3;
let holding = null;

/* Let go of the camera, or of the wish for it; the button that opens it is there again. */
export function closeCamera() {
  if (!holding) return;
  const isFocused = byId("camera").contains(document.activeElement);
  holding.abort();
  holding = null;
  byId("camera").hidden = true;
  byId("camera-closed").hidden = false;
  if (isFocused) byId("camera-start").focus();
}

/* Open the camera and look until a code counts, which is given to `found`; `failed` is given the word for a fault.
   `weigh` says of the codes in sight which one counts, { code }, or what to tell while looking goes on: { note, host },
   and { isCrowd } when there are too many: then the one that is left counts once it has been alone for a while. */
export async function openCamera(weigh, found, failed) {
  closeCamera();
  const { signal } = holding = new AbortController(), fail = (word) => { if (!signal.aborted) failed(word); };
  byId("camera").hidden = false;
  byId("camera-closed").hidden = light.hidden = true;
  tell("camera-opening");
  byId("camera-stop").focus();
  try {
    if (!await canRead()) return fail("no-reader");
    if (!signal.aborted && await start(signal, fail)) await look(signal, weigh, found);
  } catch (fault) {
    fail(FAULTS[fault.name] || "camera-stopped");
  }
}

/* Have the camera shown; it ends with `signal`, also when that came before the camera did. */
async function start(signal, fail) {
  const stream = await navigator.mediaDevices.getUserMedia(WANTED), [track] = stream.getVideoTracks();
  const release = () => {
    stream.getTracks().forEach((one) => one.stop());
    if (video.srcObject === stream) video.srcObject = null;
  };
  if (signal.aborted) return release();
  signal.addEventListener("abort", release);
  if (document.hidden) return closeCamera();
  track.addEventListener("ended", () => fail("camera-stopped"));
  video.srcObject = stream;
  await video.play();
  if (signal.aborted) return false;
  offerLight(track);
  byId("camera").scrollIntoView({ block: "start" });
  return true;
}

async function look(signal, weigh, found) {
  let seenAt = performance.now(), crowdedAt = -Infinity;
  tell("camera-looking");
  while (!signal.aborted) {
    const codes = video.videoWidth ? await codesIn(video, video.videoWidth, video.videoHeight) : [];
    const { code, note, host, isCrowd } = codes.length ? await weigh(codes) : {}, at = performance.now();
    if (signal.aborted) return;
    if (isCrowd) crowdedAt = at;
    if (code && at - crowdedAt > ALONE) { found(code); return; }
    if (note) {
      seenAt = at;
      tell(note, host);
    } else if (at - seenAt > PATIENCE) tell("camera-nothing");
    else if (at - seenAt > LINGER) tell("camera-looking");
    await new Promise((done) => setTimeout(done, EVERY));
  }
}

/* Where the camera has a light, a button switches it. */
function offerLight(track) {
  light.hidden = !track.getCapabilities?.().torch;
  light.setAttribute("aria-pressed", "false");
  light.onclick = async () => {
    const isLit = light.getAttribute("aria-pressed") !== "true";
    try {
      await track.applyConstraints({ advanced: [{ torch: isLit }] });
      light.setAttribute("aria-pressed", String(isLit));
    } catch { light.hidden = true; }
  };
}

/* Said once: the same sentence anew would have a screen reader repeat it four times a second. */
function tell(word, host = "") {
  const said = [host && coded(host), host && " ", say(word)].filter(Boolean);
  if (told.textContent === said.map((one) => one.textContent ?? one).join("")) return;
  told.replaceChildren(...said);
  byId("camera").classList.toggle("tone-yours", word !== "camera-opening" && word !== "camera-looking");
}

byId("camera-stop").addEventListener("click", closeCamera);
addEventListener("pagehide", closeCamera);
document.addEventListener("visibilitychange", () => { if (document.hidden && video.srcObject) closeCamera(); });
