/* A sheet of inputs (data-cell in a table): the arrow keys and Enter go from cell to cell. */
const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], Enter: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

document.addEventListener("keydown", (event) => {
  const cell = event.target;
  const step = STEPS[event.key];
  if (!step || !cell.matches?.("[data-cell]") || event.altKey || event.ctrlKey || event.metaKey) return;
  // inside of a text the caret moves first
  if (event.key === "ArrowLeft" && cell.selectionStart > 0) return;
  if (event.key === "ArrowRight" && cell.selectionEnd < cell.value.length) return;
  event.preventDefault();
  const [down, across] = step;
  const cells = (row) => [...row.querySelectorAll("[data-cell]")];
  const row = cell.closest("tr");
  const place = [...row.cells].indexOf(cell.closest("td, th"));
  let next = null;
  if (across) {
    const all = cells(row);
    next = all[all.indexOf(cell) + across];
  } else {
    let other = down > 0 ? row.nextElementSibling : row.previousElementSibling;
    while (other && !next) {
      next = other.cells[place]?.querySelector("[data-cell]") ?? null;
      other = down > 0 ? other.nextElementSibling : other.previousElementSibling;
    }
  }
  next?.focus();
  next?.select?.();
});
