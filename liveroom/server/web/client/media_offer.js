// The description that a browser offers for the stage. Promise: small enough for one message of the socket: only the
// codecs that the engine takes, and no wait for candidates, which nobody reads.

const LAYERS = [
  { rid: "l", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", maxBitrate: 1_700_000 },
];
const CODECS = /^(audio\/opus|video\/(VP8|rtx|H264))$/i;

/** Adds what is sent and places to receive, and gives the offer. */
export async function describe(peer, { slots, sends, simulcast }) {
  if (sends) {
    add(peer, "audio", { direction: "sendonly" });
    add(peer, "video", { direction: "sendonly", sendEncodings: simulcast ? LAYERS : [{ maxBitrate: 1_700_000 }] });
  }
  for (let slot = 0; slot < slots; slot += 1) {
    add(peer, "audio", { direction: "recvonly" });
    add(peer, "video", { direction: "recvonly" });
  }
  const offer = await peer.createOffer();
  const sdp = askForSound(offer.sdp);
  await peer.setLocalDescription({ type: "offer", sdp });
  return sdp;
}

/** The stream of each receiving section, by mid; sound and picture of one place are one stream. */
export function receivers(peer) {
  const streams = new Map();
  let stream = null;
  for (const { mid, direction, receiver } of peer.getTransceivers()) {
    if (direction !== "recvonly") continue;
    if (receiver.track.kind === "audio") {
      stream = receiver.liveroomStream ??= new MediaStream([receiver.track]);
    } else if (stream && !stream.getVideoTracks().length) {
      stream.addTrack(receiver.track);
    }
    streams.set(mid, stream ?? new MediaStream([receiver.track]));
  }
  return streams;
}

function add(peer, kind, options) {
  const transceiver = peer.addTransceiver(kind, options);
  if (options.direction === "sendonly") transceiver.sender.liveroomKind = kind;
  const codecs = RTCRtpReceiver.getCapabilities(kind).codecs.filter(({ mimeType }) => CODECS.test(mimeType));
  const order = (codec) => (/VP8|opus/i.test(codec.mimeType) ? 0 : /rtx/i.test(codec.mimeType) ? 1 : 2);
  transceiver.setCodecPreferences(codecs.sort((a, b) => order(a) - order(b)));
}

/** Lost sound is sent again too; browsers can, and ask only when the description says so. */
function askForSound(sdp) {
  return sdp.replace(/a=rtpmap:(\d+) opus\/48000\/2\r\n/g, (line, number) => `${line}a=rtcp-fb:${number} nack\r\n`);
}
