/**
 * The stage as pages show it: who has a seat, and the signs beside them.
 * Promise: pure; a microphone is on when its owner has it on and the staff allow it, and who talks is said by the engine.
 */

/** @returns {object | undefined} the stage of a room's state */
export const stageOf = ({ stages = {} }, name) => stages[name];

export const takenSeats = (stage) => stage?.seats.filter((seat) => seat.guest) ?? [];

/** Whether viewers can apply; a stage begins with the first application. */
export const takesApplications = (stage) => !stage || stage.status === "open";

const isOn = (device) => Boolean(device?.on && device.allowed);

/** @param {object} guest of a seat @param {object} [air] the latest `media_stage` */
export function signsOf({ user, kind, mic, camera, away = false }, air = {}) {
  const heard = onAir(user.id, air);
  return {
    mic: isOn(mic),
    camera: kind === "video" && isOn(camera),
    video: kind === "video",
    micStaff: !mic.allowed,
    cameraStaff: kind === "video" && !camera.allowed,
    away: away || Boolean(heard?.lost),
    talking: isTalking(user.id, air) && isOn(mic),
    quality: heard?.quality ?? "good",
  };
}

const onAir = (userId, { on_air: people = [] } = {}) => people.find((one) => one.user_id === userId);
const isTalking = (userId, { talking = [] } = {}) => talking.includes(userId);
