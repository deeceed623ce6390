/**
 * The viewer's page: joins one room and hands what it hears to the parts of the page.
 */

import { LiveRoom } from "../liveroom.js";
import { language, startTexts, t } from "../i18n.js";
import { must } from "../shared/dom.js";
import { keepFor, keepPress } from "../shared/early.js";
import { sayError } from "../shared/errors.js";
import { placeIcons } from "../shared/icons.js";
import { Lights } from "../shared/lights.js";
import { initial } from "../shared/numbers.js";
import { roomOfPage, Session, socketUrl } from "../shared/session.js";
import { bringStyle } from "../shared/styles.js";
import { ValueCard } from "./card.js";
import { Comments } from "./comments.js";
import { Composer } from "./composer.js";
import { Entry } from "./entry.js";
import { layFloor } from "./floor.js";
import { Likes } from "./likes.js";
import { LinkState } from "../shared/link_state.js";
import { MayTalk } from "./may_talk.js";
import { Moments } from "./moments.js";
import { Pinned } from "./pinned.js";
import { Stage } from "./stage.js";

const LATER_STYLES = ["coupons", "rain", "gifts", "front", "shelf"];
const TOLD_LATER = ["question.progressed", "lottery.entered", "lottery.won", "level.changed", "coupon.grant_updated"];
const DOUBLE_TAP_MS = 320;
const TALKING = new Set(["waiting", "live"]);
const TOKEN_REFUSED = /^(invalid_token|token_expired|closed_4401|closed_4003)$/;

startTexts();
placeIcons();

const phone = must(".phone");
const session = new Session("viewer", roomOfPage());
const entry = new Entry(must(".entry"), session);
const lights = new Lights(must(".lights"));
const link = new LinkState(must(".link-state"));
const moments = new Moments(phone);

const token = await entry.token();
const live = new LiveRoom({ url: socketUrl(), token, lang: language(), getToken: entry.renewal });
const room = live.join(session.room);

const composer = new Composer(must(".composer"), say);
const mayTalk = new MayTalk(composer, () => live.serverNow());
const pinned = new Pinned(must(".pinned"));
const comments = new Comments(must(".talk"), { onPick: (comment) => composer.reply(comment), me: () => live.user });
const stage = new Stage(phone, lights, () => live.serverNow(), allowTalk);
const likes = new Likes(must(".hearts"), (count, key) => room.send("like.send", { count }, { key }));
const card = new ValueCard(must(".card-place"), ({ card_id, step }) => room.send("value_card.act", { card_id, step }));

let gifts = null;

hearConnection();
hearRoom();
hearTaps();
layFloor(phone, {
  room, now: () => live.serverNow(), me: () => live.user, tell: (text) => moments.tell(text), currency: () => gifts?.currency,
});
const worth = bringWorth().catch(() => moments.tell(t("worth.missing")));

function allowTalk(phase) {
  const may = TALKING.has(phase);
  mayTalk.allow(may);
  must(".like").disabled = !may;
  gifts?.allow(phase);
}

/** Polls, coupons and gifts come after the room: talk does not wait for them. */
async function bringWorth() {
  const [tell, press] = [keepFor(room, TOLD_LATER), keepPress(must(".audience"))];
  const [{ Coupons }, { Gifts }, { startActivities }] = await Promise.all([
    import("./coupons.js"), import("./gifts.js"), import("./activities.js"), ...LATER_STYLES.map(bringStyle),
  ]);
  const use = { room, now: () => live.serverNow(), me: () => live.user, token: () => session.kept(), tell: (text) => moments.tell(text) };
  startActivities(phone, { ...use, say: (text, topic) => say({ text, mentions: [], topic }), talkAbout: (topic) => composer.speakAbout(topic) });
  new Coupons(phone, use);
  gifts = new Gifts(phone, use);
  gifts.allow(phone.dataset.show);
  tell();
  press();
}

function hearConnection() {
  live.on("status", (status, detail) => {
    link.show(status, status === "closed" ? sayError(detail ?? {}) : undefined);
    if (status === "connected") must(".me").textContent = initial(live.user.name);
    if (status === "closed" && TOKEN_REFUSED.test(detail?.code)) session.forget();
  });
}

