// The peer most Node services start from: `ws`, and `send` for each client (its README, "Server broadcast").
// The message stays the Buffer it came as, so nothing is encoded again; compression is off.
import { WebSocket, WebSocketServer } from "ws";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  perMessageDeflate: false,
  backlog: 4096,
});

server.on("connection", (socket) => {
  socket.on("error", () => socket.terminate());
  socket.on("message", (data, isBinary) => {
    for (const client of server.clients) {
      if (client.readyState === WebSocket.OPEN) {
        client.send(data, { binary: isBinary });
      }
    }
  });
});
