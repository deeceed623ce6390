// Socket.IO with its WebSocket transport alone, and `io.emit` (its manual, "Broadcasting events").
// It prepares the packet once by itself; compression is off, as it is by default.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });

io.on("connection", (socket) => {
  socket.on("m", (text) => io.emit("m", text));
});

http.listen({ port: Number(process.argv[2]), host: "127.0.0.1", backlog: 4096 });
