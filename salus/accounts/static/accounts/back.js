/* Back from the hospital's directory: its answer goes on by itself, and by the button where no script runs. */
document.querySelector("[data-back]").requestSubmit();
