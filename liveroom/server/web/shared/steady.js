/**
 * A list of cards that change while somebody may be about to tap one.
 * Promise: a card whose facts are the same stays the same element, where it is; only what changed is made anew.
 */

export class SteadyList {
  /** @param {HTMLElement} list @param {(facts: object) => HTMLElement} make */
  constructor(list, make) {
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
      if (known && kept.get(facts.id) !== known) known.node.replaceWith(kept.get(facts.id).node);
    }
    this.cards = kept;
    const nodes = [...kept.values()].map(({ node }) => node);
    const same = nodes.length === this.list.children.length && nodes.every((node, at) => node === this.list.children[at]);
    if (!same) this.list.replaceChildren(...nodes);
  }

  /** Make all anew with the next `show`, as in another language. */
  forget() {
    this.cards.clear();
  }

  node(id) {
    return this.cards.get(id)?.node;
  }
}
