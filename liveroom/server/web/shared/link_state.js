/**
 * The state of the connection in kind words: silent while all is well.
 */

import { h } from "./dom.js";
import { t } from "../i18n.js";

const BACK_MS = 2600;
const PATIENCE_MS = 700;

export class LinkState {
  /** @param {HTMLElement} pill */
  constructor(pill) {
    this.pill = pill;
    this.broke = false;
  }

  /** @param {"connecting" | "connected" | "reconnecting" | "closed"} status */
  show(status, reason) {
    clearTimeout(this.timer);
    if (status === "connected") return this.back();
    this.broke ||= status === "reconnecting";
    if (status === "closed") return this.closed(reason);
    // A short gap is nobody's business.
    this.timer = setTimeout(() => this.say(t(`link.${status}`), "wait"), PATIENCE_MS);
    return undefined;
  }

  back() {
    if (!this.broke) return (this.pill.hidden = true);
    this.broke = false;
    this.say(t("link.back"), "good");
    this.timer = setTimeout(() => (this.pill.hidden = true), BACK_MS);
    return undefined;
  }

  closed(reason) {
    this.say(reason || t("link.closed"), "wait");
    this.pill.append(h("button", { type: "button", onclick: () => location.reload() }, t("link.again")));
  }

  say(text, kind) {
    this.pill.textContent = text;
    this.pill.dataset.kind = kind;
    this.pill.hidden = false;
  }
}
