// Audio and video of a room in a browser. Promise: one negotiation for a whole stay, whoever comes and goes; nothing of a
// camera is sent before the server says that it may be; a lost connection is replaced before it is dropped.

import { describe, receivers } from "./client/media_offer.js";
import { firstPicture } from "./client/media_times.js";
import { Emitter } from "./client/emitter.js";

const RETRY_MS = 500;
const TRIES = 12;
const PREPARES = 3;

/**
 * One person's part in the stage of a room.
 *
 *     const media = new RoomMedia(room);
 *     await media.warm();                 // while the invitation is on the screen: connects, sends nothing
 *     media.use(stream);                  // camera and microphone; sent as soon as it is granted
 *     media.on("slots", (slots) => …);    // [{user_id, room, stream, audio, video}], empty places left out
 *     media.on("state", (state) => …);    // prepared | connected | lost | closed
 */
export class RoomMedia extends Emitter {
  state = "closed";
  kinds = []; // what may be sent now
  slots = [];
  #room;
  #options;
  #ticket = null;
  #peer = null; // the connection that stands
  #tracks = { audio: null, video: null };
  #shown = [];
  #session = null;
  #off;
  #wait = null; // for the first picture: since when, and whether the connection stood

  /** `watch`: only to receive. `PeerConnection` may be given, for tests and other surroundings. */
  constructor(room, { watch = false, simulcast = true, PeerConnection = globalThis.RTCPeerConnection } = {}) {
    super();
    this.#room = room;
    this.#options = { watch, simulcast, PeerConnection };
    this.#off = room.on("media.changed", ({ media }) => this.#hear(media));
  }

