/**
 * The button that goes on with a combo: each tap sends the same again while the ring runs out.
 * Promise: taps are summed and sent a few times a second; the number shown is the server's absolute total plus what
 * is under way; the button leaves when the window has passed.
 */

import { must } from "../shared/dom.js";
import { t } from "../i18n.js";

const BATCH_MS = 200;
const MOST = 999;

export class GiftCombo {
  /** @param {HTMLButtonElement} button @param {(gift, count: number) => Promise<{count: number}>} send */
  constructor(button, send) {
    this.button = button;
    this.send = send;
    this.gift = null;
    this.waiting = 0;
    this.sending = 0;
    this.total = 0;
    button.addEventListener("click", () => this.tap());
  }

  /** A gift was accepted: offer to go on. */
  begin(gift, step, total) {
    if (!gift.combo_window_ms) return;
    if (this.gift && this.gift.id !== gift.id) this.flush();
    Object.assign(this, { gift, step, total });
    this.button.hidden = false;
    this.wind();
  }

  tap() {
    if (this.waiting + this.step > MOST) return;
    this.waiting += this.step;
    this.wind();
    this.timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  async flush() {
    clearTimeout(this.timer);
    this.timer = null;
    const { gift, waiting } = this;
    if (waiting === 0) return;
    this.waiting = 0;
    this.sending += waiting;
    try {
      const total = await this.send(gift, waiting);
      if (this.gift?.id === gift.id) this.total = Math.max(this.total, total);
    } catch {
      this.end(); // the sender has told why
    }
    this.sending -= waiting;
    this.say();
  }

  /** Start the ring anew. */
  wind() {
    const until = performance.now() + this.gift.combo_window_ms;
    cancelAnimationFrame(this.ring);
    const turn = () => {
      const left = (until - performance.now()) / this.gift.combo_window_ms;
      if (left <= 0) return this.end();
      this.button.style.setProperty("--left", left.toFixed(3));
      this.ring = requestAnimationFrame(turn);
      return undefined;
    };
    turn();
    this.say();
  }

  say() {
    must("b", this.button).textContent = `×${this.total + this.sending + this.waiting}`;
    must("span", this.button).textContent = t("gift.combo");
  }

  end() {
    cancelAnimationFrame(this.ring);
    this.button.hidden = true;
  }
}
