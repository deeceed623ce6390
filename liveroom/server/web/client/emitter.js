// Named listeners. Promise: a listener that throws is reported and stops neither the others nor the client.

export class Emitter {
  #listeners = new Map();

  /** Calls `listener` whenever `name` happens; returns a function that takes it off again. */
  on(name, listener) {
    if (!this.#listeners.has(name)) this.#listeners.set(name, new Set());
    this.#listeners.get(name).add(listener);
    return () => this.off(name, listener);
  }

  off(name, listener) {
    this.#listeners.get(name)?.delete(listener);
  }

  emit(name, ...facts) {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) {
      try {
        listener(...facts);
      } catch (fault) {
        report(fault);
      }
    }
  }
}

/** Shows a fault of the page's own code where a developer looks for it, without throwing. */
export function report(fault) {
  if (typeof globalThis.reportError === "function") globalThis.reportError(fault);
  else console.error(fault);
}
