/**
 * One dialog for what cannot be taken back.
 */

import { must } from "../shared/dom.js";

/** @param {HTMLDialogElement} dialog @returns {(q: {title, body, yes}) => Promise<boolean>} */
export function makeAsk(dialog) {
  return ({ title, body, yes }) => {
    must("h2", dialog).textContent = title;
    must("p", dialog).textContent = body;
    must(".danger", dialog).textContent = yes;
    dialog.returnValue = "no";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  };
}
