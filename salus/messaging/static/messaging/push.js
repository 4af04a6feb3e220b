/* Subscribes this browser to be told when there is something. The form that is sent carries what the push service gave. */
const form = document.querySelector("[data-push]");
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");

async function subscribe() {
  const worker = await navigator.serviceWorker.register(form.dataset.worker);
  if ((await Notification.requestPermission()) !== "granted") throw new Error("not allowed");
  await navigator.serviceWorker.ready.catch(() => {});
  const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.push) };
  const made = await worker.pushManager.subscribe(options);
  form.elements.endpoint.value = made.endpoint;
  form.elements.p256dh.value = text(made.getKey("p256dh"));
  form.elements.auth.value = text(made.getKey("auth"));
  form.requestSubmit();
}

if (form && "serviceWorker" in navigator && "PushManager" in window && window.isSecureContext) {
  form.hidden = false;
  document.querySelector("[data-push-missing]")?.remove();
  form.querySelector("[data-push-button]").addEventListener("click", () =>
    subscribe().catch(() => {
      form.querySelector("[data-push-trouble]").hidden = false;
    }),
  );
}
