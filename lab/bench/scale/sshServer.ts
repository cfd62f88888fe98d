import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { Fields, fields, mpint, Packets } from "./sshPackets.ts";

/** How a command ended. */
export interface Answer {
  code: number;
  stdout: string;
  stderr: string;
}

/** Answers a command of a login, given all of its standard input. */
type Handler = (command: string, input: string) => Promise<Answer>;

/** Who may log in, and by which key the server is known. */
export interface SshKeys {
  host: { privateKey: KeyObject; publicKey: KeyObject };
  /** The one key that is let in. */
  user: KeyObject;
}

/**
 * A small SSH server for OpenSSH's client: one key exchange (curve25519-sha256), one cipher, keys of ed25519, several
 * commands on one connection (RFC 4252 to 4254, RFC 8731). A login costs it about a millisecond, so that a benchmark
 * measures the client.
 */
export function listen(address: string, port: number, keys: SshKeys, handler: Handler): Promise<Server> {
  const server = createServer((socket) => new Login(socket, keys, handler));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, address, 1024, () => resolve(server));
  });
}

/** A public key as SSH writes it, before base64. */
export function blobOf(key: KeyObject): Buffer {
  return fields("ssh-ed25519", rawOf(key));
}

const VERSION = "SSH-2.0-simulated";
const WINDOW = 2 ** 31 - 1;
const MAX_PACKET = 32_768;

/** Message numbers (RFC 4250, section 4.1.2). */
const KIND = {
  ...{ disconnect: 1, serviceRequest: 5, serviceAccept: 6, kexInit: 20, newKeys: 21, ecdhInit: 30, ecdhReply: 31 },
  ...{ authRequest: 50, authFailure: 51, authSuccess: 52, authKeyIsGood: 60, globalRequest: 80, globalFailure: 82 },
  ...{ open: 90, opened: 91, data: 94, extendedData: 95, eof: 96, close: 97, request: 98, success: 99, failure: 100 },
};

interface Channel {
  peer: number;
  command: string | undefined;
  input: Buffer[];
  hasAllInput: boolean;
}

class Login {
  private readonly socket: Socket;
  private readonly keys: SshKeys;
  private readonly handler: Handler;
  private readonly in = new Packets();
  private readonly out = new Packets();
  private readonly channels = new Map<number, Channel>();
  private readonly ownKexInit: Buffer;
  private came = Buffer.alloc(0);
  private peerVersion: string | undefined;
  private peerKexInit = Buffer.alloc(0);
  private session: Buffer | undefined;
  private pending: { key: Buffer; iv: Buffer } | undefined;
  private isLoggedIn = false;
  private opened = 0;

