/**
 * Elements without markup strings: what users write reaches the page only as text nodes.
 * Promise: nothing in this module, or built with it, parses HTML.
 */

const SETTLE_MS = 400;

/**
 * Make an element. `props` sets classes, attributes (`aria-label`, `data-…`), properties and `on…` listeners.
 * @param {string} tag
 * @param {Record<string, unknown>} [props]
 * @param {...(Node | string | number | null | undefined | false)} children strings become text nodes
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) setProp(node, name, value);
  for (const child of children) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : String(child));
  }
  return node;
}

function setProp(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "class") node.className = value;
  else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else if (name in node && !name.includes("-")) node[name] = value;
  else node.setAttribute(name, value === true ? "" : String(value));
}

/** The one element that matches, or an error that names what the page lacks. */
export function must(selector, root = document) {
  const node = root.querySelector(selector);
  if (!node) throw new Error(`the page has no ${selector}`);
  return node;
}

/** What comes by itself takes no press at first: the finger was on its way to what was there before. */
export function settle(node) {
  node.inert = true;
  setTimeout(() => (node.inert = false), SETTLE_MS);
  return node;
}

/** True when the person asked the system for less motion. */
export function prefersStill() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
