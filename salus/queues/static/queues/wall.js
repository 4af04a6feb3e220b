/* A wall: its languages take turns, a new call is said and rings, and numbers that may be old are never shown as if they were
   new: whoever has heard nothing from the server for fifteen seconds says that the connection is lost. */
const TURN = 8000;
const SILENCE = 15000;
const lost = document.getElementById("wall-lost");
const said = document.getElementById("wall-said");
const board = () => document.getElementById("board");
let heard = Date.now();
let turn = 0;
let known = calls();

function calls() {
  return new Map([...document.querySelectorAll("[data-call]")].map((one) => [one.dataset.call, one.dataset.said]));
}

function speak() {
  const words = [...document.querySelectorAll("[data-words]")];
  const languages = 1 + Math.max(0, ...words.map((one) => Number(one.dataset.words)));
  for (const one of words) one.hidden = Number(one.dataset.words) !== turn % languages;
}

function chime() {
  try {
    const context = new AudioContext();
    for (const [n, pitch] of [784, 659].entries()) {
      const tone = context.createOscillator();
      const volume = context.createGain();
      const at = context.currentTime + n * 0.35;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.2, at);
      volume.gain.exponentialRampToValueAtTime(0.001, at + 0.9);
      tone.connect(volume).connect(context.destination);
      tone.start(at);
      tone.stop(at + 0.9);
    }
  } catch {
    /* a browser that may not ring still shows the number */
  }
}

function look() {
  heard = Date.now();
  lost.hidden = true;
  speak();
  const now = calls();
  const fresh = [...now].filter(([key]) => !known.has(key));
  known = now;
  if (!fresh.length) return;
  said.textContent = fresh.map(([, words]) => words).join("; ");
  if (board().dataset.chime) chime();
}

document.addEventListener("htmx:afterSwap", look);
setInterval(() => {
  turn += 1;
  speak();
}, TURN);
setInterval(() => {
  if (Date.now() - heard < SILENCE) return;
  const since = lost.querySelector("[data-since]");
  since.textContent = `${since.dataset.since} ${new Date(heard).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })}`;
  lost.hidden = false;
}, 1000);
