/** <joip-upload list="slide-list" max-bytes="1000" order="/library/3/media/order">: sends the files of
 * its form one a request, and puts the slides that they become into the list. `elsewhere` is the
 * address of the page with the end of the list, where the list here does not show it. */

const AT_ONCE = 3;
// By the end of their names, since some systems do not know these.
const BY_NAME = { heic: "image/heic", heif: "image/heic", mov: "video/quicktime" };
const OTHER_KIND = "No picture or video that can be shown. JPEG, PNG, GIF, WebP, HEIC, MP4, WebM and QuickTime can.";
const NO_ANSWER = "No answer came, so it may have been added. Reload the page to see.";
const TOO_OLD = "This page is too old. Reload it, and try again.";
const element = (name, values) => Object.assign(document.createElement(name), values);
const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";

class JoipUpload extends HTMLElement {
  #items = []; // in the order in which they were chosen
  #arrived = []; // ids of slides, in the order in which the server has them
  #pausedUntil = 0;
  #isArranging = false;
  #isOwnDrag = false; // a picture of this page is dragged, not a file
  #connected = new AbortController();

  connectedCallback() {
    this.form = this.querySelector("form");
    this.input = this.form.querySelector("[type=file]");
    this.input.required = false;
    this.form.querySelector("button").hidden = true;
    this.rows = element("ul", { className: "uploads" });
    this.state = element("p", { className: "state" });
    this.state.setAttribute("role", "status");
    this.retry = element("button", { className: "quiet", type: "button", hidden: true });
    this.retry.textContent = "Retry all that failed";
    const hint = "Or drop them anywhere on this page, or paste them.";
    this.append(element("p", { className: "soft", textContent: hint }), this.rows, this.state, this.retry);
    this.#listen();
    this.#take(); // what was chosen before this script was there
  }

