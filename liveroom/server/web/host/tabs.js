/**
 * Which part of the console is in front: all tabs on a phone, the side column on a desk.
 * Promise: a dot says that something new is in a part that is not in front.
 */

const SIDE = new Set(["cues", "deals", "gifts"]);

export class Tabs {
  /** @param {HTMLElement} body carries the open part in `data-tab` and `data-side` */
  constructor(body) {
    this.body = body;
    this.buttons = [...body.querySelectorAll("[data-open]")];
    for (const button of this.buttons) button.addEventListener("click", () => this.open(button.dataset.open));
  }

  open(name) {
    this.body.dataset.tab = name;
    if (SIDE.has(name)) this.body.dataset.side = name;
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(this.shows(button)));
      if (button.dataset.open === name) this.dot(button, true);
    }
  }

  /** Something new is there. */
  mark(name) {
    for (const button of this.buttons) if (button.dataset.open === name) this.dot(button, this.shows(button));
  }

  /** A tab of the phone is pressed while it is open; one of the side column while its part is. */
  shows(button) {
    const { tab, side } = this.body.dataset;
    return button.dataset.open === (button.closest(".tabs") ? tab : side);
  }

  dot(button, seen) {
    const dot = button.querySelector(".dot");
    if (dot) dot.hidden = seen;
  }
}
