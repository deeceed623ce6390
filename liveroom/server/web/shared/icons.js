/**
 * The icons of the pages: drawn for a 24-unit box, one stroke width, coloured by the text around them.
 * Promise: `icon(name)` is decoration only (hidden from screen readers); the control that holds it carries the label.
 */

const SVG = "http://www.w3.org/2000/svg";

const PATHS = {
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12ZM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6Z",
  heart: "M12 20.3 4.3 12.7a5 5 0 0 1 7-7.1l.7.7.7-.7a5 5 0 0 1 7 7.1Z",
  smile: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18ZM8.3 14.2c.8 1.5 2.1 2.3 3.7 2.3s2.9-.8 3.7-2.3M9 9.3v.9M15 9.3v.9",
  send: "M12 19.5v-15M5.5 11 12 4.5 18.5 11",
  close: "M6 6l12 12M18 6 6 18",
  reply: "M9.5 5.5 4 11l5.5 5.5M4.5 11H14a6 6 0 0 1 6 6v1.5",
  at: "M15.5 12a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0Zm0 0v1.4a2.6 2.6 0 0 0 5.2 0V12a8.7 8.7 0 1 0-3.4 6.9",
  down: "M12 5v14M5.5 12.5 12 19l6.5-6.5",
  dice: "M6.5 4h11A2.5 2.5 0 0 1 20 6.5v11a2.5 2.5 0 0 1-2.5 2.5h-11A2.5 2.5 0 0 1 4 17.5v-11A2.5 2.5 0 0 1 6.5 4ZM8.6 8.6h.01M15.4 8.6h.01M12 12h.01M8.6 15.4h.01M15.4 15.4h.01",
  people: "M9 11.5a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8ZM2.8 19.3c.4-3.3 2.9-5.1 6.2-5.1s5.8 1.8 6.2 5.1M15.8 5a3.2 3.2 0 0 1 0 6.2M17.4 14.5c2.2.6 3.6 2.2 3.9 4.8",
  chat: "M4 6.5A2.5 2.5 0 0 1 6.5 4h11A2.5 2.5 0 0 1 20 6.5v7a2.5 2.5 0 0 1-2.5 2.5H11l-4.5 4v-4A2.5 2.5 0 0 1 4 13.5Z",
  door: "M5 20.5V5a1.5 1.5 0 0 1 1.5-1.5h8A1.5 1.5 0 0 1 16 5v15.5M3 20.5h18M12.6 12h.01",
  ban: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM6 6l12 12",
  pen: "M4.5 19.5l.9-4L15.8 5.1a1.8 1.8 0 0 1 2.6 0l.5.5a1.8 1.8 0 0 1 0 2.6L8.5 18.6Z",
  bag: "M5 8.5h14l-1 11H6ZM8.8 8.5V7.3a3.2 3.2 0 0 1 6.4 0v1.2",
  pin: "M9 4h6M10 4v5.2L7 13h10l-3-3.8V4M12 13v6.5",
  shield: "M12 3.5 19 6v5.5c0 4.2-2.8 7.4-7 9-4.2-1.6-7-4.8-7-9V6ZM9 12l2.2 2.2L15.2 10",
  ask: "M12 3.5a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17ZM9.6 9.7a2.5 2.5 0 1 1 3.6 2.2c-.8.4-1.2.9-1.2 1.8M12 16.6h.01",
  poll: "M5 19.5v-7M12 19.5v-15M19 19.5v-10",
  draw: "M12 3.5l2.4 5.2 5.6.7-4.1 3.9 1.1 5.6L12 16.1l-5 2.8 1.1-5.6L4 9.4l5.6-.7Z",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  check: "M5 12.5 10 17.5 19.5 7",
  bell: "M6.5 10a5.5 5.5 0 0 1 11 0c0 5 2 6 2 6h-15s2-1 2-6ZM10 19.3a2.2 2.2 0 0 0 4 0",
  play: "M8 5.5v13l10.5-6.5Z",
  stop: "M7 7h10v10H7Z",
  search: "M11 4.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM20 20l-4.3-4.3",
  gift: "M4.5 11.5h15v8h-15ZM3.5 7.5h17v4h-17ZM12 7.5v12M12 7.5S10.8 3.5 8.5 3.5a2 2 0 0 0 0 4ZM12 7.5s1.2-4 3.5-4a2 2 0 0 1 0 4Z",
  trophy: "M8 4.5h8v5a4 4 0 0 1-8 0ZM8 6H4.5c0 3 1.3 4.6 3.8 4.9M16 6h3.5c0 3-1.3 4.6-3.8 4.9M12 13.5v3.5M8.5 19.5h7M10 17h4v2.5h-4Z",
  ticket: "M4 7.5h16v3a1.6 1.6 0 0 0 0 3.2v2.8H4v-2.8a1.6 1.6 0 0 0 0-3.2ZM14.5 7.5v1.4M14.5 11.4v1.4M14.5 15.1v1.4",
  swords: "M5 4.5 15.5 15M4.5 4.5v3.2L13 16.5M4.5 4.5h3.2L16.5 13M19.5 4.5 9 15M19.5 4.5v3.2L16.7 10.6M19.5 4.5h-3.2L13.4 7.3M13 19l6-6M16.5 16.5l3 3M11 19l-6-6M7.5 16.5l-3 3",
  mic: "M12 3.5a3 3 0 0 1 3 3V11a3 3 0 0 1-6 0V6.5a3 3 0 0 1 3-3ZM6 11a6 6 0 0 0 12 0M12 17v3.5M9 20.5h6",
  mic_off: "M9 7.5v-1a3 3 0 0 1 6 0V11M14 13.4A3 3 0 0 1 9 11.2M6 11a6 6 0 0 0 9.6 4.8M18 11c0 .9-.2 1.7-.5 2.5M12 17v3.5M9 20.5h6M4.5 4.5l15 15",
  camera: "M4.5 7h9A1.5 1.5 0 0 1 15 8.5v7a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7ZM15 10.8l6-3.3v9l-6-3.3",
  camera_off: "M8.5 7h5A1.5 1.5 0 0 1 15 8.5v2.3l6-3.3v9l-2.6-1.4M15 15.5a1.5 1.5 0 0 1-1.5 1.5h-9A1.5 1.5 0 0 1 3 15.5v-7A1.5 1.5 0 0 1 4.5 7M4.5 3.5l15 17",
  weak: "M5 18.5h.01M9.5 18.5v-4M14 18.5V11M18.5 18.5V7.5M4.5 4.5l15 15",
  lock: "M6.5 11h11v9h-11ZM8.5 11V8a3.5 3.5 0 0 1 7 0v3",
  unlock: "M6.5 11h11v9h-11ZM8.5 11V8a3.5 3.5 0 0 1 6.6-1.6",
  right: "M9 5.5 15.5 12 9 18.5",
};

/** @param {keyof typeof PATHS} name */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", `icon icon-${name}`);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Put the icons into every `[data-icon]` of the page. */
export function placeIcons(root = document) {
  for (const node of root.querySelectorAll("[data-icon]")) {
    if (!node.querySelector("svg.icon")) node.prepend(icon(node.dataset.icon));
  }
}
