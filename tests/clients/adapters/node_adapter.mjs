// Runs the JavaScript client in Node 22 or newer (older ones lack WebSocket): the address of liveroom.js is argument 1.

import { createInterface } from "node:readline";
import { makeAdapter } from "./adapter.mjs";

const { LiveRoom } = await import(process.argv[2]);
const perform = makeAdapter(LiveRoom, (facts) => process.stdout.write(JSON.stringify(facts) + "\n"));
for await (const line of createInterface({ input: process.stdin })) {
  const told = JSON.parse(line);
  perform(told);
  if (told.do === "close") break;
}
