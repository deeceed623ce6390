/**
 * The camera and microphone of this browser.
 * Promise: they are asked for only when `open` is called; a camera that is refused leaves the microphone; `close` puts
 * the light of the camera out.
 */

const PICTURE = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } };
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const KEY = "liveroom.devices";
const REASONS = { NotAllowedError: "refused", NotFoundError: "missing", OverconstrainedError: "missing" };

export class Devices {
  stream = null;
  /** Chosen devices, by kind; kept in this browser. */
  chosen = JSON.parse(localStorage.getItem(KEY) ?? "{}");

  /** Hears that a device was unplugged or taken back, as what is missing; `stream` has what is left. */
  onLost = () => {};

  get hasAudio() {
    return Boolean(this.stream?.getAudioTracks().length);
  }

  get hasVideo() {
    return Boolean(this.stream?.getVideoTracks().length);
  }

  /**
   * @param {"audio" | "video"} kind with video there is also audio
   * @returns {Promise<string | null>} what is missing: `camera_refused`, `mic_missing`, …; null: nothing
   */
  async open(kind) {
    if (!navigator.mediaDevices) return "insecure";
    let fault = null;
    let stream = kind === "video" ? await this.take(true).catch((error) => ((fault = reason("camera", error)), null)) : null;
    stream ??= await this.take(false).catch((error) => ((fault = reason("mic", error)), null));
    if (!stream) return fault;
    this.close();
    this.stream = stream;
    for (const track of stream.getTracks()) track.addEventListener("ended", () => this.lose(track));
    return fault;
  }

  lose(track) {
    const tracks = this.stream?.getTracks() ?? [];
    if (!tracks.includes(track)) return; // put away before
    const left = tracks.filter((one) => one !== track);
    this.stream = left.length ? new MediaStream(left) : null;
    this.onLost(track.kind === "video" ? "camera_missing" : "mic_missing");
  }

  take(withVideo) {
    const pick = (wanted, id) => (id ? { ...wanted, deviceId: { ideal: id } } : wanted);
    const { audio, video } = this.chosen;
    return navigator.mediaDevices.getUserMedia({ audio: pick(SOUND, audio), video: withVideo && pick(PICTURE, video) });
  }

  /** @param {"audio" | "video"} kind @param {string} id @returns as `open` */
  choose(kind, id) {
    this.chosen = { ...this.chosen, [kind]: id };
    localStorage.setItem(KEY, JSON.stringify(this.chosen));
    return this.open(this.hasVideo || kind === "video" ? "video" : "audio");
  }

  /** @returns {Promise<{audio: MediaDeviceInfo[], video: MediaDeviceInfo[]}>} */
  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    const of = (kind) => all.filter((device) => device.kind === `${kind}input` && device.deviceId);
    return { audio: of("audio"), video: of("video") };
  }

  /** The microphone goes on in a stream of its own. */
  stopCamera() {
    if (!this.hasVideo) return;
    for (const track of this.stream.getVideoTracks()) track.stop();
    this.stream = new MediaStream(this.stream.getAudioTracks());
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
  }
}

const reason = (what, error) => `${what}_${REASONS[error.name] ?? "busy"}`;
