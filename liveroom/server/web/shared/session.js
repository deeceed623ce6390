/**
 * Where a page's token comes from: the address fragment, this tab's memory, or the demo.
 * Promise: a token is never put into a query, and leaves the address bar before anything is fetched.
 */

import { language } from "../i18n.js";

const RENEW_BEFORE_MS = 60_000;
const NAME_KEY = "liveroom.name";
const VISITOR_KEY = "liveroom.demo_visitor";

/** The last part of the path: `/room/demo` → `demo`. */
export const roomOfPage = () => decodeURIComponent(location.pathname.split("/").filter(Boolean).at(-1) ?? "");

/** The address of the socket on this host. */
export const socketUrl = () => `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`;

export const keptName = () => localStorage.getItem(NAME_KEY) ?? "";
export const keepName = (name) => localStorage.setItem(NAME_KEY, name);

/** No token is to be had without the person: the page shows its form. */
export class TokenNeeded extends Error {}

export class Session {
  /** @param {"viewer" | "host"} role @param {string} room */
  constructor(role, room) {
    this.role = role;
    this.room = room;
    this.key = `liveroom.token.${role}.${room}`;
    this.takeFragment();
  }

  /** Move `#token=…` into this tab's memory and clean the address bar. */
  takeFragment() {
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (!token) return;
    history.replaceState(null, "", location.pathname + location.search);
    this.keep(token);
  }

  /** Remember a token in this tab; `source` tells whether the demo can renew it. */
  keep(token, source = "given") {
    sessionStorage.setItem(this.key, token);
    sessionStorage.setItem(`${this.key}.source`, source);
  }

  forget() {
    sessionStorage.removeItem(this.key);
  }

  /** True when the demo made the token, so that a new one is to be had. */
  get fromDemo() {
    return sessionStorage.getItem(`${this.key}.source`) === "demo";
  }

  /** The kept token while it has time left. */
  kept() {
    const token = sessionStorage.getItem(this.key);
    return token && expiresAtMs(token) - Date.now() > RENEW_BEFORE_MS ? token : null;
  }

  /**
   * A new token from the demo.
   * @throws {TokenNeeded} outside demo mode
   */
  async askDemo(name) {
    const body = { role: this.role, room: this.room, lang: language(), ...(name ? { name } : {}) };
    if (this.role === "viewer") body.user_id = visitorId();
    const answer = await fetch("/demo/token", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(10_000),
    });
    if (!answer.ok) throw new TokenNeeded(`the server gives no demo tokens (${answer.status})`);
    const { token } = await answer.json();
    this.keep(token, "demo");
    return token;
  }
}

/** The same visitor of the demo in this browser, so that coming back is noticed. */
function visitorId() {
  const kept = localStorage.getItem(VISITOR_KEY);
  if (kept) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  const made = `demo-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  localStorage.setItem(VISITOR_KEY, made);
  return made;
}

/** The `exp` claim in epoch ms; a token that cannot be read counts as lasting (the server judges it). */
function expiresAtMs(token) {
  try {
    const payload = token.split(".")[1].replace(/-/g, "+").replace(/_/g, "/");
    return JSON.parse(atob(payload)).exp * 1000;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
