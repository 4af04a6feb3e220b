/* Talking to our own server: always by POST when something is searched, always with the CSRF token. */
const token = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

export async function ask(url, fields, signal) {
  const body = new URLSearchParams(fields);
  const answer = await fetch(url, {
    method: "POST",
    body,
    signal,
    headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch", "HX-Request": "true" },
    credentials: "same-origin",
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.text();
}

/* A calm message at the foot of the page. The server's own fragment is shown when it sent one. */
export function say(html, status) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const fragment = html && html.length < 4000 && html.includes("alert") ? html : "";
  if (fragment) place.innerHTML = fragment;
  else {
    const box = document.createElement("div");
    box.className = "alert tone-warning";
    box.textContent = status
      ? document.body.dataset.failed
      : document.body.dataset.offline;
    place.replaceChildren(box);
  }
  setTimeout(() => place.replaceChildren(), 12000);
}

/* Wait until typing pauses; an answer that comes late is dropped. */
export function asker(url, wait = 140) {
  let timer = 0;
  let running = null;
  const stop = () => {
    clearTimeout(timer);
    running?.abort();
  };
  const start = (fields, show, fail) => {
    stop();
    timer = setTimeout(async () => {
      running = new AbortController();
      try {
        show(await ask(url, fields, running.signal));
      } catch (error) {
        if (error.name !== "AbortError") fail?.(error);
      }
    }, wait);
  };
  return Object.assign(start, { stop });
}
