// Types of lotteries, for liveroom.d.ts. What the fields mean: docs/lottery.md.

import type { Audience, AudienceRule, Person } from "./liveroom";

export interface Winner { prize: number; number: number; ticket: string; user: Person }
export interface Lottery {
  id: string; version: number; title: string; status: "open" | "drawing" | "drawn" | "cancelled" | "hidden";
  prizes: { name: string; count?: number }[]; way: { how: "tap" } | { how: "comment"; keyword: string };
  audience?: Audience; opened_at: number; ends_at: number; commitment: string; draws_at?: number;
  entries?: number; entries_hash?: string; seed?: string; winners?: Winner[];
}
/** The receipt of an entry. */
export interface LotteryEntry { number: number; ticket: string; name: string }

export interface LotterySequenced {
  "lottery.changed": { lottery: Lottery };
}

export interface LotteryLatest {
  /** By id of the lottery; of one that is not open `n` alone. */
  lottery_entries: { lotteries: Record<string, { entries?: number; n: number }> };
}

export interface LotteryPrivate {
  "lottery.entered": { lottery: string; outcome: EntryOutcome; entry?: LotteryEntry; rule?: AudienceRule };
  "lottery.won": { lottery: string; title: string; prize: string; number: number };
}

export type EntryOutcome = "entered" | "already_entered" | "comment_needed" | "not_eligible" | "not_open" | "full";

export interface LotteryCommands {
  "lottery.open": {
    data: { title: string; prizes: Lottery["prizes"]; way?: Lottery["way"]; audience?: Audience; lasts_s?: number };
    ack: { lottery: Lottery };
  };
  "lottery.enter": {
    data: { lottery: string };
    ack: { outcome: EntryOutcome; entry?: LotteryEntry; rule?: AudienceRule };
  };
  "lottery.draw": { data: { lottery: string }; ack: { lottery: Lottery } };
  "lottery.cancel": { data: { lottery: string }; ack: { lottery: Lottery } };
  "lottery.hide": { data: { lottery: string }; ack: { lottery: Lottery } };
}
