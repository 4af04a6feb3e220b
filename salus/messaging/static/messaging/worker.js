/* Shows that there is a message, and leads to the door behind which it is read. It keeps nothing. */
self.addEventListener("push", (event) => {
  let said = {};
  try {
    said = event.data?.json() ?? {};
  } catch {
    said = {};
  }
  event.waitUntil(self.registration.showNotification("Salus", { body: said.body ?? "", tag: "salus" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/"));
});
