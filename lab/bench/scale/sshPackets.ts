import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** The fields of SSH packets (RFC 4251, section 5), written one after the other. */
export function fields(...parts: (number | boolean | string | Buffer | { byte: number })[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === "object" && "byte" in part) return Buffer.from([part.byte]);
      if (typeof part === "boolean") return Buffer.from([part ? 1 : 0]);
      if (typeof part === "number") return uint32(part);
      const bytes = Buffer.from(part);
      return Buffer.concat([uint32(bytes.length), bytes]);
    }),
  );
}

/** A positive integer as an mpint: without leading zeros, and never with the highest bit set. */
export function mpint(bytes: Buffer): Buffer {
  const start = bytes.findIndex((byte) => byte !== 0);
  const short = start < 0 ? Buffer.alloc(0) : bytes.subarray(start);
  return fields((short[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), short]) : short);
}

/** Reads the fields of a packet in their order. */
export class Fields {
  private readonly bytes: Buffer;
  private at: number;

  constructor(bytes: Buffer, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  boolean(): boolean {
    return this.bytes.readUInt8(this.at++) !== 0;
  }

  uint32(): number {
    this.at += 4;
    return this.bytes.readUInt32BE(this.at - 4);
  }

  string(): Buffer {
    const length = this.uint32();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  text(): string {
    return this.string().toString();
  }
}

const TAG_BYTES = 16;

/** One direction of a connection: plain at first, aes128-gcm@openssh.com (RFC 5647) once it has its key. */
export class Packets {
  private secret: { key: Buffer; iv: Buffer } | undefined;

  encryptWith(key: Buffer, iv: Buffer): void {
    this.secret = { key, iv: Buffer.from(iv) };
  }

  pack(payload: Buffer): Buffer {
    // Padded to whole blocks; the length in front of them is encrypted with nothing and counts as a part of plain blocks alone.
    const [block, before] = this.secret ? [16, 1] : [8, 5];
    const left = block - ((before + payload.length) % block);
    const padding = left < 4 ? left + block : left;
    const body = Buffer.concat([Buffer.from([padding]), payload, randomBytes(padding)]);
    const length = uint32(body.length);
    if (!this.secret) return Buffer.concat([length, body]);
    const cipher = createCipheriv("aes-128-gcm", this.secret.key, this.nextIv());
    cipher.setAAD(length);
    return Buffer.concat([length, cipher.update(body), cipher.final(), cipher.getAuthTag()]);
  }

  /** @returns the first packet of what has come, and how long it was; undefined where it is not whole yet. */
  unpack(bytes: Buffer): { payload: Buffer; taken: number } | undefined {
    if (bytes.length < 4) return undefined;
    const length = bytes.readUInt32BE(0);
    const taken = 4 + length + (this.secret ? TAG_BYTES : 0);
    if (bytes.length < taken) return undefined;
    const body = this.open(bytes.subarray(0, 4), bytes.subarray(4, 4 + length), bytes.subarray(4 + length, taken));
    return { payload: body.subarray(1, body.length - body.readUInt8(0)), taken };
  }

  private open(length: Buffer, body: Buffer, tag: Buffer): Buffer {
    if (!this.secret) return body;
    const decipher = createDecipheriv("aes-128-gcm", this.secret.key, this.nextIv());
    decipher.setAAD(length);
    decipher.setAuthTag(tag);
    return Buffer.concat([decipher.update(body), decipher.final()]);
  }

  /** Its last eight bytes count the packets. */
  private nextIv(): Buffer {
    if (!this.secret) throw new Error("there is no key yet");
    const iv = Buffer.from(this.secret.iv);
    this.secret.iv.writeBigUInt64BE(BigInt.asUintN(64, this.secret.iv.readBigUInt64BE(4) + 1n), 4);
    return iv;
  }
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
