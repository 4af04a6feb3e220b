/* Passkeys: the server says what to ask for, the browser's authenticator answers, a form carries the answer. */
import { ask } from "../ui/server.js";

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
const ids = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function prove(options) {
  const publicKey = { ...options, challenge: bytes(options.challenge), allowCredentials: ids(options.allowCredentials) };
  const { id, type, response } = await navigator.credentials.get({ publicKey });
  return {
    id,
    type,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      ...(response.userHandle && { userHandle: text(response.userHandle) }),
    },
  };
}

async function make(options) {
  const publicKey = {
    ...options,
    challenge: bytes(options.challenge),
    user: { ...options.user, id: bytes(options.user.id) },
    excludeCredentials: ids(options.excludeCredentials),
  };
  const { id, type, response } = await navigator.credentials.create({ publicKey });
  return {
    id,
    type,
    response: { clientDataJSON: text(response.clientDataJSON), attestationObject: text(response.attestationObject) },
  };
}

/* A button with data-passkey="prove|make" stands in a form with the hidden field that it fills */
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-passkey]");
  if (!button) return;
  const form = button.closest("form");
  const trouble = form.querySelector("[data-passkey-trouble]");
  button.setAttribute("aria-disabled", "true");
  try {
    const options = JSON.parse(await ask(button.dataset.options, {}));
    const answer = await (button.dataset.passkey === "make" ? make : prove)(options);
    form.querySelector("[data-passkey-answer]").value = JSON.stringify(answer);
    form.requestSubmit();
  } catch {
    if (trouble) trouble.hidden = false;
  } finally {
    button.removeAttribute("aria-disabled");
  }
});

/* Where the browser knows no passkeys nothing is offered */
function offer() {
  if (!window.PublicKeyCredential) return;
  for (const part of document.querySelectorAll("[data-needs-passkeys]")) part.hidden = false;
}
offer();
document.addEventListener("salus:covered", offer);
