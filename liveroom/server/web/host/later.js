/**
 * What of the console comes only when somebody opens it, and what each part must not miss until then.
 */

import { must } from "../shared/dom.js";
import { bringStyle } from "../shared/styles.js";

/** Modules by their path, with the style they share. */
const bring = (...paths) => Promise.all([...paths.map((path) => import(path)), bringStyle("order")]);

/**
 * The parts by the name of their tab, for `Parts.add`.
 * @param {object} room
 * @param {{now: () => number, ask: (q: object) => Promise<boolean>, token: () => string | null, onPerson: (person) => void, onNew: (name: string) => void}} use
 */
export const partsOf = (room, use) => Object.entries({
  deals: {
    load: async () => {
      const [{ Campaigns }, { Orders }] = await bring("./campaigns.js", "./orders.js");
      return () => (new Campaigns(must(".deals"), room, use), new Orders(must(".deals"), room, use.token));
    },
  },
  play: {
    load: async () => {
      const [{ PollPanel }, { TopicPanel }, { LotteryPanel }] = await bring("./polls.js", "./topics.js", "./lotteries.js");
      return () => (new PollPanel(must(".poll-place"), room, use), new TopicPanel(must(".topic-place"), room, use), new LotteryPanel(must(".lottery-place"), room, use));
    },
  },
  shelf: {
    load: async () => {
      const [{ ShelfPanel }] = await bring("./shelf.js");
      return () => new ShelfPanel(must(".panel.shelf"), room, use);
    },
  },
  questions: {
    hears: ["question.changed"],
    waits: ({ question_queue: queue }) => queue?.questions.length > 0,
    load: async () => {
      const [{ QuestionQueue }] = await bring("./questions.js");
      return (heard) => new QuestionQueue(must(".panel.questions"), room, { onNew: () => use.onNew("questions") }, heard);
    },
  },
  order: {
    hears: ["comment.held", "comment.reviewed", "appeal.changed"],
    waits: ({ held = [], appeals = [] }) => held.length + appeals.length > 0,
    load: async () => {
      const [{ startOrder }] = await bring("./order.js");
      return (heard) => startOrder(must(".panel.order"), room, { ...use, onNew: () => use.onNew("order") }, heard);
    },
  },
});

/** Opens the dialog about a person, which comes with its first use. */
export function personDialog({ onMissing, ...use }) {
  let dialog = null;
  return async (person, comment) => {
    try {
      const [{ PersonDialog }] = await bring("./person.js");
      dialog ??= new PersonDialog(must("dialog.person"), use);
      dialog.open(person, comment);
    } catch {
      onMissing();
    }
  };
}
