/**
 * The red-packet rain: a short countdown, packets that fall over the stage, one tap, the answer.
 * Promise: it can be put away at any time, and not by a press that was meant for what it came over; with less motion one packet stands still; a tap is answered by the server's
 * word alone, and a packet can be taken by keyboard as well.
 */

import { h, prefersStill, settle } from "../shared/dom.js";
import { leave } from "./moments.js";
import { t } from "../i18n.js";

const SHOWN_BEFORE_MS = 5_000;
const RAIN_MS = 20_000;
const EVERY_MS = 170;
const PACKETS_MOST = 26;
const TICK_MS = 200;
const MISSED = new Set(["sold_out", "paused", "over"]);

export class Rain {
  /**
   * @param {HTMLElement} phone
   * @param {{now: () => number, onGrab: (offer) => Promise<{good: boolean, again?: boolean, title?: string, sum?: string, line: string}>}} use
   */
  constructor(phone, { now, onGrab }) {
    this.phone = phone;
    this.now = now;
    this.onGrab = onGrab;
    this.seen = new Set();
    this.sky = null;
  }

  /** Look at an offer: from a little before its start until it ends, the rain is on, once for each drop. */
  follow(offer) {
    if (this.sky) {
      if (this.offer.id === offer.id) this.offer = offer;
      return;
    }
    const near = offer.startsAt - this.now();
    const late = this.now() - offer.startsAt;
    if (this.seen.has(offer.id) || near > SHOWN_BEFORE_MS || late > RAIN_MS) return;
    if (offer.phase !== "open" && offer.phase !== "waiting") return;
    this.begin(offer);
    settle(this.sky);
  }

  /** Show the rain of an offer now, as when the person asks for it. */
  begin(offer) {
    if (this.sky) return;
    this.offer = offer;
    this.until = Math.max(offer.startsAt, this.now()) + RAIN_MS;
    this.seen.add(offer.id);
    this.still = prefersStill();
    this.place = h("div", { class: this.still ? "still-place" : "falling" });
    this.headline = h("div", { class: "headline", role: "status" }, h("b", {}, offer.name), h("span", {}));
    this.count = h("span", { class: "count", "aria-hidden": "true" });
    this.headline.append(this.count);
    this.grabButton = h("button", { class: "grab", type: "button", hidden: true, onclick: () => this.grab() }, t("rain.grab"));
    const skip = h("button", { class: "skip", type: "button", onclick: () => this.end() }, t("rain.skip"));
    this.sky = h("div", { class: "rain", "data-still": this.still, "aria-label": t("rain.title"), role: "group" },
      this.headline, this.place, h("div", { class: "foot-row" }, this.grabButton, skip));
    this.sky.addEventListener("keydown", (press) => press.key === "Escape" && this.end());
    this.phone.append(this.sky);
    this.timer = setInterval(() => this.tick(), TICK_MS);
    this.tick();
  }

  tick() {
    const before = this.offer.startsAt - this.now();
    const line = this.headline.children[1];
    if (before > 0) {
      this.count.textContent = String(Math.ceil(before / 1000));
      line.textContent = t("rain.soon");
      return;
    }
    this.count.textContent = "";
    line.textContent = t("rain.open");
    this.pour();
    if (this.busy) return;
    if (MISSED.has(this.offer.phase)) this.settle({ good: false, title: t("rain.missed"), line: t(`claim.${this.offer.phase}`) });
    else if (this.offer.phase === "done" || this.now() > this.until) this.end();
  }

  /** Begin to let packets fall, or put the one that stands still. */
  pour() {
    if (this.pouring || this.settled) return;
    this.grabButton.hidden = false;
    if (this.still) {
      this.place.append(this.packet());
      this.pouring = true;
      return;
    }
    this.pouring = setInterval(() => this.drop(), EVERY_MS);
  }

  drop() {
    if (document.hidden || this.place.children.length >= PACKETS_MOST) return;
    const packet = this.packet();
    const between = (low, high) => low + Math.random() * (high - low);
    packet.style.setProperty("--x", `${between(2, 82)}%`);
    packet.style.setProperty("--time", `${between(2.4, 4.2)}s`);
    packet.style.setProperty("--turn", `${between(-28, 28)}deg`);
    packet.style.setProperty("--size", String(between(0.85, 1.2)));
    packet.addEventListener("animationend", () => packet.remove(), { once: true });
    this.place.append(packet);
  }

  packet() {
    // One button below is for keyboards; twenty moving ones would only be in the way.
    const packet = h("button", { class: "packet", type: "button", tabIndex: this.still ? 0 : -1, "aria-label": t("rain.packet") });
    packet.addEventListener(this.still ? "click" : "pointerdown", () => this.grab());
    return packet;
  }

  async grab() {
    if (this.busy || this.settled) return;
    this.busy = true;
    this.grabButton.disabled = true;
    const answer = await this.onGrab(this.offer);
    this.busy = false;
    this.grabButton.disabled = false;
    if (answer.again) this.headline.children[1].textContent = answer.line;
    else this.settle(answer);
  }

  /** Stop the rain and show how it went. */
  settle({ good, title, sum, line }) {
    if (!this.sky || this.settled) return;
    this.settled = true;
    this.stop();
    this.place.replaceChildren();
    this.headline.hidden = true;
    const close = h("button", { class: "primary", type: "button", onclick: () => this.end() }, t("card.good"));
    this.sky.append(h("div", { class: "prize", role: "alert", "data-empty": !good },
      h("h2", {}, title), sum && h("p", { class: "sum" }, sum), h("p", {}, line), close));
    this.sky.querySelector(".foot-row").hidden = true;
    close.focus({ preventScroll: true });
  }

  stop() {
    clearInterval(this.timer);
    clearInterval(this.pouring);
    this.pouring = null;
  }

  end() {
    if (!this.sky) return;
    this.stop();
    leave(this.sky);
    this.sky = null;
    this.settled = false;
    this.busy = false;
  }
}
