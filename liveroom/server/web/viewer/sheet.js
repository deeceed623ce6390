/**
 * A sheet that rises from the foot of the stage while the room goes on above it.
 * Promise: one is open at a time; Escape, its close button and a tap on the stage close it, and the focus goes back
 * to the control that opened it.
 */

import { must } from "../shared/dom.js";

let opened = null;

export class Sheet {
  /** @param {HTMLDialogElement} dialog @param {{onOpen?: () => void, onClose?: () => void}} [use] */
  constructor(dialog, { onOpen, onClose } = {}) {
    this.dialog = dialog;
    this.onOpen = onOpen;
    this.onClose = onClose;
    this.opener = null;
    must("[data-close]", dialog).addEventListener("click", () => this.close());
    dialog.addEventListener("keydown", (press) => press.key === "Escape" && this.close());
    must(".phone").addEventListener("pointerdown", (tap) => {
      if (this.isOpen && !dialog.contains(tap.target) && !this.opener?.contains(tap.target)) this.close({ refocus: false });
    });
  }

  get isOpen() {
    return this.dialog.open;
  }

  /** Let a control open and close the sheet. */
  openedBy(button) {
    button.setAttribute("aria-haspopup", "dialog");
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => (this.isOpen ? this.close() : this.open(button)));
  }

  open(opener = null) {
    opened?.close({ refocus: false });
    opened = this;
    this.opener = opener;
    opener?.setAttribute("aria-expanded", "true");
    this.onOpen?.();
    this.dialog.show();
  }

  close({ refocus = true } = {}) {
    if (!this.isOpen) return;
    if (opened === this) opened = null;
    this.dialog.close();
    this.opener?.setAttribute("aria-expanded", "false");
    if (refocus) this.opener?.focus({ preventScroll: true });
    this.onClose?.();
  }
}
