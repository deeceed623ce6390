// The conformance adapter of the JavaScript client: the same for a browser page and for Node.

/** Returns `perform(instruction)`; `report(facts)` is told what the client experiences. */
export function makeAdapter(LiveRoom, report) {
  let live;

  const follow = (room) => {
    const SAW = { sequenced: "event", latest: "latest", private: "private" };
    room.on("*", (data, { kind, lane, seq }) => report({ saw: SAW[lane], room: room.name, kind, data, seq }));
    room.on("snapshot", () => report({ saw: "snapshot", room: room.name, seq: room.seq }));
    room.on("left", (error) => report({ saw: "left", room: room.name, code: error?.code ?? null }));
  };

  const DO = {
    start({ url, rooms, tokens, lang }) {
      const getToken = tokens.length ? async () => (tokens.length > 1 ? tokens.shift() : tokens[0]) : undefined;
      live = new LiveRoom({ url, getToken, lang });
      live.on("status", (status) => report({ saw: "status", status }));
      for (const name of rooms) follow(live.join(name));
    },
    async send({ ref, room, type, data }) {
      try {
        report({ saw: "ack", ref, data: await live.rooms.get(room).send(type, data) });
      } catch ({ code, message, retryable, retry_after_ms, field }) {
        report({ saw: "error", ref, code, message, retryable, retry_after_ms, field });
      }
    },
    join({ room }) {
      follow(live.join(room));
    },
    leave({ room }) {
      live.leave(room);
    },
    check() {
      live.check();
    },
    close() {
      live?.close();
    },
  };

  return (told) => DO[told.do](told);
}
