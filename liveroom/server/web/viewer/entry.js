/**
 * The way in: a name (suggested, editable) and, outside the demo, a token or a visit as guest.
 */

import { keepName, keptName, TokenNeeded } from "../shared/session.js";
import { must } from "../shared/dom.js";
import { randomName } from "../shared/names.js";

export class Entry {
  /** @param {HTMLDialogElement} dialog @param {import("../shared/session.js").Session} session */
  constructor(dialog, session) {
    this.dialog = dialog;
    this.session = session;
    this.name = must("input[name=name]", dialog);
    this.tokenInput = must("input[name=token]", dialog);
    must("[data-dice]", dialog).addEventListener("click", () => (this.name.value = randomName()));
    dialog.addEventListener("cancel", (event) => event.preventDefault());
  }

  /** The token to enter with; `undefined` enters as a guest. Asks only what is not known yet. */
  async token() {
    const kept = this.session.kept();
    if (kept) return kept;
    const name = keptName() || (await this.ask());
    try {
      return await this.session.askDemo(name);
    } catch (error) {
      if (!(error instanceof TokenNeeded)) throw error;
      return this.askToken();
    }
  }

  /** The client's source of later tokens; absent where only the person has one. */
  get renewal() {
    return this.session.fromDemo ? () => this.session.askDemo(keptName()) : undefined;
  }

  /** Change the name: a new token, so the page starts again. */
  async rename() {
    await this.ask();
    this.session.forget();
    location.reload();
  }

  async ask() {
    this.name.value = keptName() || randomName();
    await this.open();
    const name = this.name.value.trim() || randomName();
    keepName(name);
    return name;
  }

  async askToken() {
    // Outside the demo the token names its bearer, and the server names a guest.
    must(".token-place", this.dialog).hidden = false;
    must(".name-place", this.dialog).hidden = true;
    must(".entry-line", this.dialog).hidden = true;
    this.name.value ||= randomName();
    await this.open();
    const token = this.tokenInput.value.trim();
    this.tokenInput.value = "";
    if (token) this.session.keep(token);
    return token || undefined;
  }

  open() {
    this.dialog.showModal();
    return new Promise((resolve) => this.dialog.addEventListener("close", resolve, { once: true }));
  }
}
