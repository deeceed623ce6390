/**
 * What the polls, draws and topics of the console have in common: a form for a new one, a card for each, the newest first.
 * Promise: what is shown is what the server said last; a refusal stands under the card that it concerns; numbers alone
 * move no button under a finger.
 */

import { countdown } from "../shared/offers.js";
import { h, must } from "../shared/dom.js";
import { sayError } from "../shared/errors.js";
import { SteadyList } from "../shared/steady.js";
import { t } from "../i18n.js";

const TICK_MS = 500;

/** A choice with its bar. @param {object} [facts] attributes */
export const barLine = ({ id, text }, facts = {}) => h("li", { "data-choice": id, ...facts },
  h("span", { class: "words" }, text), h("span", { class: "number" }), h("span", { class: "meter", "aria-hidden": "true" }, h("i", {})));

/** How a choice of this card stands. */
export function fillBar(card, { id, share, leads }, text) {
  const line = must(`[data-choice="${id}"]`, card);
  must(".meter i", line).style.width = `${share}%`;
  line.dataset.leads = leads;
  must(".number", line).textContent = text;
}

/** A panel says how: `form(send)`, `card(facts)` with `problem` among the facts, `count(one, node)`, `says(one)`. */
export class Acts {
  /**
   * @param {HTMLElement} place @param {object} room @param {{now: () => number, ask: (q: object) => Promise<boolean>}} use
   * @param {{one: string, many: string, kinds: string[]}} names `one`: begins its commands; `many`: its part of the state and
   *   class of the list; `kinds`: events that change something
   */
  constructor(place, room, use, { one, many, kinds }) {
    Object.assign(this, { place, room, use, one, many });
    this.problems = new Map();
    this.cards = new SteadyList(must(`.${many}`, place), (facts) => this.card(facts));
    for (const kind of ["joined", "snapshot", ...kinds]) room.on(kind, () => this.render());
    document.addEventListener("languagechanged", () => this.renew());
    setInterval(() => this.tick(), TICK_MS);
    this.renew();
  }

  renew() {
    must(`.new-${this.one}`, this.place).replaceChildren(this.form((type, facts) => this.room.send(`${this.one}.${type}`, facts)));
    this.cards.forget();
    this.render();
  }

  all() {
    return Object.values(this.room.state[this.many] ?? {}).sort((one, other) => other.opened_at - one.opened_at);
  }

  render() {
    const all = this.all();
    this.cards.show(all.map((one) => ({ ...one, problem: this.problems.get(one.id) })));
    for (const one of all) this.count(one, this.cards.node(one.id));
    this.tick();
  }

  async carryOut(id, does, facts = {}) {
    const { one } = this;
    if (does === "cancel" && !(await this.use.ask({ title: t(`${one}.cancel_title`), body: t(`${one}.cancel_body`), yes: t(`${one}.cancel`) }))) return;
    this.problems.delete(id);
    try {
      await this.room.send(`${one}.${does}`, { [one]: id, ...facts });
    } catch (error) {
      this.problems.set(id, sayError(error));
      this.render();
    }
  }

  tick() {
    for (const one of this.all()) {
      const node = this.cards.node(one.id);
      if (node) must("time", node).textContent = one.status === "open" ? countdown(Math.max(0, one.ends_at - this.use.now())) : this.says(one);
    }
  }
}
