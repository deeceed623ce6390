// How well a viewer sees the show, told to the server about twice a minute (R107). Promise: the player is only looked at,
// never changed; what is told are sums since the page was opened, so a report that is lost costs nothing.

const LOOK_MS = 1_000;
const TELL_MS = 30_000;

/**
 * Watches a `<video>` (or `<audio>`) that shows a room's stream, until `stop()`.
 *
 *     const watching = reportWatching(room, video);
 */
export function reportWatching(room, player, { tellMs = TELL_MS, lookMs = LOOK_MS } = {}) {
  const sums = { height: 0, played_ms: 0, stalled_ms: 0 };
  let begun = false; // waiting for the first picture is no stall
  let last = { at: performance.now(), position: player.currentTime };

  const look = () => {
    const now = { at: performance.now(), position: player.currentTime };
    const passed = now.at - last.at;
    const moved = now.position > last.position;
    begun ||= moved;
    // A page in the background is woken rarely, and whoever pauses wants it to stand still.
    if (begun && !player.paused && !document.hidden && passed < 10 * lookMs) {
      sums[moved ? "played_ms" : "stalled_ms"] += Math.round(passed);
    }
    sums.height = player.videoHeight ?? 0;
    last = now;
  };
  const tell = () => {
    look();
    if (begun) room.send("watch.report", { ...sums }).catch(() => {}); // the next one tells the same again
  };
  const timers = [setInterval(look, lookMs), setInterval(tell, tellMs)];
  const leave = () => document.visibilityState === "hidden" && tell();
  document.addEventListener("visibilitychange", leave);
  return {
    sums,
    stop() {
      for (const timer of timers) clearInterval(timer);
      document.removeEventListener("visibilitychange", leave);
      tell();
    },
  };
}
