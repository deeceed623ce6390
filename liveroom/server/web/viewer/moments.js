/**
 * What passes by: the personal welcome, a milestone of likes, arrivals, the notice of sampled comments, news.
 * Promise: each leaves by itself; none covers what the viewer is doing.
 */

import { badges, face } from "../shared/person.js";
import { h, must } from "../shared/dom.js";
import { icon } from "../shared/icons.js";
import { count } from "../shared/numbers.js";
import { language, t } from "../i18n.js";

const WELCOME_MS = 6500;
const MILESTONE_MS = 4000;
const ENTRANCE_MS = 4200;
const SHED_MS = 6000;
const NEWS_MS = 4000;
const FADE_MS = 400;

export class Moments {
  /** @param {HTMLElement} phone */
  constructor(phone) {
    this.place = must(".moments", phone);
    this.joins = must(".joins", phone);
    this.shed = must(".shed", phone);
    this.shedTotal = 0;
    this.joined = null;
  }

  welcome({ text, returning }) {
    const title = t(returning ? "viewer.welcome_back" : "viewer.welcome");
    this.pass(h("div", { class: "welcome" }, h("small", {}, title), text), WELCOME_MS);
  }

  milestone({ total }) {
    this.pass(h("div", { class: "milestone" }, icon("heart"), t("viewer.milestone", { total: count(total) })), MILESTONE_MS);
  }

  /** Somebody whose entry all are to see comes in. */
  entrance({ user, effect, text }) {
    const says = text?.[language()] ?? t("viewer.entered", { name: user.name });
    this.pass(h("div", { class: "entrance", "data-effect": effect }, face(user.name), h("span", {}, ...badges(user), says)), ENTRANCE_MS);
  }

  /** One line about what just happened or begins. */
  tell(text) {
    this.pass(h("div", { class: "news" }, text), NEWS_MS);
  }

  /** Ordinary arrivals: a name of the sample and how many came since the last time. */
  arrivals({ joined, sample }) {
    const came = this.joined === null ? 0 : joined - this.joined;
    this.joined = joined;
    const [someone] = sample ?? [];
    if (came <= 0 || !someone) return;
    const key = came > 1 ? "viewer.joined_many" : "viewer.joined";
    this.joins.replaceChildren(h("span", {}, ...badges({ demo: someone.demo }), t(key, { name: someone.name, count: count(came) })));
  }

  /** Comments left out since the page opened; the notice goes when the flood has passed. */
  shedTo({ total }, fresh) {
    const grew = total > this.shedTotal;
    this.shedTotal = total;
    if (fresh || !grew) return;
    this.shed.textContent = t("viewer.shed", { count: count(total) });
    this.shed.hidden = false;
    clearTimeout(this.shedTimer);
    this.shedTimer = setTimeout(() => (this.shed.hidden = true), SHED_MS);
  }

  pass(node, ms) {
    for (const old of this.place.querySelectorAll(`.${node.className}`)) old.remove();
    this.place.append(node);
    setTimeout(() => leave(node), ms);
  }
}

/** Fade a node out, then remove it. */
export function leave(node) {
  node.dataset.going = "";
  setTimeout(() => node.remove(), FADE_MS);
}
