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
  if (!isDirty(form)) return forget(form);
  const caption = textOf(form).value;
  say(form, "Saving …");
  const answer = await send(form).catch(() => null);
  if (answer?.ok) {
    textOf(form).defaultValue = caption;
    if (isDirty(form)) return; // typed on meanwhile: another save follows
    forget(form);
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

/** With the text that it replaces, to know it when that has changed elsewhere. */
function keep(form) {
  const { value, defaultValue } = textOf(form);
  sessionStorage.setItem(keyOf(form), JSON.stringify([value, defaultValue]));
}

function forget(form) { sessionStorage.removeItem(keyOf(form)); }

function restore(form) {
  const [text, before] = JSON.parse(sessionStorage.getItem(keyOf(form))) ?? [];
  if (text === undefined) return;
  forget(form);
  const { value } = textOf(form);
  if (text === value) return;
  if (before !== value) {
    say(form, `It was changed meanwhile. You had written: ${text}`, { isProblem: true });
    return;
  }
  textOf(form).value = text;
  keep(form);
  saveInTurn(form);
}

function saveInTurn(form) {
  saving.set(form, (saving.get(form) ?? Promise.resolve()).then(() => save(form)));
}

document.addEventListener("input", ({ target }) => {
  if (!target.matches("form.caption textarea")) return;
  keep(target.form);
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

for (const form of forms()) restore(form);
