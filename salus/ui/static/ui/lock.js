/* The lock: the page is covered at once, the server refuses all else in this session until its owner is back.
   What was typed stays in the covered page for its owner; whoever else signs in gets a page of his own. */
import { ask } from "./server.js";

const page = document.documentElement;
const { lock, here, wayIn, idle } = document.body.dataset;
const SEEN = "salus-seen";
const tabs = lock && "BroadcastChannel" in window ? new BroadcastChannel("salus-lock") : null;
const cover = document.createElement("div");
cover.className = "lock-cover";

function hide() {
  if (page.classList.contains("is-locked")) return false;
  page.classList.add("is-locked");
  const title = document.createElement("h1");
  title.textContent = document.body.dataset.covered;
  cover.replaceChildren(title);
  document.body.append(cover);
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  return true;
}

function show() {
  page.classList.remove("is-locked");
  cover.remove();
  localStorage.setItem(SEEN, String(Date.now()));
}

function put(html) {
  cover.innerHTML = html;
  document.dispatchEvent(new Event("salus:covered"));
  cover.querySelector("[autofocus]")?.focus();
}

async function cover_up(told = false) {
  if (!hide()) return;
  if (!told) tabs?.postMessage("locked");
  try {
    put(await ask(lock, {}));
  } catch {
    const words = document.createElement("p");
    words.textContent = document.body.dataset.unreachable;
    const again = document.createElement("a");
    again.href = wayIn;
    again.textContent = document.body.dataset.covered;
    cover.append(words, again);
  }
}

async function come_back(form) {
  const answer = await fetch(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: { "HX-Request": "true" },
    credentials: "same-origin",
  });
  if (answer.status === 204) {
    tabs?.postMessage("unlocked");
    return show();
  }
  if (answer.status === 205) {
    tabs?.postMessage("changed");
    return location.replace("/");
  }
  put(await answer.text());
}

if (lock) {
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-lock-now]")) {
      event.preventDefault();
      cover_up();
    } else if (event.target.closest(".lock-cover") && event.target.matches("[data-unlock]")) {
      event.preventDefault();
      come_back(event.target).catch(() => location.replace(wayIn));
    }
  });
  addEventListener(
    "keydown",
    (event) => {
      if (event.ctrlKey && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "l") {
        event.preventDefault();
        cover_up();
      }
    },
    true,
  );
  tabs?.addEventListener("message", (event) => {
    if (event.data === "locked") cover_up(true);
    if (event.data === "unlocked") show();
    if (event.data === "changed") location.replace("/");
  });

  /* Quiet for too long, in every tab together. While somebody types, the server is told now and then. */
  const quiet = Number(idle) * 1000;
  let told = Date.now();
  const seen = () => Number(localStorage.getItem(SEEN)) || 0;
  const busy = () => {
    if (page.classList.contains("is-locked")) return;
    const now = Date.now();
    if (now - seen() > 1000) localStorage.setItem(SEEN, String(now));
    if (now - told < Math.min(60_000, quiet / 3)) return;
    told = now;
    ask(here, {}).catch(() => {});
  };
  localStorage.setItem(SEEN, String(Date.now()));
  for (const sign of ["pointerdown", "keydown", "scroll", "pointermove"]) addEventListener(sign, busy, { passive: true, capture: true });
  setInterval(() => {
    if (Date.now() - seen() >= quiet) cover_up();
  }, 1000);

  /* A page that the browser kept in memory is covered before it is shown again, and asked for anew */
  addEventListener("pagehide", () => page.classList.add("is-away"));
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
    else page.classList.remove("is-away");
  });

  /* The server says that the session is locked: cover what is still shown */
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.getResponseHeader("Salus-Locked")) {
      event.preventDefault();
      cover_up();
    }
  });
}
