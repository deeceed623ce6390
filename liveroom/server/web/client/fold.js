// A room as seen by one viewer: a snapshot with the later events applied. Promise: pure; the same table as the
// Python client's fold.py; kinds that are not in it change nothing.

export const COMMENTS_KEPT = 200;

const withRoom = (state, facts) => ({ ...state, room: { ...state.room, ...facts } });

/** One that ended leaves; one that is older than what the snapshot had changes nothing. */
function withCampaign({ ...campaigns } = {}, campaign) {
  if (campaigns[campaign.id]?.version >= campaign.version) return campaigns;
  if (campaign.status === "ended") delete campaigns[campaign.id];
  else campaigns[campaign.id] = campaign;
  return campaigns;
}

const FOLD = {
  "comment.sent": (state, event) => ({ ...state, comments: [...state.comments, event].slice(-COMMENTS_KEPT) }),
  "room.opened": (state) => withRoom(state, { status: "open" }),
  "room.went_live": (state, { data }) => ({
    ...withRoom(state, { status: "live" }), show: { id: data.show_id, started_at: data.started_at },
  }),
  "room.ended": (state) => ({ ...withRoom(state, { status: "ended" }), show: null }),
  "room.updated": (state, { data }) => withRoom(state, data),
  "campaign.changed": (state, { data }) => ({ ...state, campaigns: withCampaign(state.campaigns, data.campaign) }),
};

export const emptyState = () => ({ room: {}, show: null, comments: [], campaigns: {}, totals: {}, me: {} });

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
