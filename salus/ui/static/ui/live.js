/* Live parts of a page: one stream says which topics changed, and each part that shows one of them is fetched again through
   its own door (`data-live` is the ticket for its topic, `hx-get` with `hx-trigger="live"` is where it comes from).
   A page that nobody sees holds no stream: browsers keep few connections to one server. */
const root = document.documentElement;
const SPREAD = 250; // ms: many screens hear of the same change
const PATIENCE = 3000; // ms until a stream that is away is told of
const AGAIN = 2000;
const SILENCE = 25_000; // the server says something every ten seconds

const topicOf = (part) => part.dataset.live.split("~")[0];
const isPassing = (status) => status === 0 || status === 429 || status >= 500;
const parts = () => [...document.querySelectorAll("[data-live]")];

let stream = null;
let heard = "";
let told = 0;
let silent = 0;
const stale = new Set();
const fetching = new WeakSet();

function isBusy(part) {
  const at = document.activeElement;
  return (part.contains(at) && at.matches("input:not([type=hidden]), textarea, select")) || part.querySelector("dialog[open], :popover-open");
}

/* Between the word that something changed and this, the part may have been replaced by one drawn before the change */
function renew(old) {
  const part = old.isConnected ? old : parts().find((one) => one.id === old.id && topicOf(one) === topicOf(old));
  if (!part) return;
  if (isBusy(part)) stale.add(topicOf(part));
  else if (fetching.has(part)) part.dataset.late = "";
  else window.htmx?.trigger(part, "live");
}

function renewAll(topic) {
  for (const part of parts()) {
    if (topic === undefined || topicOf(part) === topic) setTimeout(renew, Math.random() * SPREAD, part);
  }
}

/* What changed while somebody was typing in it comes when he has left it */
function catchUp() {
  const topics = [...stale];
  stale.clear();
  topics.forEach(renewAll);
}

function stand(well) {
  clearTimeout(told);
  if (well) root.dataset.stream = "on";
  else told = setTimeout(() => (root.dataset.stream = "away"), PATIENCE);
}

/* A line that was cut says nothing: whoever hears nothing for long begins anew */
function listen(mine) {
  clearTimeout(silent);
  silent = setTimeout(() => {
    if (stream !== mine) return;
    stand(false);
    leave();
    connect();
  }, SILENCE);
}

function leave() {
  clearTimeout(silent);
  stream?.close();
  stream = null;
  heard = "";
}

function connect() {
  const wanted = document.hidden ? [] : parts();
  const topics = [...new Set(wanted.map(topicOf))].sort().join(" ");
  if (topics === heard) return;
  leave();
  if (!topics) return;
  heard = topics;
  const tickets = new Map(wanted.map((part) => [topicOf(part), part.dataset.live]));
  const mine = new EventSource(`/live?${new URLSearchParams([...tickets.values()].map((ticket) => ["t", ticket]))}`);
  stream = mine;
  listen(mine);
  for (const word of ["hello", "here", "changed"]) mine.addEventListener(word, () => listen(mine));
  mine.addEventListener("hello", () => {
    stand(true);
    renewAll();
  });
  mine.addEventListener("away", () => stand(false));
  mine.addEventListener("changed", (event) => renewAll(event.data));
  mine.addEventListener("error", () => {
    if (stream !== mine) return;
    stand(false);
    // the browser connects again by itself, unless it was answered with an error
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => stream === mine && (leave(), connect()), AGAIN);
  });
}

document.addEventListener("htmx:configRequest", (event) => {
  if (event.detail.triggeringEvent?.type === "live") event.detail.headers["X-Salus-Unattended"] = "1";
});
/* What is being fetched may be from before this change, and htmx forgets a second fetch of a part that the first one replaced */
document.addEventListener("htmx:beforeSend", ({ detail }) => fetching.add(detail.requestConfig.elt));
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  const { elt } = detail.requestConfig; // `detail.elt` is its parent where it was replaced
  if (!fetching.delete(elt) || !elt.dataset.live) return;
  if ("late" in elt.dataset) renewAll(topicOf(elt));
  else if (isPassing(detail.xhr.status)) setTimeout(renew, AGAIN, elt);
  delete elt.dataset.late;
});
document.addEventListener("htmx:afterSettle", connect);
document.addEventListener("focusout", () => setTimeout(catchUp, 0));
document.addEventListener("toggle", () => setTimeout(catchUp, 0), true);
document.addEventListener("visibilitychange", connect);
addEventListener("pagehide", leave);
connect();
