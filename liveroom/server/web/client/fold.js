// A room as seen by one viewer: a snapshot with the later events applied. Promise: pure; the same table as the
// Python client's fold.py; kinds that are not in it change nothing.

export const COMMENTS_KEPT = 200;

const withRoom = (state, facts) => ({ ...state, room: { ...state.room, ...facts } });

// Kinds that carry a whole view: the part of the state, the field of the data, the statuses that take a view out.
const PARTS = {
  "campaign.changed": ["campaigns", "campaign", ["draft", "ended"]],
  "product.changed": ["products", "product", ["off", "removed"]],
  "shelf.changed": ["shelf", "shelf", ["quiet"]],
  "poll.changed": ["polls", "poll", ["cancelled", "hidden"]],
  "talk.changed": ["talk", "talk", []],
  "topic.changed": ["topics", "topic", ["hidden"]],
  "lottery.changed": ["lotteries", "lottery", ["cancelled", "hidden"]],
  "question.shown": ["questions", "question", ["asked", "delivered", "answered", "handed_over", "expired", "dismissed"]],
  "stage.changed": ["stages", "stage", ["ended"]],
  "battle.changed": ["battles", "battle", ["invited", "ended"]],
};

/** More people said the same. */
const withCounts = (comments, counts) => comments.map((comment) => {
  const more = Object.hasOwn(counts, comment.data.id) ? counts[comment.data.id] : 0;
  return more ? { ...comment, data: { ...comment.data, times: (comment.data.times ?? 0) + more } } : comment;
});

/** What was removed leaves, and what answers it loses the quote. */
function withoutRemoved(comments, ids) {
  const gone = new Set(ids);
  return comments.filter(({ data }) => !gone.has(data.id)).map((comment) => {
    if (!gone.has(comment.data.reply_to?.id)) return comment;
    const { reply_to, ...data } = comment.data;
    return { ...comment, data };
  });
}

/** A view that is older than what is known changes nothing; one in a hidden status leaves. */
function withView({ ...views } = {}, view, hidden) {
  if (views[view.id]?.version >= view.version) return views;
  if (hidden.includes(view.status)) delete views[view.id];
  else views[view.id] = view;
  return views;
}

const foldView = ([name, field, hidden]) => (state, { data }) =>
  ({ ...state, [name]: withView(state[name], data[field], hidden) });

const FOLD = {
  "comment.sent": (state, event) => ({ ...state, comments: [...state.comments, event].slice(-COMMENTS_KEPT) }),
  "comment.folded": (state, { data }) => ({ ...state, comments: withCounts(state.comments, data.counts) }),
  "comment.removed": (state, { data }) => ({ ...state, comments: withoutRemoved(state.comments, data.ids) }),
  "room.opened": (state) => withRoom(state, { status: "open" }),
  "room.went_live": (state, { data }) => ({
    ...withRoom(state, { status: "live" }), show: { id: data.show_id, started_at: data.started_at },
  }),
  "room.ended": (state) => ({ ...withRoom(state, { status: "ended" }), show: null }),
  "room.updated": (state, { data }) => withRoom(state, data),
  ...Object.fromEntries(Object.entries(PARTS).map(([kind, part]) => [kind, foldView(part)])),
};

export const emptyState = () => ({
  room: {}, show: null, comments: [], totals: {}, me: {},
  ...Object.fromEntries(Object.values(PARTS).map(([name]) => [name, {}])),
});

/** The state right after a join that carried a snapshot. */
export function fromSnapshot(snapshot, totals, me) {
  const comments = (snapshot.comments ?? []).slice(-COMMENTS_KEPT);
  return { ...emptyState(), ...snapshot, comments, totals: totals ?? {}, me: me ?? {} };
}

/** The state after one sequenced event `{kind, seq, ts, data}`. */
export function fold(state, { kind, seq, ts, data }) {
  const step = Object.hasOwn(FOLD, kind) ? FOLD[kind] : undefined;
  return step ? step(state, { kind, seq, ts, data }) : state;
}
