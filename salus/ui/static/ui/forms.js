/* Forms: sent once, never lost by a stray click. */

/* A form that was sent waits: its buttons are shut until the page is shown again (Back, or an answer of htmx). */
function shut(form) {
  form.dataset.sent = "1";
  for (const button of form.querySelectorAll("button:not([type=button])")) {
    button.setAttribute("aria-disabled", "true");
    button.classList.add("is-busy");
  }
}

function reopen(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll(".is-busy")) {
    button.removeAttribute("aria-disabled");
    button.classList.remove("is-busy");
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) return event.preventDefault();
  if (event.defaultPrevented) return;
  // after the values are gathered, so that the pressed button's own value still goes along
  setTimeout(() => shut(form));
  for (const part of form.querySelectorAll("[hx-post]")) window.htmx?.trigger(part, "htmx:abort");
  leave.delete(form);
  // a proof that brings a file leaves the page where it is: what was typed as proof does not stay on the screen
  if (form.matches("[data-proof]")) setTimeout(() => (form.reset(), reopen(form)), 5000);
});
// what such a form saves by itself would come after the whole of it, and be refused
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.parentElement?.closest("form[data-sent]")) event.preventDefault();
});
addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(reopen));
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.target.closest?.("form[data-sent]");
  if (form) reopen(form);
});

/* A scanner ends with Enter: what it read is in the field, and the hand goes on to the next one */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.ctrlKey || !event.target.matches?.("[data-scan]")) return;
  event.preventDefault();
  const fields = [...event.target.form.querySelectorAll("input:not([type=hidden]), select, textarea, button")];
  fields[fields.indexOf(event.target) + 1]?.focus();
});

/* Leaving with unsent changes is asked about */
const leave = new Set();
document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-guard]");
  if (form && !event.target.closest("[data-unguarded]")) leave.add(form);
});
addEventListener("beforeunload", (event) => {
  for (const form of leave) if (form.isConnected) return event.preventDefault();
});

/* A typed date is written back the way it will be read: 14-Mar-1964 */
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
function tidy(text) {
  const parts = text.trim().split(/[\s./-]+/).filter(Boolean);
  if (!parts.length || parts.length > 3) return text;
  if (parts[0].length !== 4) parts.reverse();
  const [year, month, day] = parts;
  if (!/^\d{4}$/.test(year)) return text;
  if (!month) return year;
  const number = /^\d+$/.test(month) ? Number(month) : MONTHS.findIndex((name) => name.toLowerCase() === month.slice(0, 3).toLowerCase()) + 1;
  if (number < 1 || number > 12) return text;
  if (!day) return `${MONTHS[number - 1]}-${year}`;
  const real = new Date(Date.UTC(Number(year), number - 1, Number(day)));
  if (real.getUTCMonth() !== number - 1 || real.getUTCDate() !== Number(day)) return text;
  return `${day.padStart(2, "0")}-${MONTHS[number - 1]}-${year}`;
}
document.addEventListener("change", (event) => {
  if (event.target.matches?.("[data-date]")) event.target.value = tidy(event.target.value);
});
