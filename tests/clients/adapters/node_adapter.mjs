// Runs the JavaScript client in Node 22 or newer (older ones lack WebSocket): the address of liveroom.js is argument 1.

import { createInterface } from "node:readline";
import { makeAdapter } from "./adapter.mjs";

const { LiveRoom } = await import(process.argv[2]);
const perform = makeAdapter(LiveRoom, (facts) => process.stdout.write(JSON.stringify(facts) + "\n"));
const lines = createInterface({ input: process.stdin });
lines.on("line", (line) => {
  const told = JSON.parse(line);
  if (told.do === "close") lines.close();
  else perform(told);
});
lines.on("close", () => {
  perform({ do: "close" });
  process.stdin.destroy(); // nothing else keeps Node running once the socket is closed
});
