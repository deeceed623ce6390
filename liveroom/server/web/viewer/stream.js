/**
 * The stream of the room, for all who do not watch the stage directly: in the page where the browser can play it, else
 * behind a link.
 * Promise: it runs while the show is live and nothing of the host comes directly, and is let go otherwise.
 */

import { h } from "../shared/dom.js";
import { t } from "../i18n.js";

const PATIENCE_MS = 1_500;

export class HostStream {
  /** @param {HTMLElement} place @param {{link: HTMLAnchorElement, sound: HTMLButtonElement}} controls */
  constructor(place, { link, sound }) {
    Object.assign(this, { place, link, sound });
    this.url = "";
    this.video = null;
    sound.addEventListener("click", () => {
      if (this.video) this.video.muted = false;
    });
  }

  /** @param {string} url empty: nothing is to be shown */
  show(url) {
    if (url === this.url) return;
    this.url = url;
    clearTimeout(this.timer);
    this.stop();
    // Who finds a place to watch directly has it within a moment.
    if (url) this.timer = setTimeout(() => this.start(url), PATIENCE_MS);
  }

  start(url) {
    const video = h("video", { autoplay: true, playsInline: true, class: "host-stream", src: url, onerror: () => this.offer(url) });
    this.video = video;
    this.place.append(video);
    video.play().catch((fault) => fault.name === "NotAllowedError" && this.playSilently(video));
    document.dispatchEvent(new Event("cameraplaces"));
  }

  playSilently(video) {
    video.muted = true;
    this.sound.hidden = false;
    video.play().catch(() => {}); // then the link of the error is there
  }

  /** The browser cannot play it. */
  offer(url) {
    if (this.url !== url || !this.video) return;
    this.stop();
    Object.assign(this.link, { href: url, textContent: t("air.stream"), hidden: false });
  }

  stop() {
    this.link.hidden = true;
    const { video } = this;
    this.video = null;
    if (!video) return;
    video.removeAttribute("src");
    video.load();
    video.remove();
    document.dispatchEvent(new Event("cameraplaces"));
  }
}
