/* Lets a page follow its meeting: asks every second whether what this reader sees has changed, and then puts the new
   state in the place of the old. Without it the page asks for itself every 15 seconds; nothing else differs.
   The page: data-live="address of the revision" data-revision="what is shown" around what changes;
   [data-live-lost] is shown while there is no connection, its [data-live-since] says since when;
   [data-live-ended] when the session is over; [data-live-told] is where news is said aloud, politely. */
(() => {
  "use strict";
  const BEAT = 1e3, RETRY = 2e3, WHOLE = 60e3, PATIENCE = 8e3, FOCUSABLE = "a[href], button, input, select, textarea, summary";
  const find = (name, within = document) => within.querySelector("[data-live" + name + "]");
  let region = find("");
  if (!region || !window.fetch) return;
  const lost = find("-lost"), since = find("-since"), ended = find("-ended"), told = find("-told");
  const address = region.dataset.live;
  let heard = Date.now(), whole = Date.now(), timer, asking = false, over = false, leaving = false;

  const ask = (url, headers) => fetch(url, { headers, cache: "no-store", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
  const clock = (moment) => new Date(moment).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", numberingSystem: "latn" });
  const sayings = (part) => [...part.querySelectorAll(".card-title, .quorum .card-body > p:not(.seats)")].map((one) => one.textContent.trim());
  const isTyping = () => {
    const here = document.activeElement;
    return region.contains(here) && here.matches("input:not([type=hidden]), textarea, select");
  };
  const mark = (one) => [one.tagName, one.getAttribute("href"), one.closest("form")?.getAttribute("action"), one.textContent.trim()].join("\n");

  const put = (fresh) => {
    const here = region.contains(document.activeElement) ? document.activeElement : null;
    const before = new Set(sayings(region)), news = sayings(fresh).filter((one) => !before.has(one));
    const open = [...region.querySelectorAll("details[open] > summary")].map(mark);
    region.replaceWith(fresh);
    region = fresh;
    region.querySelectorAll("details > summary").forEach((one) => { if (open.includes(mark(one))) one.parentElement.open = true; });
    if (here) {
      const same = [...region.querySelectorAll(FOCUSABLE)].find((one) => mark(one) === mark(here));
      if (!same) region.tabIndex = -1;
      (same || region).focus({ preventScroll: true });
    }
    if (news.length && told) told.textContent = news.join(". ");
  };

  const renew = async () => {
    const answer = await ask(location.href);
    if (answer.redirected && new URL(answer.url).pathname !== location.pathname) { end(); return; }
    if (answer.status >= 500) throw new Error("broken");
    const fresh = answer.ok && find("", new DOMParser().parseFromString(await answer.text(), "text/html"));
    if (!fresh) { over = true; location.reload(); return; }  /* closed to this reader, or no longer live: the page says it */
    if (leaving || isTyping()) return;
    whole = Date.now();
    put(document.adoptNode(fresh));
  };

  const end = () => { over = true; if (ended) ended.hidden = false; };

  const beat = async () => {
    clearTimeout(timer);
    if (asking || over || document.hidden) return;
    asking = true;
    let pause = BEAT;
    try {
      const answer = await ask(address, { "If-None-Match": '"' + region.dataset.revision + '"' });
      if (answer.redirected) end();
      else if (answer.status >= 500) throw new Error("broken");
      else if (answer.status !== 304 || Date.now() - whole > WHOLE) await renew();
      heard = Date.now();
      if (lost) lost.hidden = true;
    } catch {
      pause = RETRY;
      if (since) since.textContent = clock(heard);
      if (lost) lost.hidden = false;
    }
    asking = false;
    if (!over) timer = setTimeout(beat, pause);
  };

  document.addEventListener("submit", (event) => { if (!event.defaultPrevented) { leaving = true; setTimeout(() => { leaving = false; }, PATIENCE); } });
  document.addEventListener("visibilitychange", beat);
  ["online", "pageshow", "focus"].forEach((name) => addEventListener(name, () => { leaving = false; beat(); }));
  timer = setTimeout(beat, BEAT);
})();
