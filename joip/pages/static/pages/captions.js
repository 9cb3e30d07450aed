/** Captions save themselves, and say beside themselves how that went. What is not saved yet is kept in
 * this tab, and is there again when the page is. */

const forms = () => [...document.querySelectorAll("form.caption")];
const textOf = (form) => form.elements.caption;
const isDirty = (form) => textOf(form).value !== textOf(form).defaultValue;
const keyOf = (form) => `caption:${new URL(form.action).pathname}`;
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
const saving = new Map(); // promises, by form: one after another, or an older text could win

function send(form) {
  const body = new URLSearchParams({ caption: textOf(form).value });
  const headers = { Accept: "text/plain", "X-CSRFToken": token() };
  // Goes on when the page is left.
  return fetch(form.action, { method: "POST", body, headers, keepalive: true });
}

async function save(form) {
  if (!isDirty(form)) return say(form, "Saved.");
  const caption = textOf(form).value;
  say(form, "Saving …");
  const answer = await send(form).catch(() => null);
  if (answer?.ok) {
    textOf(form).defaultValue = caption;
    if (isDirty(form)) return; // typed on meanwhile: another save follows
    sessionStorage.removeItem(keyOf(form));
    say(form, "Saved.");
    document.body.dispatchEvent(new Event("slides-changed"));
  } else say(form, `Not saved. ${await why(answer)}`, { isProblem: true });
}

async function why(answer) {
  if (!answer) return "The network is down. It is tried again when it is back.";
  if (answer.status === 404) return "This slide is not there any more. Copy your text if you need it.";
  const isPlain = answer.headers.get("Content-Type")?.startsWith("text/plain");
  return isPlain ? answer.text() : "Your text is kept. Try again in a while, or reload the page.";
}

function say(form, words, { isProblem = false } = {}) {
  const state = form.querySelector(".state");
  state.classList.toggle("wrong", isProblem);
  state.textContent = words;
}

function saveInTurn(form) {
  saving.set(form, (saving.get(form) ?? Promise.resolve()).then(() => save(form)));
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("form.caption textarea")) return;
  sessionStorage.setItem(keyOf(target.form), target.value);
  say(target.form, "");
});
document.addEventListener("change", ({ target }) => {
  if (target.matches("form.caption textarea")) saveInTurn(target.form);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.caption")) return;
  event.preventDefault();
  saveInTurn(event.target);
});
addEventListener("online", () => forms().filter(isDirty).forEach(saveInTurn));
addEventListener("pagehide", () => forms().filter(isDirty).forEach((form) => send(form).catch(() => {})));

for (const form of forms()) {
  const kept = sessionStorage.getItem(keyOf(form));
  if (kept === null) continue;
  textOf(form).value = kept;
  saveInTurn(form);
}
