// How long the first picture took. Promise: resolves once, also when nothing came.

const LOOK_MS = 5;
const PATIENCE_MS = 20_000;

/** Milliseconds from `since` (performance.now()) to the first picture that a receiver delivers after it; null: none. */
export async function firstPicture(receiver, since) {
  while (performance.now() - since < PATIENCE_MS && receiver.track.readyState === "live") {
    // Not from getStats(), which is as old as 50 ms.
    const [source] = receiver.getSynchronizationSources();
    const passed = source ? source.timestamp - performance.timeOrigin - since : -1;
    if (passed > 0) return Math.round(passed);
    await new Promise((done) => setTimeout(done, LOOK_MS));
  }
  return null;
}
