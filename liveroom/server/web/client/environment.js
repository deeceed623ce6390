// What the client takes from its surroundings. Promise: everything that differs between a browser, Node and a test
// (sockets, timers, chance, addresses) comes through here.

export const environment = (given) => ({
  WebSocket: given.WebSocket ?? globalThis.WebSocket,
  setTimeout: given.setTimeout ?? ((fn, ms) => globalThis.setTimeout(fn, ms)),
  clearTimeout: given.clearTimeout ?? ((timer) => globalThis.clearTimeout(timer)),
  random: given.random ?? Math.random,
  now: given.now ?? (() => performance.now()),
});

/** 128 random bits as text; `crypto.randomUUID` is missing on plain-http pages. */
export const newKey = () =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/** An absolute ws(s) address from a ws, http or relative one. */
export function socketUrl(url) {
  const absolute = new URL(url, globalThis.location?.href);
  absolute.protocol = absolute.protocol.replace(/^http/, "ws");
  return absolute.href;
}
