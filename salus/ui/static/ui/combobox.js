/* <div data-combobox="url">: type, choose one of what the server offers; its value goes into the hidden field. */
import { Listbox } from "./listbox.js";
import { asker } from "./server.js";

const known = new WeakSet();

function enliven(box) {
  if (known.has(box)) return;
  known.add(box);
  const hidden = box.querySelector("input[type=hidden]");
  const input = box.querySelector("[role=combobox]");
  const list = box.querySelector("[role=listbox]");
  const askFor = asker(box.dataset.combobox);
  const options = new Listbox(input, list, (option) => {
    hidden.value = option.dataset.value;
    input.value = option.dataset.text;
    box.classList.add("combo-picked");
    input.removeAttribute("aria-invalid");
    options.close();
    hidden.dispatchEvent(new Event("change", { bubbles: true }));
    box.dispatchEvent(new CustomEvent("salus:picked", { bubbles: true, detail: { value: hidden.value, text: input.value } }));
  });
  const search = () => {
    const text = input.value.trim();
    if (!text && !box.hasAttribute("data-offers")) {
      askFor.stop();
      return options.close();
    }
    options.wait();
    const shown = (html) => (document.activeElement === input ? options.show(html, 0) : options.close());
    askFor({ q: text, ...JSON.parse(box.dataset.extra || "{}") }, shown, () => options.fail());
  };
  input.addEventListener("input", () => {
    if (hidden.value) {
      hidden.value = "";
      hidden.dispatchEvent(new Event("change", { bubbles: true }));
    }
    box.classList.remove("combo-picked");
    search();
  });
  input.addEventListener("keydown", (event) => {
    if (options.key(event)) return;
    if (event.key === "ArrowDown" && list.hidden) search();
    // a text that is no choice yet does not send the form
    if (event.key === "Enter" && input.value && !hidden.value) event.preventDefault();
    if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      options.close();
    }
  });
  input.addEventListener("blur", () => options.close());
  if (box.hasAttribute("data-offers")) input.addEventListener("focus", search);
}

const enlivenAll = (root) => {
  if (root.matches?.("[data-combobox]")) enliven(root);
  root.querySelectorAll?.("[data-combobox]").forEach(enliven);
};
enlivenAll(document);
document.addEventListener("htmx:load", (event) => enlivenAll(event.detail.elt));
