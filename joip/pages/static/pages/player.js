/** <joip-player source="/api/sessions/3" autoplay>: plays the slides of a session. Its content is
 * pages/player.html; `source` answers the JSON there anew when addresses of media run out. */

const CONTROLS_SECONDS = 2.5; // without a movement, until they hide
const PLACEHOLDER_SECONDS = 0.15; // of loading, until a placeholder is shown
const LOADING_SECONDS = 20; // until a slide counts as one that cannot be had
const EXPIRING_SECONDS = 15; // new addresses are good for twice as long, at the least
const RENEWAL_SECONDS = 10; // between two renewals, and until what failed is tried again
const SWIPE_PIXELS = 40;
const KEYS = {
  ...{ " ": "toggle", ArrowLeft: "previous", ArrowRight: "next", Home: "first", End: "last" },
  ...{ f: "fullscreen", m: "mute", c: "captions", s: "shuffle", "?": "help", Escape: "leave" },
};

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
const after = (seconds, action) => setTimeout(action, seconds * 1000);
const element = (name, values) => Object.assign(document.createElement(name), values);
const notice = (textContent) => element("p", { className: "notice", textContent });
const blurred = (src) => (src ? element("img", { src, alt: "" }) : notice("Loading"));

/** Which slide comes when: rounds of all slides, added when needed and kept for the way back. */
class Order {
  constructor(count, isShuffled, first) {
    Object.assign(this, { count, isShuffled, at: isShuffled ? 0 : first, slides: [] });
    this.slides = this.#round();
    if (isShuffled) this.slides.sort((one, other) => (other === first) - (one === first));
  }

  get number() { return (this.at % this.count) + 1; }

  peek(steps) {
    while (this.at + steps >= this.slides.length) this.slides.push(...this.#round());
    return this.slides[this.at + steps];
  }

  #round() {
    const round = [...Array(this.count).keys()];
    const drawn = round.map(Math.random);
    if (this.isShuffled) round.sort((one, other) => drawn[one] - drawn[other]);
    return round[0] === this.slides.at(-1) ? round.reverse() : round; // none twice in a row
  }
}

/** The slides and their media: fetched ahead, and by new addresses when the old ones run out. */
class Slides {
  #loading = new Map(); // promises, by index
  #renewal = { startedAt: -Infinity };

  constructor(source, media, addressOf) { Object.assign(this, { source, media, addressOf }); }

  /** An <img> or <video> that can be shown at once; fails if it cannot be had. */
  load(index) {
    const loading = this.#loading.get(index) ?? this.#load(index);
    this.#loading.set(index, loading);
    loading.catch(() => after(RENEWAL_SECONDS, () => this.#loading.delete(index)));
    return loading;
  }

  /** Loads what comes, keeps the one before, and lets go of all others. */
  prepare(before, ...coming) {
    const isFar = (index) => index !== before && !coming.includes(index);
    [...this.#loading.keys()].filter(isFar).forEach((index) => this.#loading.delete(index));
    coming.forEach((index) => this.load(index));
  }

  /** Fetches new addresses; false if those here are new already. */
  async renew() {
    const isDue = Date.now() - this.#renewal.startedAt > RENEWAL_SECONDS * 1000;
    if (isDue) this.#renewal = { startedAt: Date.now(), ends: this.#renew() };
    await this.#renewal.ends;
    return isDue;
  }

  async #renew() {
    const answer = await fetch(this.source).catch(() => null);
    if (!answer?.ok) return; // the old ones may be good again when the network is back
    const { media } = await answer.json();
    if (media.length) this.media = media;
    this.#loading.clear();
  }

  async #load(index) {
    const expiresAt = Date.parse(this.media[index].mediaExpiresAt); // NaN for media elsewhere
    if (expiresAt < Date.now() + EXPIRING_SECONDS * 1000) await this.renew();
    return this.#fetch(this.media[index]).catch(async (error) => {
      if (!expiresAt) throw error;
      await this.renew();
      return this.#fetch(this.media[index]);
    });
  }

  #fetch(slide) {
    const loaded = slide.type === "video" ? this.#video(slide) : this.#picture(slide);
    return Promise.race([loaded, new Promise((_, fail) => after(LOADING_SECONDS, fail))]);
  }

  #picture(slide) {
    const picture = element("img", { referrerPolicy: "no-referrer", src: this.addressOf(slide) });
    return picture.decode().then(() => picture);
  }

  #video({ mediaUrl, thumbnail }) {
    return new Promise((resolve, reject) => {
      const video = element("video", { playsInline: true, preload: "auto", onerror: reject });
      // "suspend": some phones load no more before a video is played.
      video.onloadeddata = video.onsuspend = () => resolve(video);
      Object.assign(video, { poster: thumbnail ?? "", src: mediaUrl });
    });
  }
}

class JoipPlayer extends HTMLElement {
  #content = null; // what shows the slide; null while it loads
  #turn = 0; // rises with every slide: what loaded for an earlier one is not shown
  #screenLock; // a promise of it
  #slideTimer;
  #controlsTimer;

