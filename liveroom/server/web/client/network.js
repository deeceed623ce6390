// What a browser tells of its network and its page. Promise: `changed()` when the network came back or is another one,
// `offline()` when there is none, `shown(hidden_ms)` when the page is looked at again; silent where there is no browser.

/** Begins to listen; returns a function that ends it. */
export function watchNetwork({ changed, offline, shown }) {
  const { document, navigator } = globalThis;
  const ending = new AbortController();
  const on = (target, name, hear) => target?.addEventListener?.(name, hear, { signal: ending.signal });

  on(globalThis, "online", () => changed());
  on(globalThis, "offline", () => offline());

  // The wall clock, since the monotonic one may stand still while the machine sleeps.
  let hidden_at = document?.visibilityState === "hidden" ? Date.now() : null;
  on(document, "visibilitychange", () => {
    if (document.visibilityState === "hidden") hidden_at ??= Date.now();
    else if (hidden_at !== null) {
      const hidden_ms = Date.now() - hidden_at;
      hidden_at = null;
      shown(hidden_ms);
    }
  });

  // Also told for each new guess of the speed: only another kind of network is news.
  const connection = navigator?.connection;
  let kind = connection?.type;
  on(connection, "change", () => {
    const is_other = connection.type !== kind && connection.type !== "none";
    kind = connection.type;
    if (is_other) changed();
  });

  return () => ending.abort();
}
