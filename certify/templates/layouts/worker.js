/* Answers a page from the device, so that it opens without network. What the page sends passes through. */
"use strict";
const KEPT = "{{ name }}-{{ stamp }}", HERE = "{{ here }}", TYPED = "{{ typed }}";
const FILES = {{ files|tojson }}, PAGES = {{ pages|tojson }};
const anonymous = (path) => new Request(path, { credentials: "omit", cache: "reload" });

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const kept = await caches.open(KEPT);
  await Promise.all([...FILES, ...PAGES].map(async (path) => {
    const answer = await fetch(anonymous(path));
    if (!answer.ok) throw new Error(path);
    await kept.put(path, answer);
  }));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const old = (await caches.keys()).filter((name) => name.startsWith("{{ name }}-") && name !== KEPT);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
})()));

const pageOf = (url) => PAGES.find((path) => path.endsWith("lang=" + url.searchParams.get("lang"))) || PAGES[0];

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    if (url.pathname !== HERE) return;
    if (TYPED && url.searchParams.has(TYPED)) event.respondWith(fetch(event.request).catch(() => answer(pageOf(url), event.request)));
    else event.respondWith(answer(pageOf(url), event.request));
  } else if (FILES.includes(url.pathname + url.search)) event.respondWith(answer(url.pathname + url.search, event.request));
});

async function answer(path, request) {
  const kept = await caches.open(KEPT);
  return (await kept.match(path)) || fetch(request);
}
