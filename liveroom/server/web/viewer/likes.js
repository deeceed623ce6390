/**
 * Likes: every tap shows a heart at once; taps are sent summed; the number shown is the server's alone.
 * Promise: taps made while a batch is on its way are kept, and a batch the server refused for now, or did not answer
 * in time, is sent again with its key: it counts once.
 */

import { h, prefersStill } from "../shared/dom.js";
import { icon } from "../shared/icons.js";

const BATCH_MS = 300;
const BATCH_MOST = 50;
const HEARTS_MOST = 24;
const HUES = ["#ff5a6e", "#ff8a6b", "#ffc56b", "#ff9fb4", "#8cc8ff", "#7fe3d2"];

export class Likes {
  /** @param {HTMLElement} hearts where they float @param {(count: number, key?: string) => Promise<unknown>} send */
  constructor(hearts, send) {
    this.hearts = hearts;
    this.send = send;
    this.pending = 0;
    this.again = null; // a batch to send once more: its count and its key
    this.mine = 0;
    this.timer = null;
    this.total = null;
  }

  tap() {
    this.pending += 1;
    this.float();
    this.plan(BATCH_MS);
  }

  plan(delayMs) {
    if (this.timer === null) this.timer = setTimeout(() => this.flush(), delayMs);
  }

  async flush() {
    const { count, key } = this.again ?? this.take();
    let againMs = BATCH_MS;
    try {
      await this.send(count, key);
      this.again = null;
      this.mine += count;
    } catch (error) {
      this.again = error.retryable ? { count, key: error.key ?? key } : null;
      againMs = Math.max(BATCH_MS, error.retry_after_ms ?? 1000);
    }
    this.timer = null;
    if (this.again || this.pending > 0) this.plan(againMs);
  }

  take() {
    const count = Math.min(BATCH_MOST, this.pending);
    this.pending -= count;
    return { count };
  }

  /** A new total: the likes of others float up too, a few for many. */
  setTotal(total) {
    const others = this.total === null ? 0 : total - this.total - this.mine;
    this.mine = 0;
    this.total = total;
    const shown = Math.min(6, Math.max(0, Math.ceil(others / 3)));
    for (let index = 0; index < shown; index += 1) setTimeout(() => this.float(), index * 160);
  }

  float() {
    if (prefersStill() || document.hidden || this.hearts.children.length >= HEARTS_MOST) return;
    const heart = h("i", {}, icon("heart"));
    const between = (low, high) => low + Math.random() * (high - low);
    heart.style.setProperty("--hue", HUES[Math.floor(Math.random() * HUES.length)]);
    heart.style.setProperty("--sway", `${between(-38, 14)}px`);
    heart.style.setProperty("--turn", `${between(-22, 22)}deg`);
    heart.style.setProperty("--time", `${between(2, 3)}s`);
    heart.addEventListener("animationend", () => heart.remove(), { once: true });
    this.hearts.append(heart);
  }
}
