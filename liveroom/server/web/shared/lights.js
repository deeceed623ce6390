/**
 * The picture of a room without video: a hall at night in which each viewer holds one light.
 * Promise: what moves is what happens (arrivals, comments, the show starting), never a pretended crowd; some seconds after
 * the last of it the hall comes to rest, and then costs a phone nothing. Above `SEATS` viewers a light stands for several.
 * Still where the person asked for less motion; asleep when hidden or behind a picture.
 */

import { bucket } from "./numbers.js";
import { prefersStill } from "./dom.js";

const SEATS = 240;
const COLOURS = ["#ffc56b", "#ff8a6b", "#7fe3d2", "#8cc8ff", "#ffe0a6", "#ff9fb4"];
const FRAME_MS = 1000 / 30;
const AWAKE_MS = 8_000;
const SLOWING_MS = 3_000;

export class Lights {
  /** @param {HTMLCanvasElement} canvas @param {{horizon?: number}} [look] `horizon`: 0 top … 1 bottom */
  constructor(canvas, { horizon = 0.45 } = {}) {
    this.canvas = canvas;
    this.paint = canvas.getContext("2d");
    this.horizon = horizon;
    this.seats = seatsInRows();
    this.glows = COLOURS.map(drawGlow);
    this.lit = 0;
    this.grown = 1;
    this.show = 0;
    this.showTarget = 0;
    this.seconds = 0; // what the sway goes by: slows down before a rest
    this.isAwake = false;
    new ResizeObserver(() => this.fit()).observe(canvas);
    this.fit();
    this.wake();
  }

  /** How many viewers there are. */
  setViewers(viewers) {
    const lit = Math.min(SEATS, viewers);
    if (lit === this.lit) return;
    this.lit = lit;
    // A few lights in a big hall would look lost.
    this.grown = 1 + 0.6 * (1 - this.lit / SEATS) ** 3;
    this.wake();
  }

  /** Spotlights on while the show is live. */
  setLive(live) {
    if (this.showTarget === Number(live)) return;
    this.showTarget = Number(live);
    this.wake();
  }

  /** Let the light of one person flare up, as when they speak. */
  flare(personId) {
    const seat = this.seats[bucket(personId, Math.max(1, this.lit))];
    if (!seat || prefersStill()) return;
    seat.flare = 1;
    this.wake();
  }

  fit() {
    const box = this.canvas.getBoundingClientRect();
    const scale = Math.min(2, devicePixelRatio || 1);
    this.width = Math.max(1, box.width);
    this.height = Math.max(1, box.height);
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.paint.setTransform(scale, 0, 0, scale, 0, 0);
    this.draw();
  }

  /** Something has happened: move for a while. */
  wake() {
    if (prefersStill()) return this.rest();
    this.restAt = performance.now() + AWAKE_MS;
    if (this.isAwake) return;
    this.isAwake = true;
    this.last = performance.now();
    requestAnimationFrame((now) => this.frame(now));
  }

  rest() {
    this.isAwake = false;
    this.show = this.showTarget;
    for (const seat of this.seats) seat.flare = 0;
    this.draw();
  }

  frame(now) {
    const left = this.restAt - now;
    if (left <= 0 || document.hidden || !this.canvas.checkVisibility({ visibilityProperty: true })) return this.rest();
    requestAnimationFrame((next) => this.frame(next));
    const passed = now - this.last;
    if (passed < FRAME_MS) return;
    this.last = now;
    this.seconds += (Math.min(passed, 4 * FRAME_MS) / 1000) * Math.min(1, left / SLOWING_MS);
    this.show += (this.showTarget - this.show) * Math.min(1, passed / 900);
    this.draw();
    for (const seat of this.seats) seat.flare *= 0.93;
  }

  draw() {
    const { paint, seconds } = this;
    paint.globalCompositeOperation = "source-over";
    this.drawHall();
    paint.globalCompositeOperation = "lighter";
    this.drawBeams(seconds);
    this.seats.forEach((seat, index) => this.drawSeat(seat, index < this.lit, seconds));
    paint.globalCompositeOperation = "source-over";
  }

