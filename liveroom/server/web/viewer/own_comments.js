/**
 * One's own comments between sending and echo. Promise: acknowledgement and echo may come in either order, and a
 * comment that waits for the staff is known until somebody has decided about it.
 */

export class OwnComments {
  constructor() {
    this.entries = [];
    this.echoed = new Set();
  }

  wait(node, text) {
    const entry = { node, text, id: null };
    this.entries.push(entry);
    return entry;
  }

  know(entry, id) {
    entry.id = id;
    if (this.echoed.delete(id)) this.drop(entry);
  }

  match(comment) {
    const entry = this.entries.find((one) => one.id === comment.id) ?? this.entries.find((one) => one.id === null && one.text === comment.text);
    if (!entry) return null;
    if (entry.id === null) this.echoed.add(comment.id);
    this.drop(entry);
    return entry.node;
  }

  /** The entry that has this id, if it waits still. */
  known(id) {
    return this.entries.find((one) => one.id === id);
  }

  drop(entry) {
    this.entries = this.entries.filter((one) => one !== entry);
  }

  unsent() {
    return this.entries.map((entry) => entry.node);
  }
}
