import { createHash } from "node:crypto";

/** A snapshot as etcd wrote it, and the zip that rke-tools made of it. */
export interface Genuine {
  plain: Buffer;
  zip: Buffer;
}

export interface Damage {
  id: string;
  title: string;
  /** Whether it lies on the hosts as NAME.zip. */
  zip: boolean;
  make: (genuine: Genuine) => Buffer;
}

/** etcd appends the SHA-256 of the database to it. */
const SUM = 32;
const PAGE = 4096;

/** Every damage, each of which has to be refused before anything stops. */
export const DAMAGES: Damage[] = [
  plain("empty", "an empty file", () => Buffer.alloc(0)),
  plain("text", "the error page of a proxy instead of a snapshot", () =>
    Buffer.from("<html><body><h1>403 Forbidden</h1></body></html>\n".repeat(40)),
  ),
  plain("short", "cut short by 1000 bytes", (content) => content.subarray(0, -1000)),
  plain("no-sum", "a copied database, without etcd's checksum", (content) => content.subarray(0, -SUM)),
  plain("bit", "one bit changed in the middle", (content) => flipped(content, content.length >> 1)),
  plain("zeros", "a page of zeros in the middle", (content) => zeroed(content, pageIn(content.length >> 1), PAGE)),
  plain("meta", "both meta pages overwritten, the checksum made to fit", (content) =>
    summed(zeroed(content.subarray(0, -SUM), 0, 2 * PAGE)),
  ),
  plain("pages", "every second page overwritten, the checksum made to fit", (content) => {
    let damaged = content.subarray(0, -SUM);
    for (let at = 4 * PAGE; at + PAGE <= damaged.length; at += 2 * PAGE) damaged = zeroed(damaged, at, PAGE);
    return summed(damaged);
  }),
  zipped("zip-short", "a zip that is cut short", (content) => content.subarray(0, -400)),
  zipped("zip-bit", "a zip with a byte changed in the middle", (content) => flipped(content, content.length >> 1)),
];

function plain(id: string, title: string, make: (content: Buffer) => Buffer): Damage {
  return { id, title, zip: false, make: (genuine) => make(genuine.plain) };
}

function zipped(id: string, title: string, make: (content: Buffer) => Buffer): Damage {
  return { id, title, zip: true, make: (genuine) => make(genuine.zip) };
}

function pageIn(at: number): number {
  return at - (at % PAGE);
}

function flipped(content: Buffer, at: number): Buffer {
  const damaged = Buffer.from(content);
  damaged.writeUInt8(damaged.readUInt8(at) ^ 4, at);
  return damaged;
}

function zeroed(content: Buffer, at: number, length: number): Buffer {
  return Buffer.concat([content.subarray(0, at), Buffer.alloc(length), content.subarray(at + length)]);
}

function summed(database: Buffer): Buffer {
  return Buffer.concat([database, createHash("sha256").update(database).digest()]);
}
