/* Salus in the browser: an ES module without dependencies. Every page works without it; with it, it is quicker. */
import "./forms.js";
import "./cells.js";
import "./combobox.js";
import "./live.js";
import "./lock.js";
import "./palette.js";
import { say } from "./server.js";

const root = document.documentElement;

/* Theme: the cookie is read by the server, so that no page ever flashes in the other theme */
const dark = () => (root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches);

function toggleTheme() {
  root.dataset.theme = dark() ? "light" : "dark";
  document.cookie = `salus_theme=${root.dataset.theme}; path=/; max-age=31536000; SameSite=Lax`;
}

/* Dialogs and menus by data attributes */
document.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest?.(selector);
  if (hit("[data-theme-toggle]")) toggleTheme();
  const opener = hit("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (hit("[data-closes]")) hit("dialog")?.close();
  if (hit("[data-back]")) history.length > 1 ? history.back() : (location.href = "/");
  if (hit("[data-print]")) print();
  if (hit("[data-shortcuts]")) openShortcuts();
  if (event.target instanceof HTMLDialogElement && !event.target.matches("[data-stay]")) event.target.close();
  const dismiss = hit("[data-dismiss]");
  if (dismiss) dismiss.closest(".alert")?.remove();
});

/* A small menu opens under its button */
document.addEventListener(
  "toggle",
  (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches(".menu") || event.newState !== "open") return;
    const button = document.querySelector(`[data-menu][popovertarget="${menu.id}"]`);
    if (!button) return;
    const at = button.getBoundingClientRect();
    const below = innerHeight - at.bottom > menu.offsetHeight + 8;
    menu.style.top = `${below ? at.bottom + 4 : Math.max(8, at.top - menu.offsetHeight - 4)}px`;
    menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  },
  true,
);

function openShortcuts() {
  document.getElementById("person-menu")?.hidePopover?.();
  const sheet = document.getElementById("shortcuts");
  if (sheet && !sheet.open) sheet.showModal();
}

/* Shortcuts: single keys only where nobody is typing */
let waitingForG = 0;
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
  if (event.ctrlKey && event.key === "Enter") event.target.closest?.("form")?.requestSubmit();
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "?") openShortcuts();
  if (/^[a-z]$/.test(event.key) && !event.repeat) document.querySelector(`form[data-key="${event.key}"]`)?.requestSubmit();
  if (event.key === "g") waitingForG = Date.now();
  else if (event.key === "h" && Date.now() - waitingForG < 1200) location.href = "/";
});

/* The error summary takes the focus, and the current tab is in view */
document.querySelector("[data-error-summary]")?.focus();
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (document.activeElement === document.body) detail.elt.querySelector?.("[data-error-summary]")?.focus();
});
for (const tab of document.querySelectorAll("[data-tabs] [aria-current=page]")) {
  const strip = tab.closest("[data-tabs]");
  strip.scrollLeft = tab.offsetLeft - strip.clientWidth / 2 + tab.offsetWidth / 2;
}

/* htmx: the token goes along, and a failure is told calmly beside what was tried */
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = document.querySelector("meta[name=csrf-token]")?.content ?? "";
});
document.addEventListener("htmx:responseError", (event) => {
  const status = event.detail.xhr.status;
  if (![409, 412, 422].includes(status)) say(event.detail.xhr.responseText, status);
});
document.addEventListener("htmx:sendError", () => say("", 0));
document.addEventListener("htmx:timeout", () => say("", 0));
