/**
 * The numbers of the show. Promise: each is the server's absolute value, except comments a minute, which is counted
 * from the comments that arrived in the last 60 s.
 */

import { must } from "../shared/dom.js";
import { count } from "../shared/numbers.js";
import { t } from "../i18n.js";

const MINUTE_MS = 60_000;
const SAMPLE_MS = 5_000;
const SAMPLES = 60;
const SVG = "http://www.w3.org/2000/svg";

export class Tiles {
  /** @param {ParentNode} page @param {() => number} now server's clock */
  constructor(page, now) {
    this.page = page;
    this.now = now;
    this.viewers = 0;
    this.heardAt = [];
    this.history = { viewers: [], pace: [] };
    setInterval(() => this.sample(), SAMPLE_MS);
  }

  /** Absolute values of the latest kinds, as many as are known. */
  setTotals({ audience, likes, comments_shed: shed }) {
    if (audience) {
      this.viewers = audience.viewers;
      this.put("viewers", count(audience.viewers));
      this.put("joined", count(audience.joined));
      this.put("peak", audience.peak ? t("host.peak", { count: count(audience.peak) }) : "");
    }
    if (likes) this.put("likes", count(likes.total));
    if (shed) this.put("shed", shed.total > 0 ? t("host.shed", { count: count(shed.total) }) : "");
    if (audience && this.history.viewers.length === 0) this.sample();
  }

  /** A comment that was said at `at` (epoch ms of the server). */
  heard(at) {
    this.heardAt.push(at);
    this.showPace();
  }

  showPace() {
    const since = this.now() - MINUTE_MS;
    const first = this.heardAt.findIndex((at) => at >= since);
    this.heardAt = first === -1 ? [] : this.heardAt.slice(first);
    this.put("pace", count(this.heardAt.length));
  }

  sample() {
    this.showPace();
    this.keep("viewers", this.viewers);
    this.keep("pace", this.heardAt.length);
  }

  keep(name, value) {
    const values = this.history[name];
    values.push(value);
    if (values.length > SAMPLES) values.shift();
    draw(must(`[data-spark="${name}"]`, this.page), values);
  }

  put(name, text) {
    must(`[data-tile="${name}"]`, this.page).textContent = text;
  }
}

/** A small line of the last values, filled below. */
function draw(svg, values) {
  if (values.length < 2) return;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const step = 100 / (values.length - 1);
  const points = values.map((value, index) => `${(index * step).toFixed(1)} ${(34 - (28 * (value - low)) / Math.max(1, high - low)).toFixed(1)}`);
  svg.setAttribute("viewBox", "0 0 100 40");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.replaceChildren(path(`M${points.join("L")}L100 40L0 40Z`, "under"), path(`M${points.join("L")}`, ""));
}

function path(d, name) {
  const node = document.createElementNS(SVG, "path");
  node.setAttribute("d", d);
  if (name) node.setAttribute("class", name);
  return node;
}
