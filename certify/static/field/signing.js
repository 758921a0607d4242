/* A frame to sign in with a finger, a pen or a mouse; gives a PNG. */
export function pad(canvas, clear) {
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  let isDrawing = false, strokes = 0;
  const blank = () => {
    pen.fillStyle = "#FFFFFF"; pen.fillRect(0, 0, canvas.width, canvas.height);
    Object.assign(pen, { strokeStyle: "#1E2A25", lineWidth: 4, lineCap: "round", lineJoin: "round" });
    strokes = 0;
  };
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return [(event.clientX - box.left) * canvas.width / box.width, (event.clientY - box.top) * canvas.height / box.height];
  };
  canvas.addEventListener("pointerdown", (event) => {
    isDrawing = true; canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!isDrawing) return;
    pen.lineTo(...at(event)); pen.stroke(); strokes += 1;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { isDrawing = false; });
  clear.addEventListener("click", blank);
  blank();
  return {
    blank,
    isSigned: () => strokes > 3,
    bytes: async () => (await new Promise((done) => canvas.toBlob(done, "image/png"))).arrayBuffer(),
  };
}
