/* Keeps files that are the same for everybody, and the page for when there is no network. No page of anybody is ever kept:
   what is asked for is fetched, and where that fails the page without a network is shown. */
const FILES = {{ files|tojson }};
const OFFLINE = {{ offline|tojson }};
const HOME = {{ home|tojson }};
const NAME = "salus-static-" + FILES.join("").length + "-" + FILES.join("|").split("").reduce((sum, one) => (sum * 31 + one.charCodeAt(0)) | 0, 7);

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([...FILES, OFFLINE])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter((name) => name !== NAME).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const asked = event.request;
  if (asked.method !== "GET") return;
  if (asked.mode === "navigate") {
    event.respondWith(fetch(asked).catch(() => caches.match(OFFLINE)));
    return;
  }
  const path = new URL(asked.url).pathname;
  if (FILES.includes(path)) event.respondWith(caches.match(path).then((kept) => kept ?? fetch(asked)));
});

/* A message says that there is something, never what: it is read behind the door */
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    said = {};
  }
  event.waitUntil(self.registration.showNotification(said.title ?? "Salus", { body: said.body ?? "", data: said.link ?? HOME }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = new URL(event.notification.data ?? HOME, self.location.origin);
  if (link.origin === self.location.origin) event.waitUntil(self.clients.openWindow(link.pathname));
});
