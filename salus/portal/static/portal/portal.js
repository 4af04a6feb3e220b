/* The patients' own door in the browser: the service worker, and nothing of a page left for who goes back after signing out. */
if ("serviceWorker" in navigator && window.isSecureContext) {
  navigator.serviceWorker.register("/portal/sw.js", { scope: "/portal/" }).catch(() => {});
}

/* A page that the browser kept in memory is asked for again: after signing out there is nobody to show it to */
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
