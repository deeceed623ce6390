// Types of the numbers of shows (docs/numbers.md), for liveroom.d.ts.

export interface Figures {
  viewers: number; peak_viewers: number; visits: number; stay_s: number; active_permille: number; member_permille: number;
  comments: number; likes: number; gifts: number; gift_amount: number; givers: number; orders: number; pieces: number;
  sales_amount: number; questions: number; questions_open: number;
}
/** `value`: of that minute; of a battle its round. */
export interface Highlight {
  kind: "comments" | "gifts" | "sales" | "viewers" | "battle"; at: number; offset_s: number; value: number;
  battle?: string; winners?: string[];
}
export interface ShowNumbers {
  show_id: string; status: "live" | "ended"; started_at: number; ended_at?: number; at: number; comments_per_min: number;
  currency: string; gift_currency: string;
  figures: Figures; highlights: Highlight[];
}

export interface NumbersPrivate { "numbers.changed": { numbers: ShowNumbers } }
