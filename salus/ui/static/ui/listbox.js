/* The keyboard of a list of options under a text box (ARIA combobox): the focus stays in the box. */
export class Listbox {
  constructor(input, list, choose) {
    this.input = input;
    this.list = list;
    this.choose = choose;
    this.at = -1;
    this.late = false;
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option && this.late) event.preventDefault();
      else if (option) this.choose(option, event);
    });
  }

  get options() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  get current() {
    return this.options[this.at];
  }

  /* What is shown belongs to an earlier text: nothing of it may be chosen, or the wrong patient would open */
  wait() {
    this.late = true;
    this.list.setAttribute("aria-busy", "true");
    this.move(-1);
  }

  show(html, first = 0) {
    this.late = false;
    this.list.removeAttribute("aria-busy");
    this.list.innerHTML = html;
    this.options.forEach((option, place) => {
      option.id = `${this.list.id}-${place}`;
    });
    this.open();
    this.move(this.options.length ? first : -1, true);
  }

  /* The server did not answer: say so where the options would stand */
  fail() {
    const note = document.createElement("div");
    note.className = "combo-note";
    note.textContent = this.list.dataset.failed || "The search did not answer. Try once more.";
    this.list.replaceChildren(note);
    this.open();
  }

  open() {
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.late = false;
    this.at = -1;
  }

  move(to) {
    const options = this.options;
    this.at = to;
    options.forEach((option, place) => option.setAttribute("aria-selected", String(place === to)));
    const option = options[to];
    if (!option) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /* True when the key was for the list */
  key(event) {
    if (this.late && event.key === "Enter") {
      event.preventDefault();
      return true;
    }
    const many = this.late ? 0 : this.options.length;
    if (!many || this.list.hidden) return false;
    if (event.key === "ArrowDown") this.move((this.at + 1) % many);
    else if (event.key === "ArrowUp") this.move((this.at - 1 + many) % many);
    else if (event.key === "Home" && event.ctrlKey) this.move(0);
    else if (event.key === "End" && event.ctrlKey) this.move(many - 1);
    else if (event.key === "Enter" && this.current) this.choose(this.current, event);
    else return false;
    event.preventDefault();
    return true;
  }
}
