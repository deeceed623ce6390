/**
 * Which part of the console is in front: all tabs on a phone, the side column on a desk.
 * Promise: a dot says that something new is in a part that is not in front.
 */

export class Tabs {
  /** @param {HTMLElement} body carries the open part in `data-tab` and `data-side` */
  constructor(body) {
    this.body = body;
    this.onOpen = null; // told the name of each part that is opened
    this.buttons = [...body.querySelectorAll("[data-open]")];
    this.side = new Set([...body.querySelectorAll(".side-tabs [data-open]")].map((button) => button.dataset.open));
    for (const button of this.buttons) button.addEventListener("click", () => this.open(button.dataset.open));
    this.bring(body.dataset.side);
  }

  open(name) {
    this.body.dataset.tab = name;
    if (this.side.has(name)) this.bring(name);
    for (const button of this.buttons) {
      button.setAttribute("aria-pressed", String(this.shows(button)));
      if (button.dataset.open !== name) continue;
      this.dot(button, true);
      button.scrollIntoView({ block: "nearest", inline: "nearest" });
    }
    this.onOpen?.(name);
  }

  /** Show a part in the side column; its panel has the part's name as a class. */
  bring(name) {
    this.body.dataset.side = name;
    for (const panel of this.body.querySelectorAll(".side > .panel")) panel.toggleAttribute("data-front", panel.classList.contains(name));
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
