/**
 * Puts the pictures of people into the places that a page has for them, and lets them be heard.
 * A place is an element with `data-camera="<user id>"`; of several that are seen the one with the highest `data-rank`.
 * Promise: one element for each person as long as their stream lasts; who has no place is heard all the same.
 */

import { h } from "./dom.js";

export class Pictures {
  /** @param {HTMLElement} root @param {(isSilent: boolean) => void} [onSilence] the browser lets nothing be heard before a tap */
  constructor(root, onSilence = () => {}) {
    this.root = root;
    this.onSilence = onSilence;
    this.people = new Map();
    this.holder = h("div", { hidden: true });
    root.append(this.holder);
    document.addEventListener("cameraplaces", () => this.place());
  }

  /** @param {{user_id: string, stream: MediaStream, video?: string}[]} slots all there are; the own one not among them */
  set(slots) {
    const present = new Set(slots.map((slot) => slot.user_id));
    for (const [id, person] of this.people) if (!person.own && !present.has(id)) this.drop(id);
    for (const { user_id: id, stream } of slots) this.show(id, stream, false);
    this.place();
  }

  /** Oneself, as in a mirror and without sound; null: no longer. */
  setOwn(userId, stream) {
    const known = this.people.get(userId);
    if (!stream?.getVideoTracks().length) {
      if (known?.own) this.drop(userId);
    } else this.show(userId, stream, true);
    this.place();
  }

  show(id, stream, own) {
    const known = this.people.get(id);
    if (known?.video.srcObject === stream) return;
    if (known) this.drop(id);
    const video = h("video", { autoplay: true, playsInline: true, muted: own, "data-own": own, "data-of": id });
    video.srcObject = stream;
    this.people.set(id, { video, own });
  }

  drop(id) {
    const { video } = this.people.get(id);
    video.srcObject = null;
    video.remove();
    this.people.delete(id);
  }

  /** Places may have come or gone. */
  place() {
    for (const [id, { video }] of this.people) {
      const place = this.placeOf(id) ?? this.holder;
      if (video.parentElement !== place) {
        place.prepend(video);
        this.play(video);
      }
    }
    this.root.toggleAttribute("data-picture", Boolean(this.root.querySelector(".host-camera video")));
  }

  placeOf(id) {
    const seen = [...this.root.querySelectorAll(`[data-camera="${CSS.escape(id)}"]`)].filter((node) => node.offsetParent);
    return seen.sort((a, b) => (b.dataset.rank ?? 1) - (a.dataset.rank ?? 1))[0];
  }

  async play(video) {
    try {
      await video.play();
    } catch (fault) {
      if (fault.name !== "NotAllowedError") return; // it was moved again, or is gone
      video.muted = true;
      this.onSilence(true);
      video.play().catch(() => {});
    }
  }

  /** After a tap of the person. */
  letSound() {
    for (const { video, own } of this.people.values()) {
      video.muted = own;
      video.play().catch(() => {});
    }
    this.onSilence(false);
  }
}
