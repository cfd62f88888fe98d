import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import ssh2, { type AuthContext, type Connection, type ServerChannel } from "ssh2";
import type { CommandResult } from "../../machine/process.ts";

/** Answers a command of a login, given all of its standard input. */
type Handler = (command: string, input: string) => Promise<CommandResult>;

/** Who may log in, and by which key the server is known. */
export interface SshKeys {
  /** Private, as OpenSSH writes it. */
  host: string;
  /** The one public key that is let in. */
  user: string;
}

/** A key pair of OpenSSH's own, in a file: of those that ssh2 makes, OpenSSH cannot read one in a hundred. */
export function keyPair(file: string): { private: string; public: string } {
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
  return { private: readFileSync(file, "utf8"), public: readFileSync(`${file}.pub`, "utf8") };
}

/** As sshd has them by itself: MaxSessions, and MaxStartups 10:30:100. */
const MAX_SESSIONS = 10;
const [STARTUPS_BEGIN, STARTUPS_RATE, STARTUPS_FULL] = [10, 0.3, 100];

/** An SSH server for OpenSSH's client: keys alone, commands alone, and what sshd refuses by itself is refused. */
export function listen(address: string, port: number, { host, user }: SshKeys, handler: Handler): Promise<Server> {
  /** The peers' ports of those that have not logged in yet. */
  const startups = new Set<number | undefined>();
  const ssh = new ssh2.Server({ hostKeys: [host] }, (connection, { port: peer }) => {
    connection.once("ready", () => startups.delete(peer));
    serve(connection, user, handler);
  });
  const server = createServer({ noDelay: true }, (socket) => {
    const peer = socket.remotePort;
    if (Math.random() < droppedOf(startups.size)) {
      socket.destroy();
      return;
    }
    startups.add(peer);
    socket.once("close", () => startups.delete(peer));
    ssh.injectSocket(socket);
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, 1024, () => resolve(server));
  });
}

/** How many of the new connections sshd drops while so many others have not logged in yet: 0 to 1. */
export function droppedOf(startups: number): number {
  if (startups < STARTUPS_BEGIN) return 0;
  const over = (startups - STARTUPS_BEGIN) / (STARTUPS_FULL - STARTUPS_BEGIN);
  return Math.min(1, STARTUPS_RATE + (1 - STARTUPS_RATE) * over);
}

function serve(connection: Connection, user: string, handler: Handler): void {
  let sessions = 0;
  // Who hangs up is gone.
  connection.on("error", () => {});
  connection.on("authentication", (asked) => (isUser(asked, user) ? asked.accept() : asked.reject(["publickey"])));
  connection.on("session", (accept, reject) => {
    if (sessions === MAX_SESSIONS) {
      reject();
      return;
    }
    sessions++;
    const session = accept();
    session.once("close", () => sessions--);
    session.on("exec", (start, _, { command }) => void run(start(), command, handler));
  });
}

/** Without a signature the client only asks whether the key would do. */
function isUser(asked: AuthContext, user: string): boolean {
  const key = ssh2.utils.parseKey(user);
  if (key instanceof Error || asked.method !== "publickey" || !asked.key.data.equals(key.getPublicSSH())) return false;
  return !asked.signature || key.verify(asked.blob ?? "", asked.signature, asked.hashAlgo) === true;
}

async function run(channel: ServerChannel, command: string, handler: Handler): Promise<void> {
  const { code, stdout, stderr } = await handler(command, await text(channel));
  channel.stderr.write(stderr);
  channel.exit(code);
  channel.end(stdout);
}
