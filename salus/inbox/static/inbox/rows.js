/* The inbox by keyboard: j and k go from row to row, Enter opens (it is a link), a does what comes next. What was chosen
   stays chosen when the list is drawn anew. */
const links = () => [...document.querySelectorAll("#tasks .row-link")];
const row = () => document.activeElement.closest?.("#tasks tbody tr");

function move(by) {
  const all = links();
  const at = all.indexOf(row()?.querySelector(".row-link"));
  all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest?.("input:not([type=checkbox]), textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "a" && !event.repeat) act();
});

/* An act answers with the page anew: the hand goes on where it was, at the row that has come up */
const PLACE = "inbox-place";
function act() {
  const place = links().indexOf(row()?.querySelector(".row-link"));
  if (place < 0) return;
  sessionStorage.setItem(PLACE, `${place}`);
  row().querySelector(".w-action button, .w-action a")?.click();
}
const place = sessionStorage.getItem(PLACE);
sessionStorage.removeItem(PLACE);
if (place !== null && links().length) links()[Math.min(Number(place), links().length - 1)].focus();

let chosen = [];
let focused = "";
document.addEventListener("htmx:beforeSwap", () => {
  chosen = [...document.querySelectorAll("#tasks input[name=task]:checked")].map((one) => one.value);
  focused = row()?.id ?? "";
});
// in the same breath as the swap: a key that is pressed between the two would go nowhere
document.addEventListener("htmx:afterSwap", () => {
  for (const one of document.querySelectorAll("#tasks input[name=task]")) one.checked = chosen.includes(one.value);
  if (focused) document.getElementById(focused)?.querySelector(".row-link")?.focus();
});
