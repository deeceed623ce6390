/**
 * Parts of the console that come when they are first looked at, so that a page is small and talk waits for nothing.
 * Promise: what is told to a part before it has come is kept for it, and its tab is marked; a part that could not be
 * had is tried again the next time its tab is opened.
 */

const KEPT = 300;

export class Parts {
  /** @param {import("./tabs.js").Tabs} tabs @param {object} room @param {() => void} onMissing a part could not be had */
  constructor(tabs, room, onMissing) {
    this.tabs = tabs;
    this.room = room;
    this.onMissing = onMissing;
    this.parts = new Map();
    tabs.onOpen = (name) => this.bring(name);
  }

  /**
   * @param {string} name of the tab
   * @param {{load: () => Promise<(heard: [string, object][]) => void>, hears?: string[], waits?: (me: object) => boolean}} part
   *   `hears`: kinds that it must not miss; `waits`: whether a join tells of something to do
   */
  add(name, { load, hears = [], waits }) {
    const part = { load, heard: [], offs: [], coming: false };
    this.parts.set(name, part);
    const hear = (kind) => (data) => {
      part.heard.push([kind, data]);
      if (part.heard.length > KEPT) part.heard.shift();
      this.tabs.mark(name);
    };
    part.offs = hears.map((kind) => this.room.on(kind, hear(kind)));
    part.offs.push(this.room.on("joined", ({ me = {} }) => {
      part.heard = [];
      if (waits?.(me)) this.tabs.mark(name);
    }));
  }

  async bring(name) {
    const part = this.parts.get(name);
    if (!part || part.coming) return undefined;
    part.coming = true;
    const begin = await part.load().catch(() => null);
    part.coming = false;
    if (!begin) return this.onMissing();
    for (const off of part.offs) off();
    this.parts.delete(name);
    return begin(part.heard);
  }
}
