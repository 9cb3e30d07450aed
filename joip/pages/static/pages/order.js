/** <joip-order first="1" total="250">: orders the slides of its list by dragging and by keys, and by
 * the buttons of each slide's forms, which work without it too. `first` is the number of the first
 * slide in the list. */

const EDGE_PIXELS = 60; // of the window: dragging there scrolls
const SCROLL_PIXELS = 12; // a frame
const HANDLE = `<span aria-hidden="true">⠿</span><span class="hidden">
  Slide <span class="place"></span>: drag it, or move it with the arrow keys</span>`;
const element = (name, values) => Object.assign(document.createElement(name), values);
const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]*)/)?.[1] ?? "";

class JoipOrder extends HTMLElement {
  #saved = []; // the slides in the order that the server has
  #saving = Promise.resolve();
  #round = 0; // moves of an earlier one are given up, since one of them could not be saved
  unsaved = 0; // moves
  #drag = null;

  connectedCallback() {
    this.list = this.querySelector("ol");
    this.state = element("p", { className: "state soft" });
    this.state.setAttribute("role", "status");
    this.append(this.state);
    this.total = Number(this.getAttribute("total"));
    this.#saved = this.slides;
    this.#upgrade();
    new MutationObserver(() => this.#upgrade()).observe(this.list, { childList: true });
    this.addEventListener("submit", (event) => this.#submitted(event));
    this.addEventListener("keydown", (event) => this.#pressed(event));
    this.addEventListener("pointerdown", (event) => this.#grab(event));
    this.addEventListener("pointermove", (event) => this.#moved(event));
    this.addEventListener("pointerup", () => this.#drop(true));
    this.addEventListener("pointercancel", () => this.#drop(false));
    addEventListener("beforeunload", (event) => { if (this.unsaved) event.preventDefault(); });
  }

  get first() { return Math.max(1, Number(this.getAttribute("first"))); }
  get slides() { return [...this.list.children]; }

  /** Handles for slides that have none, and numbers for all. */
  #upgrade() {
    const slides = this.slides;
    const grown = slides.length - this.#saved.length;
    this.total += grown;
    slides.forEach((slide, index) => {
      if (!slide.querySelector(".handle")) slide.querySelector(".deeds").prepend(this.#handle());
      const number = this.first + index;
      for (const place of slide.querySelectorAll(".place")) place.textContent = number;
      const [up, down] = slide.querySelectorAll("button[name=to]");
      Object.assign(up, { value: number - 1, disabled: number === 1 });
      Object.assign(down, { value: number + 1, disabled: number === this.total });
      Object.assign(slide.querySelector("input[name=to]"), { value: number, max: this.total });
    });
    if (grown) this.#saved = slides; // what is new or gone, the server knows
  }

  #handle() {
    const handle = element("button", { className: "handle plain", type: "button" });
    handle.innerHTML = HANDLE;
    return handle;
  }

  #submitted(event) {
    if (!event.target.matches(".move")) return;
    const to = event.submitter?.name === "to" ? event.submitter : event.target.elements.to;
    const index = Number(to.value) - this.first;
    if (!(index in this.slides)) return; // on another page: the form is sent as it is
    event.preventDefault();
    const slide = event.target.closest("li");
    event.target.closest("details")?.removeAttribute("open");
    this.#move(slide, index, event.submitter);
  }

  #pressed(event) {
    if (event.key === "Escape" && this.#drag) this.#drop(false);
    if (!event.target.closest(".handle")) return;
    const steps = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const slide = event.target.closest("li");
    const index = this.slides.indexOf(slide) + steps;
    if (!steps || !(index in this.slides)) return;
    event.preventDefault();
    this.#move(slide, index, event.target);
  }

  #move(slide, index, focused) {
    const slides = this.slides.filter((other) => other !== slide);
    if (this.slides[index] === slide) return;
    this.list.insertBefore(slide, slides[index] ?? null);
    this.#upgrade();
    const place = this.first + index;
    const other = focused?.matches(":disabled, details:not([open]) *") && slide.querySelector(".handle");
    (other || focused || slide.querySelector(".handle")).focus({ preventScroll: true });
    slide.scrollIntoView({ block: "nearest" });
    this.state.textContent = `Slide moved to place ${place} of ${this.total}.`;
    const move = { slide, place, order: this.slides, round: this.#round };
    this.unsaved++;
    this.#saving = this.#saving.then(() => this.#save(move));
  }

  /** One after another, since each place is meant after the moves before it. */
  async #save({ slide, place, order, round }) {
    if (round !== this.#round) return;
    const { action } = slide.querySelector(".move");
    const headers = { Accept: "text/plain", "X-CSRFToken": token() };
    const body = new URLSearchParams({ to: place });
    const answer = await fetch(action, { method: "POST", body, headers, keepalive: true }).catch(() => null);
    if (answer?.ok) {
      this.unsaved--;
      this.#saved = order;
      document.body.dispatchEvent(new Event("slides-changed"));
      return;
    }
    const why = answer ? await this.#why(answer) : "The network is down.";
    this.#putBack(`The order could not be saved, and is as it was before. ${why}`);
  }

  #why(answer) {
    const isPlain = answer.headers.get("Content-Type")?.startsWith("text/plain");
    return isPlain ? answer.text() : "Reload the page, and try again.";
  }

  #putBack(words) {
    this.#round++;
    this.unsaved = 0;
    const focused = document.activeElement;
    const there = this.#saved.filter((slide) => slide.parentNode === this.list);
    this.list.prepend(...there);
    this.#upgrade();
    if (this.contains(focused)) focused.focus();
    this.state.textContent = words;
  }

  #grab(event) {
    const handle = event.target.closest(".handle");
    if (!handle || event.button) return;
    this.#drag = { slide: handle.closest("li"), y: event.clientY };
    this.setPointerCapture(event.pointerId); // the slide itself moves in the page
    this.#drag.slide.classList.add("dragged");
    this.#scroll();
  }

  #moved(event) {
    if (!this.#drag) return;
    this.#drag.y = event.clientY;
    this.#aim();
  }

  /** Marks the slide before which the dragged one would stand. */
  #aim() {
    const before = this.slides.find((slide) => {
      const { top, height } = slide.getBoundingClientRect();
      return this.#drag.y < top + height / 2;
    });
    this.#drag.before = before ?? null;
    for (const slide of this.slides) {
      slide.classList.toggle("aim", slide === before);
      slide.classList.toggle("aim-end", !before && slide === this.list.lastElementChild);
    }
  }

  #scroll() {
    if (!this.#drag) return;
    const { y } = this.#drag;
    const way = y < EDGE_PIXELS ? -1 : y > innerHeight - EDGE_PIXELS ? 1 : 0;
    if (way) {
      scrollBy({ top: way * SCROLL_PIXELS, behavior: "instant" });
      this.#aim();
    }
    requestAnimationFrame(() => this.#scroll());
  }

  #drop(isMeant) {
    if (!this.#drag) return;
    const { slide, before } = this.#drag;
    this.#drag = null;
    for (const one of this.slides) one.classList.remove("dragged", "aim", "aim-end");
    if (!isMeant || before === undefined || before === slide) return;
    const others = this.slides.filter((other) => other !== slide);
    this.#move(slide, before ? others.indexOf(before) : others.length, null);
  }
}

customElements.define("joip-order", JoipOrder);
