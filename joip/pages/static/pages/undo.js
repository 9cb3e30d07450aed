/** <form data-undo="Slide 3" data-then="/library">: its deletion waits for some seconds, in which it
 * can be undone. It runs at the latest when the page is left. */

const UNDO_SECONDS = 8;
const element = (name, values) => Object.assign(document.createElement(name), values);
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";
const waiting = new Set();

function removal(form) {
  const row = form.closest("li, .report");
  const hidden = [...row.children].filter((child) => !child.hidden);
  const number = form.querySelector(".place")?.textContent;
  const name = number ? `Slide ${number}` : form.dataset.undo;
  const notice = element("p", { className: "note undo" });
  notice.append(`${name} will be deleted in ${UNDO_SECONDS} seconds. `);
  const button = element("button", { className: "plain", type: "button", textContent: "Undo" });
  button.setAttribute("aria-label", `Undo: keep ${name}`);
  notice.setAttribute("role", "status");
  notice.append(button);
  for (const child of hidden) child.hidden = true;
  row.append(notice);
  button.focus();
  const one = { form, row, hidden, notice, name };
  one.timer = setTimeout(() => run(one), UNDO_SECONDS * 1000);
  button.onclick = () => restore(one);
  waiting.add(one);
}

function restore(one, problem) {
  clearTimeout(one.timer);
  waiting.delete(one);
  const hadFocus = one.notice.contains(document.activeElement);
  one.notice.remove();
  for (const child of one.hidden) child.hidden = false;
  if (problem) {
    one.form.querySelector(".problem")?.remove();
    one.form.append(element("p", { className: "problem", role: "alert", textContent: problem }));
  } else one.form.closest("details").open = false;
  if (hadFocus) one.form.closest("details").querySelector("summary").focus();
}

function send({ form }) {
  const headers = { Accept: "text/plain", "X-CSRFToken": token() };
  return fetch(form.action, { method: "POST", headers, keepalive: true });
}

async function run(one) {
  waiting.delete(one);
  const answer = await send(one).catch(() => null);
  const isGone = answer?.ok || answer?.status === 404;
  if (!isGone) return restore(one, `${one.name} is still there. ${await why(answer)}`);
  if (one.form.dataset.then) return location.assign(one.form.dataset.then);
  remove(one);
  document.body.dispatchEvent(new Event("slides-changed"));
}

async function why(answer) {
  if (!answer) return "The network is down. Try again when it is back.";
  const isPlain = answer.headers.get("Content-Type")?.startsWith("text/plain");
  return isPlain ? answer.text() : "Reload the page, and try again.";
}

function remove({ row }) {
  const hadFocus = row.contains(document.activeElement);
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  if (hadFocus) (neighbour?.querySelector("button:enabled, a") ?? document.querySelector("main")).focus();
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-undo]")) return;
  event.preventDefault();
  removal(event.target);
});
addEventListener("pagehide", () => {
  for (const one of waiting) {
    clearTimeout(one.timer);
    send(one).catch(() => {});
    remove(one);
  }
  waiting.clear();
});
