/**
 * A list of cards that change while somebody may be about to tap one.
 * Promise: a card whose facts are the same stays the same element, and in the page while others come and go, so that
 * a press on it counts and the focus stays; only what changed is made anew. Where it is asked for, a card that comes takes
 * no press at first.
 */

import { settle } from "./dom.js";

export class SteadyList {
  /** @param {HTMLElement} list @param {(facts: object) => HTMLElement} make @param {{settles?: boolean}} [how] see `settle` */
  constructor(list, make, { settles = false } = {}) {
    this.settles = settles;
    this.list = list;
    this.make = make;
    this.cards = new Map();
  }

  /** @param {{id: string}[]} all the facts of each card, in order */
  show(all) {
    const kept = new Map();
    for (const facts of all) {
      const look = JSON.stringify(facts);
      const known = this.cards.get(facts.id);
      kept.set(facts.id, known?.look === look ? known : { look, node: this.make(facts) });
      const { node } = kept.get(facts.id);
      if (known && node !== known.node) known.node.replaceWith(node);
      if (!known && this.settles) settle(node);
    }
    this.cards = kept;
    const nodes = new Set([...kept.values()].map(({ node }) => node));
    for (const old of [...this.list.children]) if (!nodes.has(old)) old.remove();
    let next = this.list.firstElementChild;
    for (const node of nodes) {
      if (node === next) next = next.nextElementSibling;
      else this.list.insertBefore(node, next);
    }
  }

  /** Make all anew with the next `show`, as in another language. */
  forget() {
    this.cards.clear();
  }

  node(id) {
    return this.cards.get(id)?.node;
  }
}
