// Types of questions to the host (docs/questions.md), for liveroom.d.ts.

interface Named { id: string; name: string }

export type QuestionStatus = "asked" | "delivered" | "answering" | "answered" | "handed_over" | "expired" | "dismissed";
export type HandTo = "moderator" | "assistant" | "follow_up";
export interface Answerer { user: Named; role: string }
export interface MyQuestion {
  id: string; version: number; status: QuestionStatus; text: string; count: number; by?: Answerer; handed_to?: HandTo; answer?: string;
}
export interface ShownQuestion {
  id: string; version: number; status: QuestionStatus; text: string; count: number; asked_by: Named; by?: Answerer; answer?: string;
}
/** For the staff. */
export interface Question extends MyQuestion {
  show_id: string; priority: number; asked_at: number; expires_at?: number; settled_at?: number;
  askers: { user: Named; level?: number; member?: boolean; spent?: number; at: number }[];
}

export interface QuestionSequenced { "question.shown": { question: ShownQuestion } }

export interface QuestionPrivate {
  "question.changed": { question: Question };
  "question.progressed": { question: MyQuestion };
}

interface QuestionAck { question: Question }

export interface QuestionCommands {
  "question.take": { data: { question: string }; ack: QuestionAck };
  "question.put_back": { data: { question: string }; ack: QuestionAck };
  "question.answer": { data: { question: string; answer?: string }; ack: QuestionAck };
  "question.hand_over": { data: { question: string; to: HandTo }; ack: QuestionAck };
  "question.dismiss": { data: { question: string }; ack: QuestionAck };
}
