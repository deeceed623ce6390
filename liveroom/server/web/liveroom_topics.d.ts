// Types of topics, for liveroom.d.ts. What the fields mean: docs/topics.md.

export interface TopicTally {
  comments?: number; heat?: number; opinions?: Record<string, number>; said?: { text: string; count: number }[];
}
export interface Topic {
  id: string; version: number; status: "open" | "closed" | "hidden"; text: string;
  opinions?: { text: string; words?: string[] }[]; opened_at: number; ends_at: number; closed_at?: number; summary?: TopicTally;
}

export interface TopicSequenced {
  "topic.changed": { topic: Topic };
}

export interface TopicLatest {
  /** By id of the topic; of one that is closed `n` alone. */
  topic_heat: { topics: Record<string, TopicTally & { n: number }> };
}

export interface TopicCommands {
  "topic.set": { data: { text: string; opinions?: { text: string; words?: string[] }[]; lasts_s?: number }; ack: { topic: Topic } };
  "topic.close": { data: { topic: string }; ack: { topic: Topic } };
  "topic.hide": { data: { topic: string }; ack: { topic: Topic } };
}