  connectedCallback() {
    const { session, media } = JSON.parse(this.querySelector("script").textContent);
    Object.assign(this, { session, fields: this.#part("settings").elements });
    this.#restore(this.#part("settings"));
    this.slides = new Slides(this.getAttribute("source"), media, this.#addressOf);
    this.#reorder(0);
    document.addEventListener("visibilitychange", this.#run);
    this.addEventListener("focusin", this.#wake);
    this.addEventListener("toggle", this.#refocus, true);
    this.onclick = ({ target }) => this.#act(target.closest("[data-action]")?.dataset.action);
    this.onkeydown = this.#key;
    // Browsers report a movement of 0 where something moved under the pointer.
    this.onpointermove = (event) => (event.movementX || event.movementY) && this.#wake();
    this.#part("stage").onpointerdown = this.#press;
    this.#become(this.hasAttribute("autoplay") && !reducedMotion.matches ? "playing" : "ready");
    this.#apply();
    this.#show();
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.#run);
    this.#become("paused");
  }

  #part(name) { return this.querySelector(`.${name}`); }

  /** What was set in this browser goes before the session's own values. */
  #restore(form) {
    let kept = {}; // for as long as the page, where the browser lets us keep nothing
    try { kept = localStorage; } catch {}
    const stored = JSON.parse(kept["joip-player"] ?? "{}");
    for (const field of form) Object.assign(field, stored[field.name]);
    form.onchange = ({ target: { name, type, checked, value } }) => {
      stored[name] = type === "checkbox" ? { checked } : { value };
      kept["joip-player"] = JSON.stringify(stored);
      this.#apply(name);
    };
  }

  // Actions, which KEYS and buttons name. One with the name of a setting switches that.

  #act(action) {
    if (action in this.fields) this.fields[action].click();
    else this[action]?.();
  }

  toggle() {
    if (this.#state === "ended") this.#go(1);
    this.#become(this.#state === "playing" ? "paused" : "playing");
  }

  next() { this.#isLast ? this.#become("ended") : this.#go(1); }
  previous() { this.#go(this.#state === "ended" ? 0 : -1); }
  first() { this.#go(1 - this.order.number); }
  last() { this.#go(this.order.count - this.order.number); }
  help() { this.#part("keys").togglePopover(); }
  fullscreen() {
    document.fullscreenElement ? document.exitFullscreen() : this.requestFullscreen();
  }
  // Unless there is something that the browser leaves first: a panel, or full screen.
  leave() { document.querySelector(":popover-open, :fullscreen") ?? this.#part("leave").click(); }

  #key = (event) => {
    const { key, target } = event;
    const isTyped = target.matches("select, [type=number]") && key !== "Escape";
    const isPress = target.matches("a, button, input") && key === " ";
    this.#wake();
    if (isTyped || isPress || event.ctrlKey || event.altKey || event.metaKey) return;
    if (key in KEYS && key !== "Escape") event.preventDefault();
    this.#act(KEYS[key]);
  };

  #press = (down) => {
    const showsControls = down.pointerType === "touch" && this.hasAttribute("idle");
    const isSpent = showsControls || this.querySelector(":popover-open"); // which it closes
    this.#wake();
    down.currentTarget.onpointerup = (up) => {
      const [dx, dy] = [up.clientX - down.clientX, up.clientY - down.clientY];
      const isSwipe = Math.abs(dx) > Math.max(Math.abs(dy), SWIPE_PIXELS);
      const zone = isSwipe ? 1 - Math.sign(dx) : Math.floor((3 * up.offsetX) / this.offsetWidth);
      if (!up.button && (isSwipe || !isSpent)) this.#act(["previous", "toggle", "next"][zone]);
    };
  };

  /** A panel that closed may have left the focus to nothing. */
  #refocus = () => document.querySelector(":focus")?.checkVisibility() || this.focus();

  #wake = () => {
    this.removeAttribute("idle");
    clearTimeout(this.#controlsTimer);
    this.#controlsTimer = after(CONTROLS_SECONDS, () => {
      const isUsed = this.querySelector(":focus-visible, :popover-open");
      if (isUsed || this.#state !== "playing" || reducedMotion.matches) this.#wake();
      else this.setAttribute("idle", "");
    });
  };

  /** ready, playing, paused or ended */
  get #state() { return this.getAttribute("state"); }
  get #isLast() { return this.order.number === this.order.count && !this.fields.loop.checked; }

  get #seconds() {
    const { intervalMin, intervalMax } = this.session;
    const { validity, valueAsNumber: chosen } = this.fields.seconds;
    const drawn = intervalMin + Math.random() * (intervalMax - intervalMin);
    return validity.valid && chosen ? chosen : drawn;
  }

  #become(state) {
    this.setAttribute("state", state);
    this.#part("play").ariaLabel = state === "playing" ? "Pause" : "Play";
    this.#hide(this.#part("ending"), state !== "ended");
    if (state === "ended") this.#part("status").textContent = "The end";
    this.#run();
    this.#wake();
  }

  #hide(part, isHidden) {
    if (isHidden && part.contains(document.activeElement)) this.focus(); // not to be lost
    part.hidden = isHidden;
  }

  #go(steps) {
    const at = Math.max(0, this.order.at + steps);
    if (at === this.order.at && this.#state !== "ended") return;
    this.order.at = at;
    if (this.#state !== "playing") this.#become("paused");
    this.#show(steps < 0 ? "back" : "on");
  }

  async #show(way = "on", currentTime = 0) {
    const turn = ++this.#turn;
    const { length } = this.slides.media; // fewer or more since a renewal
    if (length !== this.order.count) this.#reorder(Math.min(this.order.peek(0), length - 1));
    const { order, slides } = this;
    const index = order.peek(0);
    const { placeholder } = slides.media[index];
    this.#content?.pause?.();
    this.#content = null;
    this.#run();
    this.#describe();
    this.#slideTimer = after(PLACEHOLDER_SECONDS, () => this.#stage(blurred(placeholder)));
    const content = await slides.load(index).catch(() => notice("This slide cannot be shown."));
    if (turn !== this.#turn) return;
    Object.assign(content, { currentTime, onended: this.#advance, onerror: this.#recover });
    this.#content = content;
    this.#describe();
    this.#stage(content, `by-${this.fields.transition.value || this.session.transition} ${way}`);
    this.#run();
    slides.prepare(order.slides[order.at - 1], index, order.peek(1), order.peek(2));
  }

  /** Above what was there before, until the transition has ended. */
  #stage(content, transition = "") {
    const before = [...this.#part("stage").children];
    // Without a transition, it may be the same picture, or one that is still on its way out.
    const slide = element("div", { className: `slide ${content.isConnected ? "" : transition}` });
    slide.append(content);
    this.#part("stage").append(slide);
    const ends = Promise.allSettled(slide.getAnimations().map(({ finished }) => finished));
    ends.then(() => before.forEach((old) => old.remove()));
  }

  /** Of a picture: `large`, unless the window is larger. */
  #addressOf = ({ renditions, mediaUrl }) => {
    const { url, width, height } = renditions?.large ?? { url: mediaUrl };
    const { clientWidth, clientHeight } = this.#part("stage");
    const scales = [clientWidth / width, clientHeight / height];
    const scale = this.fields.fill.checked ? Math.max(...scales) : Math.min(...scales);
    return scale * devicePixelRatio > 1 ? mediaUrl : url;
  };

  #describe() {
    const { number, count } = this.order;
    const { caption } = this.slides.media[this.order.peek(0)] ?? {};
    const name = [`Slide ${number} of ${count}`, caption].filter(Boolean).join(": ");
    if (this.#content) this.#content[this.#content.play ? "ariaLabel" : "alt"] = name;
    this.#part("position").textContent = `${number} / ${count}`;
    // Said where somebody steps: a show that plays would talk all the time.
    this.#part("status").textContent = this.#state === "playing" ? "" : name;
    const text = this.#part("caption");
    text.textContent = caption;
    this.#hide(text, !caption || !this.fields.captions.checked);
    text.tabIndex = text.scrollHeight > text.clientHeight ? 0 : -1; // keys can scroll it
  }

  #reorder(first) {
    this.order = new Order(this.slides.media.length, this.fields.shuffle.checked, first);
  }

  #apply = (name) => {
    this.#part("stage").classList.toggle("fills", this.fields.fill.checked);
    const buttons = this.querySelectorAll("[aria-pressed]");
    for (const button of buttons) button.ariaPressed = this.fields[button.dataset.action].checked;
    if (name === "shuffle") this.#reorder(this.order.peek(0));
    this.#describe();
    this.#run();
  };

  /** Starts or stops the slide's time. */
  #run = () => {
    const runs = this.#state === "playing" && !document.hidden;
    clearTimeout(this.#slideTimer);
    if (runs) this.#screenLock ??= navigator.wakeLock?.request("screen").catch(() => null);
    else this.#screenLock = void this.#screenLock?.then((lock) => lock?.release());
    if (this.#content?.error) this.#recover({ target: this.#content });
    else if (this.#content?.play) runs ? this.#play(this.#content) : this.#content.pause();
    else if (this.#content && runs) this.#slideTimer = after(this.#seconds, this.#advance);
  };

  #advance = async () => {
    const turn = this.#turn;
    if (!this.#isLast) await this.slides.load(this.order.peek(1)).catch(() => {});
    if (turn === this.#turn && this.#state === "playing" && !document.hidden) this.next();
  };

  async #play(video) {
    video.muted = this.fields.mute.checked;
    const error = await video.play().catch(({ name }) => name);
    if (error !== "NotAllowedError") return; // it plays, was paused, or see #recover
    // Unasked, browsers start nothing with sound, and some nothing at all.
    if (video.muted) return this.#become("paused");
    this.fields.mute.checked = true;
    this.#apply();
  }

  /** Of a video: its address ran out while it was playing, or it is broken. */
  #recover = async ({ target: { currentTime } }) =>
    (await this.slides.renew()) ? this.#show("on", currentTime) : this.#advance();
}

customElements.define("joip-player", JoipPlayer);
