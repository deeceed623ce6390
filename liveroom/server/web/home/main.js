/**
 * The front door: leads to the two pages. In the demo it lists the rooms with their state; elsewhere it asks for a name.
 */

import { startTexts, t } from "../i18n.js";
import { h, must } from "../shared/dom.js";
import { placeIcons } from "../shared/icons.js";
import { Lights } from "../shared/lights.js";
import { count } from "../shared/numbers.js";
import { SteadyList } from "../shared/steady.js";

const EVERY_MS = 5000;
const NO_DEMO = 404;

startTexts();
placeIcons();

const lights = new Lights(must(".lights"), { horizon: 0.56 });
const lines = new SteadyList(must(".rooms ul"), line);
let rooms = [];
let state = "reading"; // reading | listed | failed | unlisted

document.addEventListener("languagechanged", render);
must(".by-name").addEventListener("submit", enterByName);
await refresh();
if (state !== "unlisted") setInterval(() => document.hidden || refresh(), EVERY_MS);

async function refresh() {
  try {
    const answer = await fetch("/demo/rooms", { signal: AbortSignal.timeout(EVERY_MS) });
    state = answer.ok ? "listed" : answer.status === NO_DEMO ? "unlisted" : "failed";
    if (answer.ok) rooms = (await answer.json()).rooms;
  } catch {
    state = "failed";
  }
  render();
}

function render() {
  const unlisted = state === "unlisted";
  lights.setLive(rooms.some((room) => room.status === "live"));
  lights.setViewers(rooms.reduce((sum, room) => sum + room.viewers, 0));
  lines.show(rooms.map(({ id, title, status }) => ({ id, title, status, lang: document.documentElement.lang })));
  for (const { id, viewers } of rooms) must("small", lines.node(id)).textContent = `${id} · ${t("home.viewers", { count: count(viewers) })}`;
  must(".by-name").hidden = !unlisted;
  must(".doors").hidden = unlisted;
  document.body.dataset.doors = String(!unlisted);
  for (const part of ["title", "line"]) must(`[data-text="home.${part}"]`).textContent = t(unlisted ? `home.${part}_unlisted` : `home.${part}`);
  const [first] = rooms;
  if (first) for (const door of document.querySelectorAll("[data-door]")) door.href = `/${door.dataset.door}/${encodeURIComponent(first.id)}`;
  must(".note").textContent = note();
}

function note() {
  if (state === "failed") return t("home.rooms_failed");
  if (state !== "listed") return "";
  return rooms.length === 0 ? t("home.no_rooms") : t("home.demo_note");
}

function line(room) {
  const path = encodeURIComponent(room.id);
  return h("li", { class: "room" },
    h("span", { class: "status", "data-status": room.status }, t(`status.${room.status}`)),
    h("div", { class: "title" }, h("strong", {}, room.title), h("small", {})),
    h("a", { class: "plain", href: `/room/${path}` }, t("home.watch")),
    h("a", { class: "plain", href: `/host/${path}` }, t("home.console")));
}

function enterByName(event) {
  event.preventDefault();
  const name = new FormData(event.target).get("room");
  location.assign(`/${event.submitter.value}/${encodeURIComponent(name)}`);
}