function hearRoom() {
  room.on("snapshot", (state) => {
    stage.reset(state);
    comments.reset(state.comments.map((event) => event.data));
    for (const { data } of state.comments) if (data.by.id !== live.user.id) composer.heard(data.by);
  });
  room.on("joined", ({ totals = {}, me = {} }) => {
    hearTotals(totals, true);
    hearOrder();
    mayTalk.setMute(me.mute);
    if (me.value_card) showCard(me.value_card);
    if (me.welcome && greetedVisit() !== String(me.visit?.number)) greet(me.welcome);
  });
  room.on("comment.sent", (comment) => {
    comments.add(comment);
    lights.flare(comment.by.id);
    if (comment.by.id !== live.user.id) composer.heard(comment.by);
  });
  room.on("comment.removed", ({ ids }) => comments.flow.takeBack(ids));
  room.on("comment.folded", ({ counts }) => comments.flow.countSame(counts));
  room.on("comment.reviewed", (review) => comments.reviewed(review));
  room.on("talk.changed", hearOrder);
  room.on("mute.changed", ({ muted }) => mayTalk.setMute(muted));
  room.on("viewer.entered", hearEntry);
  room.on("level.reached", ({ user, level }) => comments.addNews(t("level.reached", { name: user.name, level }), user));
  room.on("club.entered", ({ users: [first], count }) => comments.addNews(t(count > 1 ? "club.entered_many" : "club.entered", { name: first.name, count }), first));
  room.on("like.milestone_reached", (milestone) => moments.milestone(milestone));
  room.on("order.recorded", (order) => comments.addOrder(order));
  room.on("room.opened", () => stage.opened());
  room.on("room.went_live", (show) => stage.wentLive(show));
  room.on("room.ended", (end) => stage.ended(end));
  room.on("room.updated", (change) => stage.updated(change));
  room.on("welcome.shown", greet);
  room.on("value_card.shown", showCard);
  room.on("left", (error) => stage.gone(sayError(error ?? {}), error?.code !== "banned"));
  for (const kind of ["likes", "audience", "comments_shed"]) room.on(kind, (value) => hearTotals({ [kind]: value }, false));
  document.addEventListener("languagechanged", () => stage.render());
}

/** The great ones cross the stage; every entry that is told has its line. */
function hearEntry(entered) {
  comments.addEntry(entered);
  if (entered.effect !== "glow") moments.entrance(entered);
}

/** Who may write, and what is pinned. */
function hearOrder() {
  mayTalk.setRules(room.state.talk);
  pinned.set(room.state.talk);
}

/** Not before what may come in front of it: it would be taken away from under a finger. */
function showCard(step) {
  worth.then(() => card.show(step));
}

/** Greet once a visit, also when the push was lost and the welcome comes with the next join. */
function greet(welcome) {
  sessionStorage.setItem(`liveroom.greeted.${room.name}`, String(room.state.me.visit?.number));
  moments.welcome(welcome);
}

function greetedVisit() {
  return sessionStorage.getItem(`liveroom.greeted.${room.name}`);
}

/** Absolute values; `fresh` after a join, when a difference to before is nothing new. */
function hearTotals({ likes: liked, audience, comments_shed: shed }, fresh) {
  if (liked) {
    likes.setTotal(liked.total);
    stage.setLikes(liked.total);
  }
  if (audience) {
    stage.setAudience(audience);
    moments.arrivals(audience);
  }
  if (shed) moments.shedTo(shed, fresh);
}

function hearTaps() {
  must(".like").addEventListener("click", () => likes.tap());
  must("[data-again]").addEventListener("click", () => (session.forget(), location.reload()));
  must(".me").addEventListener("click", () => entry.rename());
  let lastTap = 0;
  phone.addEventListener("pointerup", (tap) => {
    if (must(".like").disabled || tap.target.closest("button, a, input, .comments, .value-card, .front, .pinned, .rain, dialog")) return;
    if (tap.timeStamp - lastTap < DOUBLE_TAP_MS) likes.tap();
    lastTap = tap.timeStamp;
  });
}

/** Show one's words at once, send them, and tell what became of them; sent again without an answer, they count once. */
async function say(draft, key) {
  const shown = comments.addOwn({ ...draft, by: live.user });
  const data = { text: draft.text };
  if (draft.reply_to) data.reply_to = draft.reply_to.id;
  if (draft.topic) data.topic = draft.topic;
  if (draft.mentions.length > 0) data.mentions = draft.mentions.map((person) => person.id);
  try {
    comments.acked(shown, await room.send("comment.send", data, { key }));
    mayTalk.spoke();
  } catch (error) {
    mayTalk.refused(error);
    comments.failed(shown, error, () => say(draft, error.retryable ? error.key : undefined));
  }
}
