// Audio and video of a room in a browser. Promise: one negotiation for a whole stay, whoever comes and goes; nothing of a
// camera is sent before the server says that it may be; a lost connection is replaced before it is dropped.

import { describe, receivers } from "./client/media_offer.js";
import { firstPicture } from "./client/media_times.js";
import { Emitter } from "./client/emitter.js";

const RETRY_MS = 500;
const TRIES = 12;
const PREPARES = 3;
const UNKNOWN_MS = 1000; // a process of the server that has just opened the room hears of its people a moment later

/**
 * One person's part in the stage of a room.
 *
 *     const media = new RoomMedia(room);
 *     await media.warm();                 // while the invitation is on the screen: connects, sends nothing
 *     media.use(stream);                  // camera and microphone; sent as soon as it is granted
 *     media.on("slots", (slots) => …);    // [{user_id, room, stream, audio, video}], empty places left out
 *     media.on("state", (state) => …);    // prepared | connected | lost | closed; after "closed" begin with another one
 *     media.on("muted", (kinds) => …);    // what is muted of oneself in the engine, also since before this page
 */
export class RoomMedia extends Emitter {
  state = "closed";
  kinds = []; // what may be sent now
  muted = []; // in the engine; it outlives a page
  slots = [];
  #room;
  #options;
  #ticket = null;
  #peer = null; // the connection that stands
  #tracks = { audio: null, video: null };
  #shown = [];
  #session = null;
  #isRenewing = false;
  #unknown = null; // runs while the server knows nothing of a connection that stands
  #off;
  #wait = null; // for the first picture: since when, and whether the connection stood

  /** `watch`: only to receive. `PeerConnection` may be given, for tests and other surroundings. */
  constructor(room, { watch = false, simulcast = true, PeerConnection = globalThis.RTCPeerConnection } = {}) {
    super();
    this.#room = room;
    this.#options = { watch, simulcast, PeerConnection };
    const offs = [
      room.on("media.changed", ({ media }) => this.#hear(media)),
      room.on("joined", ({ me = {} }) => this.#rejoin(me.media)),
    ];
    this.#off = () => offs.forEach((off) => off());
  }

  /** Gets a ticket and connects; afterwards `state` is "connected". Rejects with LiveRoomError when the room does not expect us. */
  async warm() {
    this.#ticket = await getTicket(this.#room, this.#options);
    await this.#connect();
  }

  /** Takes camera and microphone of a MediaStream, or null to send nothing more. */
  use(stream) {
    this.#tracks = { audio: stream?.getAudioTracks()[0] ?? null, video: stream?.getVideoTracks()[0] ?? null };
    return this.#send();
  }

  /** Mutes or unmutes one's own `audio` or `video`, in the engine. */
  async mute(kind, muted) {
    await this.#room.send("media.mute", { kind, muted });
    const others = this.muted.filter((one) => one !== kind);
    this.#setMuted(muted ? [...others, kind].sort() : others);
  }

  /** The invitation was accepted: what is measured until the first picture counts from now. */
  accepted() {
    this.#wait = { since: performance.now(), warm: this.#peer !== null };
  }

  /** Ends the part; the seat on the stage is another matter. */
  async close() {
    this.#off();
    const isGood = this.#ticket !== null;
    this.#end();
    if (isGood) await this.#leave();
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
      if (!this.#ticket) return void this.#drop(peer); // closed meanwhile
      this.#drop(this.#peer);
      this.#peer = peer;
      this.#wait ??= { since: began, warm: false };
      this.#become("connected"); // the server's word comes after it
      peer.addEventListener("connectionstatechange", () => peer.connectionState === "failed" && peer === this.#peer && this.#lose());
      await this.#send();
      this.#show();
    } catch (fault) {
      this.#drop(peer);
      throw fault;
    }
  }

  /** What was told while the socket was away is in the answer to the join. */
  #rejoin(mine) {
    if (!this.#ticket) return;
    if (mine) return this.#hear(mine);
    clearTimeout(this.#unknown);
    this.#unknown = setTimeout(() => this.#lose(), UNKNOWN_MS);
  }

  #hear(media) {
    const { state, kinds = [], muted = [], slots = [], session, why } = media;
    clearTimeout(this.#unknown);
    this.kinds = kinds;
    this.#shown = slots;
    this.#setMuted(muted);
    this.#send().catch(() => {}); // a connection that is being replaced
    this.#show();
    if (state === "lost" || (state === "closed" && why === "lost")) return void (session === this.#session && this.#lose());
    if (state === "closed") return this.#end();
    if (state !== "prepared" || !this.#peer) this.#become(state); // said before the connection stood
  }

  #setMuted(kinds) {
    if (String(kinds) === String(this.muted)) return;
    this.muted = kinds;
    this.emit("muted", kinds);
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
    if (this.#isRenewing || !this.#ticket || !this.#peer) return; // under way; over; or not there so far, which `warm` tells
    this.#isRenewing = true;
    this.#become("lost");
    const fault = await this.#renew();
    this.#isRenewing = false;
    if (!fault || !this.#ticket) return;
    if (fault.retryable !== false) this.#leave(); // the ticket is good, so the server would wait for us
    this.#end();
  }

  /** @returns {Promise<Error | null>} why there is no connection */
  async #renew() {
    let why = null;
    for (let left = TRIES; left > 0 && this.#ticket; left -= 1) {
      try {
        return await this.#connect();
      } catch (fault) {
        why = fault;
        if (fault.retryable === false) break;
        await new Promise((done) => setTimeout(done, fault.retry_after_ms ?? RETRY_MS));
      }
    }
    return why;
  }

  /** Whoever uses this hears it, and may begin with another one. */
  #end() {
    clearTimeout(this.#unknown);
    this.#ticket = null;
    this.#drop(this.#peer);
    this.#become("closed");
  }

  #leave() {
    return this.#room.send("media.leave").catch(() => {}); // without a connection it ends by itself
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

/** Asks for a ticket and nothing more: before a camera is taken, whether there is any use in it. Rejects as `warm` does. */
export async function getTicket(room, { watch = false } = {}) {
  // Who watches comes after others, when the engine runs; a refusal means that the places are taken.
  const ticket = await patiently(() => room.send("media.prepare", { watch }), watch ? 1 : PREPARES);
  if (ticket.engine === "sfu") return ticket;
  room.send("media.leave").catch(() => {}); // it ends by itself too
  throw elsewhere(ticket);
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
