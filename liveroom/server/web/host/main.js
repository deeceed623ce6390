/**
 * The host's console: joins one room as its host and hands what it hears to the parts of the page.
 */

import { LiveRoom } from "../liveroom.js";
import { language, startTexts, t } from "../i18n.js";
import { must } from "../shared/dom.js";
import { sayError } from "../shared/errors.js";
import { placeIcons } from "../shared/icons.js";
import { LinkState } from "../shared/link_state.js";
import { roomOfPage, Session, socketUrl, TokenNeeded } from "../shared/session.js";
import { makeAsk } from "./ask.js";
import { Cues } from "./cues.js";
import { GiftPanel } from "./gifts.js";
import { NumbersPanel } from "./numbers.js";
import { Parts } from "./parts.js";
import { partsOf, personDialog } from "./later.js";
import { Show } from "./show.js";
import { Stream } from "./stream.js";
import { Tabs } from "./tabs.js";
import { Tiles } from "./tiles.js";
import { Write } from "./write.js";
import { bringGuests } from "./guests.js";

const PING_MS = 5_000;

startTexts();
placeIcons();

const session = new Session("host", roomOfPage());
const token = session.kept() ?? (await newToken());
const live = new LiveRoom({ url: socketUrl(), token, lang: language(), getToken: session.fromDemo ? () => session.askDemo() : undefined });
const room = live.join(session.room);
const now = () => live.serverNow();

const ask = makeAsk(must("dialog.ask:not(.person, .token)"));
const link = new LinkState(must(".link-state"));
const show = new Show(document, { send: (type, data) => room.send(type, data), ask, now });
const tiles = new Tiles(document, now);
const write = new Write(must(".write"), (data, key) => room.send("comment.send", data, { key }));
const stream = new Stream(must(".stream"), { onReply: (comment) => write.reply(comment), onPerson: (person, comment) => openPerson(person, comment) });
const tabs = new Tabs(document.body);
const cues = new Cues(must(".cues"), { onGreet: greet, onNew: () => tabs.mark("cues") });
const thanks = new Cues(must(".gifts"), { onGreet: thank, onNew: () => tabs.mark("gifts"), does: "host.thank", kept: 2 });
new GiftPanel(must(".gifts"), room, { onThank: thank, onNew: () => tabs.mark("gifts") });

new NumbersPanel(must(".numbers"), room);
const missing = () => write.note(t("worth.missing"), true);
const openPerson = personDialog({ send: (type, data) => room.send(type, data), ask, onReply: reply, onMissing: missing });
const parts = new Parts(tabs, room, missing);
for (const [name, part] of partsOf(room, { now, ask, token: () => session.kept(), onPerson: openPerson, onNew: (name) => tabs.mark(name) })) parts.add(name, part);

hearConnection();
hearRoom();
bringGuests(room, { now, ask, onNew: (name) => tabs.mark(name), onFault: missing });
tabs.open("stream");
must("[data-watch]").href = `/room/${encodeURIComponent(session.room)}`;

async function newToken() {
  try {
    return await session.askDemo();
  } catch (error) {
    if (!(error instanceof TokenNeeded)) throw error;
  }
  const dialog = must("dialog.token");
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  const given = must("input", dialog).value.trim();
  session.keep(given);
  return given;
}

function hearConnection() {
  live.on("status", (status, detail) => {
    link.show(status, status === "closed" ? sayError(detail ?? {}) : undefined);
    if (status === "closed") session.forget();
  });
  const measure = async () => {
    const ms = await live.ping();
    must(".rtt").textContent = Number.isFinite(ms) ? t("host.rtt", { ms: ms < 10 ? ms.toFixed(1) : Math.round(ms) }) : t("host.rtt_none");
  };
  live.on("status", measure);
  setInterval(measure, PING_MS);
}

function hearRoom() {
  room.on("snapshot", (state) => {
    stream.reset(state.comments);
    for (const event of state.comments) tiles.heard(event.ts);
  });
  room.on("state", (state) => show.set(state));
  room.on("joined", ({ totals = {} }) => tiles.setTotals(totals));
  for (const kind of ["likes", "audience", "comments_shed"]) room.on(kind, (value) => tiles.setTotals({ [kind]: value }));
  room.on("comment.sent", (comment, event) => {
    stream.add(comment, event.ts);
    tiles.heard(event.ts);
  });
  room.on("comment.removed", ({ ids }) => stream.flow.takeBack(ids));
  room.on("comment.folded", ({ counts }) => stream.flow.countSame(counts));
  room.on("cue.shown", (cue, event) => (cue.reasons.includes("gift") ? thanks : cues).add(cue, event.ts));
  room.on("left", (error) => link.show("closed", sayError(error ?? {})));
  document.addEventListener("languagechanged", () => {
    show.render();
    tiles.setTotals(room.state.totals);
  });
}

function reply(comment) {
  tabs.open("stream");
  write.reply(comment);
}

function greet(user) {
  tabs.open("stream");
  write.greet(user);
}

function thank(user) {
  tabs.open("stream");
  write.greet(user, t("host.thanks"));
}
