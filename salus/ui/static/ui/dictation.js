// Dictation: the browser's own speech recognition writes into the field of the button. Nothing is sent by us; where the browser
// has none, the buttons stay hidden.
const Recognition = window.SpeechRecognition || window.webkitSpeechRecognition;
let listening = null;

function stop() {
  listening?.recognition.stop();
}

function put(field, words) {
  const before = field.value;
  field.value = before && !/\s$/.test(before) ? `${before} ${words.trim()}` : before + words.trim();
  field.dispatchEvent(new Event("input", { bubbles: true }));
}

function start(button) {
  const field = document.getElementById(button.dataset.dictates);
  const recognition = new Recognition();
  recognition.lang = document.documentElement.lang || navigator.language;
  recognition.continuous = true;
  recognition.onresult = (event) => {
    for (let place = event.resultIndex; place < event.results.length; place += 1) {
      if (event.results[place].isFinal) put(field, event.results[place][0].transcript);
    }
  };
  recognition.onend = () => {
    button.setAttribute("aria-pressed", "false");
    listening = null;
  };
  recognition.onerror = () => recognition.stop();
  listening = { recognition, button };
  button.setAttribute("aria-pressed", "true");
  recognition.start();
}

if (Recognition) {
  for (const button of document.querySelectorAll("[data-dictates]")) button.hidden = false;
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-dictates]");
    if (!button) return;
    const same = listening?.button === button;
    stop();
    if (!same) start(button);
  });
}