  disconnectedCallback() { this.#connected.abort(); }

  #listen() {
    const { signal } = this.#connected;
    const on = (target, name, action) => target.addEventListener(name, action, { signal });
    on(this.input, "change", () => this.#take());
    on(this.form, "submit", (event) => event.preventDefault());
    on(this.retry, "click", () => this.#retryAll());
    on(document, "dragstart", () => { this.#isOwnDrag = true; });
    on(document, "dragend", () => { this.#isOwnDrag = false; });
    on(document, "dragover", (event) => {
      if (!this.#isOwnDrag && event.dataTransfer.types.includes("Files")) event.preventDefault();
    });
    on(document, "drop", (event) => {
      if (this.#isOwnDrag || !event.dataTransfer.files.length) return;
      event.preventDefault();
      this.add(event.dataTransfer.files);
    });
    on(document, "paste", ({ target, clipboardData }) => {
      const isText = target.matches?.("input, textarea") && clipboardData.types.includes("text/plain");
      if (!isText) this.add(clipboardData.files);
    });
    on(window, "beforeunload", (event) => { if (this.#isBusy) event.preventDefault(); });
  }

  #take() {
    this.add(this.input.files);
    this.input.value = "";
  }

  get #isBusy() {
    return this.#isArranging || this.#items.some(({ state }) => ["waiting", "sending"].includes(state));
  }

  add(files) {
    if (!files.length) return;
    for (const file of files) this.#enqueue(file);
    this.state.textContent = `Adding ${count(files.length, "file")} …`;
    this.#next();
  }

  #enqueue(file) {
    const item = { file, row: element("li"), progress: element("progress", { max: 1, value: 0 }) };
    item.button = element("button", { className: "plain", type: "button", onclick: () => this.#cancel(item) });
    item.words = element("span", { className: "soft" });
    item.progress.setAttribute("aria-label", file.name);
    item.row.append(element("span", { textContent: file.name }), item.progress, item.words, item.button);
    this.rows.append(item.row);
    this.#items.push(item);
    const problem = this.#refusal(file);
    if (problem) this.#fail(item, problem, { isFinal: true });
    else this.#show(item, "waiting", "waits");
  }

  #refusal({ name, size, type }) {
    const kind = type || BY_NAME[name.split(".").at(-1).toLowerCase()];
    if (!this.input.accept.split(",").includes(kind)) return OTHER_KIND;
    const most = Number(this.getAttribute("max-bytes"));
    if (size > most) return `Larger than ${Math.floor(most / 2 ** 20)} MB.`;
    return size ? "" : "The file is empty.";
  }

  #show(item, state, words) {
    Object.assign(item, { state });
    item.words.textContent = words;
    item.row.className = state;
    item.progress.hidden = state === "failed";
    item.button.disabled = false;
    item.button.textContent = state === "failed" ? "Remove" : "Cancel";
    item.button.setAttribute("aria-label", `${item.button.textContent} ${item.file.name}`);
    this.retry.hidden = !this.#items.some((one) => one.state === "failed" && !one.isFinal);
  }

  #fail(item, words, { isFinal = false } = {}) {
    item.isFinal = isFinal;
    this.#show(item, "failed", words);
  }

  #next() {
    const { waiting = [], sending = [] } = Object.groupBy(this.#items, (item) => item.state);
    const isPaused = this.#pausedUntil > Date.now();
    if (!isPaused) for (const item of waiting.slice(0, AT_ONCE - sending.length)) this.#send(item);
    if (!this.#isBusy) this.#finish();
  }

  #send(item) {
    const body = new FormData();
    body.append("files", item.file);
    const request = new XMLHttpRequest(); // fetch() tells no progress
    item.request = request;
    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "text/plain, text/html");
    request.setRequestHeader("X-CSRFToken", token());
    request.upload.onprogress = ({ loaded, total }) => { item.progress.value = loaded / total; };
    request.upload.onload = () => {
      item.isSent = item.button.disabled = true; // too late to cancel
      item.words.textContent = "is being checked";
    };
    request.onload = () => { this.#answered(item, request); this.#next(); };
    request.onerror = () => { this.#unanswered(item); this.#next(); };
    item.isSent = false;
    this.#show(item, "sending", "is being sent");
    request.send(body);
  }

  #unanswered(item) {
    if (item.isSent) this.#fail(item, NO_ANSWER, { isFinal: true });
    else this.#fail(item, "The network is down. Retry when it is back.");
  }

  #answered(item, request) {
    const type = request.getResponseHeader("Content-Type") ?? "";
    const seconds = Number(request.getResponseHeader("Retry-After"));
    if (request.status === 200 && type.startsWith("text/html")) this.#place(item, request.responseText);
    else if (seconds && [429, 503].includes(request.status)) this.#pause(item, seconds);
    else this.#fail(item, type.startsWith("text/plain") ? request.responseText : TOO_OLD);
  }

  #pause(item, seconds) {
    this.#pausedUntil = Date.now() + seconds * 1000;
    const wait = seconds > 90 ? count(Math.ceil(seconds / 60), "minute") : count(seconds, "second");
    this.#show(item, "waiting", `The server is busy. It is sent again in ${wait}.`);
    setTimeout(() => this.#next(), seconds * 1000);
  }

  #place(item, html) {
    const slide = element("template", { innerHTML: html }).content.firstElementChild;
    item.slide = slide.id.replace("slide-", "");
    item.state = "added";
    this.#arrived.push(item.slide);
    if (!this.hasAttribute("elsewhere")) {
      const later = this.#items.slice(this.#items.indexOf(item) + 1).filter((other) => other.slide);
      const slides = later.map((other) => document.getElementById(`slide-${other.slide}`));
      const list = document.getElementById(this.getAttribute("list"));
      list.insertBefore(slide, slides.find(Boolean) ?? null);
    }
    this.#remove(item.row);
    document.body.dispatchEvent(new Event("slides-changed"));
  }

  #cancel(item) {
    item.request?.abort();
    this.#items.splice(this.#items.indexOf(item), 1);
    this.#remove(item.row);
    this.#next();
  }

  #remove(row) {
    const hadFocus = row.contains(document.activeElement);
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    row.remove();
    if (hadFocus) (neighbour?.querySelector("button:enabled") ?? this.input).focus();
  }

  #retryAll() {
    const failed = this.#items.filter((item) => item.state === "failed" && !item.isFinal);
    for (const item of failed) this.#show(item, "waiting", "waits");
    this.input.focus(); // the button is gone
    this.#next();
  }

  async #finish() {
    const chosen = this.#items.filter((item) => item.slide).map((item) => item.slide);
    if (String(chosen) !== String(this.#arrived)) await this.#arrange(chosen);
    const added = this.#items.filter((item) => item.state === "added" && !item.isTold);
    for (const item of added) item.isTold = true;
    const failed = this.#items.filter((item) => item.state === "failed").length;
    this.state.textContent = [
      added.length && `${count(added.length, "slide")} added.`,
      failed && `${count(failed, "file")} could not be added; the reasons stand above.`,
    ].filter(Boolean).join(" ");
    const href = this.getAttribute("elsewhere");
    if (added.length && href) {
      this.state.append(" ", element("a", { href, textContent: "See the end of the slides" }));
    }
  }

  async #arrange(slides) {
    this.#isArranging = true;
    const body = new URLSearchParams(slides.map((slide) => ["slide", slide]));
    const headers = { Accept: "text/plain", "X-CSRFToken": token() };
    const answer = await fetch(this.getAttribute("order"), { method: "POST", body, headers }).catch(() => null);
    this.#isArranging = false;
    if (answer?.ok) this.#arrived = slides;
  }
}

customElements.define("joip-upload", JoipUpload);
