// @ts-check
/** A process that only copies bytes between TCP and a Unix socket, whose path it is given: what any proxy in Node costs at least. */
import { connect, createServer } from "node:net";

const [path = ""] = process.argv.slice(2);
const server = createServer({ noDelay: true }, (client) => {
  const backend = connect(path);
  client.on("data", (bytes) => backend.write(bytes));
  backend.on("data", (bytes) => client.write(bytes));
  for (const socket of [client, backend])
    socket.on("error", () => socket.destroy()).on("close", () => (client.destroy(), backend.destroy()));
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`port ${typeof address === "object" && address !== null ? address.port : ""}`);
});
// The bench holds the other end: when it is gone, so are we.
process.stdin.on("end", () => process.exit()).resume();
