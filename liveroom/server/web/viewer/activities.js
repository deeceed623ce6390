/**
 * What a viewer takes part in beside talking: brings the card in front and those that fill it.
 */

import { must } from "../shared/dom.js";
import { Front } from "./front.js";
import { Lotteries } from "./lotteries.js";
import { Polls } from "./polls.js";
import { Questions } from "./questions.js";
import { Shelf } from "./shelf.js";
import { Standing } from "./standing.js";
import { Topics } from "./topics.js";

/**
 * @param {HTMLElement} phone
 * @param {{room: object, now: () => number, me: () => object | null, token: () => string | null,
 *   tell: (text: string) => void, say: (text: string, topic?: string) => void, talkAbout: (topic) => void}} use
 */
export function startActivities(phone, use) {
  const front = new Front(must(".front", phone), must(".rail", phone), must(".front-news", phone));
  new Shelf(front, phone, use);
  new Polls(front, use);
  new Lotteries(front, phone, use);
  new Topics(front, use);
  new Questions(phone, use);
  new Standing(phone, use);
}
