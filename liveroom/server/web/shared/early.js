/**
 * What is told to parts of a page before they have come, or is pressed.
 * Promise: what came since the last join is told to them once, in order; a join tells the whole anyway; a press is not lost.
 */

const KEPT = 200;

/**
 * A press on a control whose part has not come yet.
 * @param {HTMLElement} control @returns {() => void} to be called when the part is there: the press takes effect then
 */
export function keepPress(control) {
  let pressed = false;
  const note = () => (pressed = true);
  control.addEventListener("click", note);
  return () => {
    control.removeEventListener("click", note);
    if (pressed) control.click();
  };
}

/** @param {object} room @param {string[]} kinds that only those parts hear @returns {() => void} to be called when the parts are there */
export function keepFor(room, kinds) {
  let kept = [];
  const keep = (kind) => (...told) => {
    kept.push([kind, ...told]);
    if (kept.length > KEPT) kept.shift();
  };
  const offs = [...kinds.map((kind) => room.on(kind, keep(kind))), room.on("joined", () => (kept = []))];
  return () => {
    for (const off of offs) off();
    for (const told of kept) room.emit(...told);
  };
}
