/**
 * The comment that the staff keeps on top. Promise: one line until it is tapped; put away, it comes back with the next one.
 */

import { h } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { words } from "../shared/words.js";
import { t } from "../i18n.js";

export class Pinned {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.pinned = null;
    this.putAway = null;
    document.addEventListener("languagechanged", () => this.render());
  }

  /** @param {object} talk of the room's state, by its name */
  set(talk) {
    const pinned = Object.values(talk ?? {})[0]?.pinned ?? null;
    if (pinned?.comment.id === this.pinned?.comment.id) return;
    this.pinned = pinned;
    this.render();
  }

  render() {
    const comment = this.pinned?.comment;
    this.place.hidden = !comment || this.putAway === comment.id;
    if (this.place.hidden) return this.place.replaceChildren();
    const open = h("button", { class: "pinned-text", type: "button", "aria-expanded": "false" },
      icon("pin"), h("span", {}, h("b", {}, `${comment.by.name}: `), ...words(comment)));
    open.addEventListener("click", () => open.setAttribute("aria-expanded", String(open.getAttribute("aria-expanded") === "false")));
    const close = h("button", { class: "bare", type: "button", "aria-label": t("talk.unpin_own"), onclick: () => this.close(comment) }, icon("close"));
    return this.place.replaceChildren(open, close);
  }

  close(comment) {
    this.putAway = comment.id;
    this.render();
  }
}