  drawHall() {
    const { paint, width, height, horizon } = this;
    const air = paint.createLinearGradient(0, 0, 0, height);
    air.addColorStop(0, mix([6, 18, 30], [8, 24, 40], this.show));
    air.addColorStop(horizon, mix([10, 28, 42], [24, 40, 58], this.show));
    air.addColorStop(horizon + 0.03, mix([8, 20, 31], [12, 28, 42], this.show));
    air.addColorStop(1, "rgb(5 13 19)");
    paint.fillStyle = air;
    paint.fillRect(0, 0, width, height);
    const rim = paint.createRadialGradient(width / 2, height * horizon, 0, width / 2, height * horizon, Math.min(460, 120 + width * 0.6));
    rim.addColorStop(0, `rgb(255 148 84 / ${0.06 + 0.3 * this.show})`);
    rim.addColorStop(1, "rgb(255 148 84 / 0)");
    paint.fillStyle = rim;
    paint.fillRect(0, 0, width, height);
  }

  drawBeams(seconds) {
    if (this.show < 0.02) return;
    const { paint, width, height, horizon } = this;
    const reach = height * (horizon + 0.04);
    const spread = Math.min(width, 560);
    for (const [from, lean, pace] of [[0.08, 0.34, 0.31], [0.36, 0.08, 0.23], [0.64, -0.08, 0.27], [0.92, -0.34, 0.19]]) {
      const x = width * from;
      const foot = x + spread * (lean + 0.07 * Math.sin(seconds * pace * 2 + from * 9));
      const half = 30 + spread * 0.07;
      const light = paint.createLinearGradient(x, -20, foot, reach);
      light.addColorStop(0, `rgb(255 226 178 / ${0.2 * this.show})`);
      light.addColorStop(0.86, "rgb(255 226 178 / 0)");
      paint.fillStyle = light;
      paint.beginPath();
      paint.moveTo(x - 5, -20);
      paint.lineTo(x + 5, -20);
      paint.lineTo(foot + half, reach);
      paint.lineTo(foot - half, reach);
      paint.fill();
    }
  }

  drawSeat(seat, lit, seconds) {
    const { paint, width, height, horizon } = this;
    const y = height * (horizon + (1.02 - horizon) * seat.depth ** 1.5);
    const size = (3 + 15 * seat.depth) * Math.min(1, Math.max(0.68, height / 800)) * this.grown;
    const sway = Math.sin(seconds * 1.15 + seat.x * 5 + seat.depth * 2 + seat.phase);
    const x = width * seat.x + sway * size * 0.9;
    if (!lit) {
      paint.fillStyle = `rgb(120 160 180 / ${0.05 + 0.07 * seat.depth})`;
      paint.fillRect(x, y, size * 0.3, size * 0.6);
      return;
    }
    const bright = 0.66 + 0.24 * Math.sin(seconds * 1.7 + seat.phase) + seat.flare;
    const glow = size * (2.2 + seat.flare * 1.6);
    paint.save();
    paint.translate(x, y);
    paint.rotate(sway * 0.28);
    paint.globalAlpha = Math.min(1, bright);
    paint.drawImage(this.glows[seat.colour], -glow / 2, -glow * 1.15, glow, glow * 2.3);
    paint.restore();
  }
}

/** Places for the lights: rows that widen towards the front; filled in a fixed scattered order. */
function seatsInRows() {
  return Array.from({ length: SEATS }, (_, index) => {
    const x = (index * 0.6180339887) % 1;
    const depth = (index * 0.7548776662 + 0.31) % 1;
    return { x: -0.04 + 1.08 * x, depth, phase: ((index * 37) % 20) / 16, colour: index % COLOURS.length, flare: 0 };
  });
}

function drawGlow(colour) {
  const sprite = document.createElement("canvas");
  sprite.width = 64;
  sprite.height = 64;
  const paint = sprite.getContext("2d");
  const light = paint.createRadialGradient(32, 32, 0, 32, 32, 32);
  light.addColorStop(0, "#ffffff");
  light.addColorStop(0.14, colour);
  light.addColorStop(0.4, `${colour}66`);
  light.addColorStop(1, `${colour}00`);
  paint.fillStyle = light;
  paint.fillRect(0, 0, 64, 64);
  return sprite;
}

function mix(from, to, share) {
  return `rgb(${from.map((part, index) => Math.round(part + (to[index] - part) * share)).join(" ")})`;
}
