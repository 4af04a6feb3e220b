/* Which questions are asked is reckoned by the server; here they are only shown and hidden, so that the focus stays where it is. */
document.addEventListener("htmx:afterSwap", () => {
  const state = document.getElementById("form-state");
  if (!state?.dataset.shown && state?.dataset.shown !== "") return;
  const shown = new Set(state.dataset.shown.split(" "));
  for (const line of document.querySelectorAll("[data-place]")) line.hidden = !shown.has(line.dataset.place);
});
