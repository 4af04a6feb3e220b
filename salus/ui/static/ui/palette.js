/* Find or do: Ctrl-K or / opens one box for patients and commands. The query travels by POST, never in an address. */
import { Listbox } from "./listbox.js";
import { asker } from "./server.js";

const palette = document.getElementById("palette");
if (palette?.dataset.findUrl) {
  const input = palette.querySelector("[role=combobox]");
  const list = palette.querySelector("[role=listbox]");
  const askFor = asker(palette.dataset.findUrl, 110);
  const options = new Listbox(input, list, (option, event) => {
    if (event.type === "click" && (event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (event.ctrlKey) open(option.href, "_blank", "noopener");
    else location.href = option.href;
  });
  const search = () => {
    options.wait();
    askFor(
      { q: input.value.trim() },
      (html) => options.show(html, 0),
      () => options.fail(),
    );
  };
  const openPalette = () => {
    if (palette.open) return;
    palette.showModal();
    input.value = "";
    input.focus();
    search();
  };
  input.addEventListener("input", search);
  input.addEventListener("keydown", (event) => options.key(event));
  palette.addEventListener("close", () => {
    list.replaceChildren();
    input.value = "";
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-find]")) openPalette();
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, [contenteditable]");
    const slash = event.key === "/" && !typing && !event.ctrlKey && !event.metaKey;
    if (((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") || slash) {
      if (document.querySelector("dialog[open]:not(#palette)")) return;
      event.preventDefault();
      openPalette();
    }
  });
}