  /** Gets a ticket and connects. Rejects with LiveRoomError when the room does not expect us. */
  async warm() {
    const { watch } = this.#options;
    // Who watches comes after others, when the engine runs; a refusal means that the places are taken.
    this.#ticket = await patiently(() => this.#room.send("media.prepare", { watch }), watch ? 1 : PREPARES);
    if (this.#ticket.engine !== "sfu") throw elsewhere(this.#ticket);
    await this.#connect();
  }

  /** Takes camera and microphone of a MediaStream, or null to send nothing more. */
  use(stream) {
    this.#tracks = { audio: stream?.getAudioTracks()[0] ?? null, video: stream?.getVideoTracks()[0] ?? null };
    return this.#send();
  }

  /** Mutes or unmutes one's own `audio` or `video`, in the engine. */
  mute(kind, muted) {
    return this.#room.send("media.mute", { kind, muted });
  }

  /** The invitation was accepted: what is measured until the first picture counts from now. */
  accepted() {
    this.#wait = { since: performance.now(), warm: this.#peer !== null };
  }

  /** Ends the part; the seat on the stage is another matter. */
  async close() {
    this.#off();
    this.#drop(this.#peer);
    this.#peer = null;
    this.#become("closed");
    if (this.#ticket) await this.#room.send("media.leave").catch(() => {}); // without a connection it ends by itself
    this.#ticket = null;
  }

  /** The receiver of the picture of a slot's stream. */
  receiverOf(stream) {
    const [track] = stream?.getVideoTracks() ?? []; // a slot that is shown before the connection has it has none
    if (!track) return null;
    return this.#peer?.getReceivers().find((receiver) => receiver.track === track) ?? null;
  }

  /** Counters of the connection, as WebRTC tells them. */
  stats() {
    return this.#peer?.getStats() ?? Promise.resolve(new Map());
  }

  async #connect() {
    const { watch, simulcast, PeerConnection } = this.#options;
    const { ice_servers = [], slots = 0 } = this.#ticket;
    const peer = new PeerConnection({ iceServers: ice_servers, bundlePolicy: "max-bundle" });
    try {
      const began = performance.now();
      const offer = await describe(peer, { slots, sends: !watch, simulcast });
      const { session, sdp } = await this.#room.send("media.offer", { ticket: this.#ticket.ticket, sdp: offer });
      this.#session = session;
      await peer.setRemoteDescription({ type: "answer", sdp });
      await stands(peer);
      if (!this.#ticket) return this.#drop(peer); // closed meanwhile
      this.#drop(this.#peer);
      this.#peer = peer;
      this.#wait ??= { since: began, warm: false };
      peer.addEventListener("connectionstatechange", () => peer.connectionState === "failed" && this.#lose());
      await this.#send();
      this.#show();
    } catch (fault) {
      this.#drop(peer);
      throw fault;
    }
  }

  #hear(media) {
    const { state, kinds = [], slots = [], session } = media;
    this.kinds = kinds;
    this.#shown = slots;
    this.#send().catch(() => {}); // a connection that is being replaced
    this.#show();
    if (state === "closed") this.#drop(this.#peer);
    if (state === "lost" && session === this.#session) this.#lose();
    else this.#become(state);
  }

  /** Puts our tracks on the connection, those that may be sent. */
  async #send() {
    const senders = (this.#peer?.getSenders() ?? []).filter((sender) => sender.liveroomKind);
    const wanted = ({ liveroomKind: kind }) => (this.kinds.includes(kind) ? this.#tracks[kind] : null);
    const changed = senders.filter((sender) => sender.track !== wanted(sender));
    await Promise.all(changed.map((sender) => sender.replaceTrack(wanted(sender))));
  }

  #show() {
    if (!this.#peer) return;
    const streams = receivers(this.#peer);
    this.slots = this.#shown
      .filter((slot) => slot.user_id)
      .map((slot) => ({ ...slot, stream: streams.get(slot.video ?? slot.audio) }));
    this.emit("slots", this.slots);
    const first = this.#wait && this.slots.filter((slot) => slot.video).map((slot) => this.receiverOf(slot.stream)).find(Boolean);
    if (first) this.#report(first, this.#wait);
  }

  async #report(receiver, { since, warm }) {
    this.#wait = null;
    const first_frame_ms = await firstPicture(receiver, since);
    if (first_frame_ms === null) return;
    this.emit("first", { warm, first_frame_ms });
    this.#room.send("media.report", { warm, first_frame_ms }).catch(() => {}); // a measure less
  }

  /** The connection is gone: make another one with the same ticket, then drop the old one. */
  async #lose() {
    if (this.state === "lost" || !this.#ticket) return;
    this.#become("lost");
    for (let left = TRIES; left > 0 && this.#ticket; left -= 1) {
      try {
        return await this.#connect();
      } catch (fault) {
        if (fault.retryable === false) break;
        await new Promise((done) => setTimeout(done, fault.retry_after_ms ?? RETRY_MS));
      }
    }
    this.#become("closed");
  }

  #drop(peer) {
    if (!peer) return;
    peer.close();
    if (peer === this.#peer) this.#peer = null;
  }

  #become(state) {
    if (this.state === state) return;
    this.state = state;
    this.emit("state", state);
  }
}

/** This client cannot connect there; `facts` are as in a refusal of the server. */
function elsewhere({ engine, url }) {
  const text = `audio and video of this server come by ${engine}: connect to ${url} with its own client`;
  return Object.assign(new Error(text), { facts: { state: "unsupported" } });
}

/** What may be tried again is: the first ticket of a server starts its engine, which takes a moment. */
async function patiently(ask, left = PREPARES) {
  try {
    return await ask();
  } catch (fault) {
    if (fault.retryable !== true || left <= 1) throw fault;
    await new Promise((done) => setTimeout(done, fault.retry_after_ms ?? RETRY_MS));
    return patiently(ask, left - 1);
  }
}

/** Resolves when a connection stands, rejects when it does not in time. */
function stands(peer) {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error("the media connection did not come about")), 10_000);
    const look = () => {
      if (peer.connectionState === "connected") done(clearTimeout(timer));
      else if (["failed", "closed"].includes(peer.connectionState)) fail(new Error("the media connection failed"));
    };
    peer.addEventListener("connectionstatechange", look);
    look();
  });
}
