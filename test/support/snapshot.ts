import { createHash } from "node:crypto";
import { crc32, deflateRawSync } from "node:zlib";

/** Bytes as an etcd v3 snapshot has them: a multiple of 512, and then the sha256 of what comes before. */
export function snapshotBytes(pages = 8, seed = "state"): Buffer {
  const body = Buffer.concat(
    Array.from({ length: pages }, (_, page) => {
      const start = createHash("sha512").update(`${seed}${page}`).digest();
      return Buffer.concat([Buffer.alloc(8), start, Buffer.alloc(512 - 8 - start.length)]);
    }),
  );
  return Buffer.concat([body, createHash("sha256").update(body).digest()]);
}

export function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A zip as Go's archive/zip streams it and RKE keeps it: lengths and CRC behind each member, no comment. */
export function zipBytes(members: Record<string, Buffer>, { stored = false } = {}): Buffer {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = stored ? content : deflateRawSync(content);
    const numbers = (...list: [value: number, bytes: number][]) =>
      Buffer.concat(
        list.map(([value, bytes]) => {
          const buffer = Buffer.alloc(bytes);
          buffer.writeUIntLE(value, 0, bytes);
          return buffer;
        }),
      );
    const method: [number, number] = [stored ? 0 : 8, 2];
    const measured: [number, number][] = [
      [crc32(content), 4],
      [packed.length, 4],
      [content.length, 4],
    ];
    const file = Buffer.concat([
      numbers([0x04034b50, 4], [20, 2], [8, 2], method, [0, 4], [0, 4], [0, 4], [0, 4], [name.length, 2], [3, 2]),
      Buffer.from(`${name}abc`),
      packed,
      numbers([0x08074b50, 4], ...measured),
    ]);
    directory.push(
      numbers([0x02014b50, 4], [20, 2], [20, 2], [8, 2], method, [0, 4], ...measured, [name.length, 2], [2, 2], [3, 2]),
      numbers([0, 2], [0, 2], [0, 4], [offset, 4]),
      Buffer.from(`${name}xxccc`),
    );
    files.push(file);
    offset += file.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, entries, end]);
}

/** As RKE zips a snapshot: with the cluster's state beside it. */
export function rkeZip(name: string, snapshot: Buffer, state = "{}"): Buffer {
  return zipBytes({ [`etc/kubernetes/${name}.rkestate`]: Buffer.from(state), [`backup/${name}`]: snapshot });
}
