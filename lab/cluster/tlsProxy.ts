import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { createServer } from "node:tls";

// A program of its own, which outlives who starts it. It passes every byte as it is: requests are signed, the host's
// name among them.
const [folder = "", listen = "", target = ""] = process.argv.slice(2);

const [cert, key] = ["cert.pem", "key.pem"].map((file) => readFileSync(join(folder, file)));
const server = createServer({ cert, key }, (client) => {
  const behind = connect(partsOf(target));
  client.on("error", () => behind.destroy()).pipe(behind);
  behind.on("error", () => client.destroy()).pipe(client);
});
server.listen(partsOf(listen));

function partsOf(address: string): { host: string; port: number } {
  const { hostname: host, port } = new URL(`tcp://${address}`);
  return { host, port: Number(port) };
}
