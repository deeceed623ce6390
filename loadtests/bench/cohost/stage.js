// What a person of the cohost benchmark does in a browser. Times are epoch ms, so that pages can be compared.

import { LiveRoom } from "/web/liveroom.js";
import { RoomMedia } from "/web/media.js";

const now = () => performance.timeOrigin + performance.now();

/** Enters a room; `relays`: ports of a network between us and the server, by those of the server. */
export async function enter({ token, url, name, relay }) {
  const live = new LiveRoom({ token, url });
  const room = live.join(name);
  await new Promise((done) => room.on("joined", done));
  if (relay) throughRelay(room);
  return { live, room, media: null, stream: null };
}

/** Sends the answer's ports through a relay before the browser sees them. */
function throughRelay(room) {
  const send = room.send.bind(room);
  room.send = async (type, data, options) => {
    const answer = await send(type, data, options);
    if (type !== "media.offer") return answer;
    const port = Number(answer.sdp.match(/ (\d+) typ host/)[1]);
    const near = await globalThis.relayUdp(port);
    return { ...answer, sdp: answer.sdp.replaceAll(` ${port} typ host`, ` ${near} typ host`) };
  };
}

export async function openCamera(person) {
  const video = { width: 640, height: 360, frameRate: 30 };
  person.stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
}

export async function warm(person) {
  person.media?.close();
  person.media = new RoomMedia(person.room, { simulcast: false });
  await person.media.use(person.stream);
  await person.media.warm();
}

/** Epoch ms of the first picture of somebody after `since`. */
export async function firstPicture(person, since) {
  while (now() - since < 20_000) {
    for (const { stream, user_id } of person.media?.slots ?? []) {
      const receiver = stream && user_id && person.media.receiverOf(stream);
      const [source] = receiver?.getSynchronizationSources() ?? [];
      if (source && source.timestamp > since) return source.timestamp;
    }
    await new Promise((done) => setTimeout(done, 2));
  }
  return null;
}

/** Ask for a seat, as soon as the server takes the next application of the same person. */
export async function apply(person) {
  for (;;) {
    try {
      return await person.room.send("stage.apply", { kind: "video" });
    } catch (error) {
      if (error.code !== "rate_limited") throw error;
      await new Promise((done) => setTimeout(done, error.retry_after_ms));
    }
  }
}

export const accept = async (person, user_id) => {
  const since = now();
  await person.room.send("stage.accept", { user_id });
  return since;
};

/** Counters of video: pictures encoded here and decoded here. */
export async function pictures(person) {
  const found = { encoded: 0, decoded: 0, received: 0, lost: 0 };
  for (const entry of (await person.media.stats()).values()) {
    if (entry.type === "outbound-rtp" && entry.kind === "video") found.encoded += entry.framesSent ?? 0;
    if (entry.type !== "inbound-rtp" || entry.kind !== "video") continue;
    found.decoded += entry.framesDecoded ?? 0;
    found.received += entry.packetsReceived ?? 0;
    found.lost += entry.packetsLost ?? 0;
  }
  return found;
}
