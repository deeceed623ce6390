/**
 * Commands of a panel of the console. Promise: a refusal stands in the panel's own place, in words, until the next try.
 */

import { sayError } from "./errors.js";

/** @param {object} room @param {HTMLElement} problem where a refusal is told @returns {Promise<object | null>} the ack; null: refused */
export async function sendTold(room, problem, type, data = {}) {
  problem.hidden = true;
  try {
    return await room.send(type, data);
  } catch (error) {
    Object.assign(problem, { textContent: sayError(error), hidden: false });
    return null;
  }
}
