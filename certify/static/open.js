/* Remembers on this device alone the receipt of each pack first opened on it, so that whoever types its number here again
   reads that it was they. Nothing is sent but with the number itself; without this the receipt on the page serves. */
(() => {
  "use strict";
  const PREFIX = "opened:";
  let store;
  try { store = localStorage; store.length; } catch { return; }

  const canonical = (serial) => serial.toUpperCase().replace(/[ .\-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");

  const told = document.querySelector("[data-receipt]");
  if (told) try { store.setItem(PREFIX + told.dataset.serial, told.dataset.receipt); } catch { /* full: it is on the page */ }

  const form = document.querySelector("[data-receipts]")?.closest("form");
  if (form) form.addEventListener("submit", () => {
    const kept = store.getItem(PREFIX + canonical(form.elements.serial.value));
    if (kept && !form.elements.receipt.value.trim()) form.elements.receipt.value = kept;
  });
})();