  constructor(socket: Socket, keys: SshKeys, handler: Handler) {
    this.socket = socket;
    this.keys = keys;
    this.handler = handler;
    socket.setNoDelay();
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes) => this.take(bytes));
    socket.write(`${VERSION}\r\n`);
    const only = ["curve25519-sha256", "ssh-ed25519", ...twice("aes128-gcm@openssh.com"), ...twice("hmac-sha2-256")];
    this.ownKexInit = Buffer.concat([
      ...[Buffer.from([KIND.kexInit]), randomBytes(16)],
      fields(...only, ...twice("none"), ...twice(""), false, 0),
    ]);
    this.send(this.ownKexInit);
  }

  private send(payload: Buffer): void {
    if (!this.socket.destroyed) this.socket.write(this.out.pack(payload));
  }

  private take(bytes: Buffer): void {
    this.came = Buffer.concat([this.came, bytes]);
    try {
      if (this.peerVersion === undefined && !this.takeVersion()) return;
      for (let packet = this.in.unpack(this.came); packet; packet = this.in.unpack(this.came)) {
        this.came = this.came.subarray(packet.taken);
        this.packet(packet.payload);
      }
    } catch {
      // A client that does not speak as OpenSSH does is disconnected.
      this.socket.destroy();
    }
  }

  private takeVersion(): boolean {
    const end = this.came.indexOf("\r\n");
    if (end < 0) return false;
    this.peerVersion = this.came.subarray(0, end).toString();
    this.came = this.came.subarray(end + 2);
    return true;
  }

  private packet(payload: Buffer): void {
    const kind = payload[0] ?? 0;
    const read = new Fields(payload, 1);
    if (kind === KIND.disconnect) this.socket.end();
    else if (kind === KIND.serviceRequest) this.send(fields({ byte: KIND.serviceAccept }, read.string()));
    else if (kind === KIND.kexInit) this.peerKexInit = Buffer.from(payload);
    else if (kind === KIND.ecdhInit) this.exchangeKeys(read.string());
    else if (kind === KIND.newKeys)
      this.in.encryptWith(this.pending?.key ?? Buffer.alloc(0), this.pending?.iv ?? Buffer.alloc(0));
    else if (kind === KIND.authRequest) this.authenticate(read);
    else if (kind >= KIND.globalRequest && this.isLoggedIn) this.connection(kind, read);
  }

  private exchangeKeys(peer: Buffer): void {
    const own = generateKeyPairSync("x25519");
    const publicKey = rawOf(own.publicKey);
    const secret = mpint(diffieHellman({ privateKey: own.privateKey, publicKey: x25519(peer) }));
    const host = blobOf(this.keys.host.publicKey);
    const hashed = fields(this.peerVersion ?? "", VERSION, this.peerKexInit, this.ownKexInit, host, peer, publicKey);
    const hash = sha256(hashed, secret);
    this.session ??= hash;
    const signature = fields("ssh-ed25519", sign(undefined, hash, this.keys.host.privateKey));
    this.send(fields({ byte: KIND.ecdhReply }, host, publicKey, signature));
    this.send(Buffer.from([KIND.newKeys]));
    const derived = (letter: string, length: number) =>
      sha256(secret, hash, Buffer.from(letter), this.session ?? hash).subarray(0, length);
    this.pending = { key: derived("C", 16), iv: derived("A", 12) };
    this.out.encryptWith(derived("D", 16), derived("B", 12));
  }

  private authenticate(read: Fields): void {
    const [user, service, method] = [read.text(), read.text(), read.text()];
    const refuse = () => this.send(fields({ byte: KIND.authFailure }, "publickey", false));
    if (method !== "publickey") {
      refuse();
      return;
    }
    const isSigned = read.boolean();
    const [algorithm, blob] = [read.text(), read.string()];
    if (!blob.equals(blobOf(this.keys.user))) {
      refuse();
      return;
    }
    if (!isSigned) {
      this.send(fields({ byte: KIND.authKeyIsGood }, algorithm, blob));
      return;
    }
    const signed = fields(this.session ?? "", { byte: KIND.authRequest }, user, service, method, true, algorithm, blob);
    const signature = new Fields(read.string());
    signature.string();
    this.isLoggedIn = verify(undefined, signed, this.keys.user, signature.string());
    if (this.isLoggedIn) this.send(Buffer.from([KIND.authSuccess]));
    else refuse();
  }

  private connection(kind: number, read: Fields): void {
    if (kind === KIND.globalRequest) {
      read.string();
      if (read.boolean()) this.send(Buffer.from([KIND.globalFailure]));
      return;
    }
    if (kind === KIND.open) {
      this.open(read);
      return;
    }
    const id = read.uint32();
    const channel = this.channels.get(id);
    if (!channel) return;
    if (kind === KIND.data) channel.input.push(Buffer.from(read.string()));
    if (kind === KIND.eof) channel.hasAllInput = true;
    if (kind === KIND.close) this.channels.delete(id);
    if (kind === KIND.request) this.request(channel, read);
    if ((kind === KIND.eof || kind === KIND.request) && channel.command !== undefined && channel.hasAllInput)
      void this.run(channel);
  }

  private open(read: Fields): void {
    read.string();
    const [peer, id] = [read.uint32(), this.opened++];
    this.channels.set(id, { peer, command: undefined, input: [], hasAllInput: false });
    this.send(fields({ byte: KIND.opened }, peer, id, WINDOW, MAX_PACKET));
  }

  private request(channel: Channel, read: Fields): void {
    const [what, wantsReply] = [read.text(), read.boolean()];
    if (what === "exec") channel.command = read.text();
    if (wantsReply) this.send(fields({ byte: what === "exec" ? KIND.success : KIND.failure }, channel.peer));
  }

  /** What is answered must fit into the window that OpenSSH opens with, 2 MiB. */
  private async run(channel: Channel): Promise<void> {
    const { peer, command = "", input } = channel;
    channel.command = undefined;
    const { code, stdout, stderr } = await this.handler(command, Buffer.concat(input).toString());
    for (const part of chunks(stdout)) this.send(fields({ byte: KIND.data }, peer, part));
    for (const part of chunks(stderr)) this.send(fields({ byte: KIND.extendedData }, peer, 1, part));
    this.send(fields({ byte: KIND.eof }, peer));
    this.send(fields({ byte: KIND.request }, peer, "exit-status", false, code));
    this.send(fields({ byte: KIND.close }, peer));
  }
}

function chunks(text: string): Buffer[] {
  const bytes = Buffer.from(text);
  const size = MAX_PACKET / 2;
  const count = Math.ceil(bytes.length / size);
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size));
}

function sha256(...parts: Buffer[]): Buffer {
  return createHash("sha256").update(Buffer.concat(parts)).digest();
}

/** The 32 bytes of a public key of curve 25519: the last ones of its DER. */
function rawOf(key: KeyObject): Buffer {
  return key.export({ type: "spki", format: "der" }).subarray(-32);
}

function x25519(raw: Buffer): KeyObject {
  const key = { kty: "OKP", crv: "X25519", x: raw.toString("base64url") };
  return createPublicKey({ key, format: "jwk" });
}

function twice(text: string): [string, string] {
  return [text, text];
}
