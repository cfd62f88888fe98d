import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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

/** What a proof says of a file `base` that is a snapshot itself. */
export function provenBase(bytes: Buffer) {
  const hash = sha256(bytes);
  const length = bytes.length;
  return { file: "base", bytes: length, sha256: hash, content: hash, unpacked: length, state: false };
}

/** What of a zip a test changes: members that are not deflated, sizes and places in zip64's fields. */
interface ZipOptions {
  stored?: boolean;
  zip64?: boolean;
}

/** MS-DOS's date for Unix 0, as Go writes it: it reads 2098-01-01. */
const DOS_DATE = 0xec21;
const FULL = 0xffffffff;

/** A zip as Go's archive/zip streams it: lengths and CRC behind each member, no comment, no time. */
export function zipBytes(members: Record<string, Buffer>, { stored = false, zip64 = false }: ZipOptions = {}): Buffer {
  const [files, directory]: [Buffer[], Buffer[]] = [[], []];
  let offset = 0;
  for (const [name, content] of Object.entries(members)) {
    const packed = stored ? content : deflateRawSync(content);
    const method = stored ? 0 : 8;
    const size = zip64 ? 8 : 4;
    const start: Field[] = [
      [20, 2],
      [8, 2],
      [method, 2],
      [0, 2],
      [DOS_DATE, 2],
    ];
    const file = Buffer.concat([
      numbers([0x04034b50, 4], ...start, [0, 4], [0, 4], [0, 4], [name.length, 2], [3, 2]),
      Buffer.from(`${name}abc`),
      packed,
      numbers([0x08074b50, 4], [crc32(content), 4], [packed.length, size], [content.length, size]),
    ]);
    const extra = Buffer.concat([
      numbers([0x5455, 2], [5, 2], [1, 1], [0, 4]),
      ...(zip64 ? [numbers([1, 2], [24, 2], [content.length, 8], [packed.length, 8], [offset, 8])] : []),
    ]);
    directory.push(
      numbers([0x02014b50, 4], [20, 2], ...start, [crc32(content), 4]),
      numbers([zip64 ? FULL : packed.length, 4], [zip64 ? FULL : content.length, 4]),
      numbers([name.length, 2], [extra.length, 2], [3, 2], [0, 2], [0, 2], [0, 4], [zip64 ? FULL : offset, 4]),
      Buffer.from(name),
      extra,
      Buffer.from("ccc"),
    );
    files.push(file);
    offset += file.length;
  }
  const entries = Buffer.concat(directory);
  const count = files.length;
  const end64 = [
    numbers([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 4], [0, 4]),
    numbers([count, 8], [count, 8], [entries.length, 8], [offset, 8]),
    numbers([0x07064b50, 4], [0, 4], [offset + entries.length, 8], [1, 4]),
  ];
  return Buffer.concat([
    ...files,
    entries,
    ...(zip64 ? end64 : []),
    numbers([0x06054b50, 4], [0, 4], [zip64 ? 0xffff : count, 2], [zip64 ? 0xffff : count, 2]),
    numbers([zip64 ? FULL : entries.length, 4], [zip64 ? FULL : offset, 4], [0, 2]),
  ]);
}

type Field = [value: number, bytes: number];

function numbers(...fields: Field[]): Buffer {
  return Buffer.concat(
    fields.map(([value, bytes]) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUIntLE(value, 0, Math.min(bytes, 6));
      return buffer;
    }),
  );
}

/** As RKE zips a snapshot: with the cluster's state beside it. */
export function rkeZip(name: string, snapshot: Buffer, state = "{}"): Buffer {
  return zipBytes({ [`/backup/${name}`]: snapshot, [`/etc/kubernetes/${name}.rkestate`]: Buffer.from(state) });
}

const FIXTURES = join(import.meta.dirname, "../fixtures/rke-tools");

/** The name of the snapshot that every fixture is of. */
export const GENUINE_NAME = "before-upgrade";

/** A file that a genuine rke-tools has written, and what is right about it. */
interface Genuine {
  fixture: string;
  /** Its name on a node. */
  file: string;
  bytes: Buffer;
  /** Whether the state file is in it. */
  state: boolean;
}

/** One of each kind that rke-tools has written since 2018, all of the same snapshot. */
export const GENUINE: Genuine[] = [
  { fixture: "rke-tools-v0.1.27-plain", state: false },
  { fixture: "rke-tools-v0.1.35.zip", state: false },
  { fixture: "rke-tools-v0.1.65.zip", state: true },
  { fixture: "rke-tools-v0.1.65-without-state.zip", state: false },
  { fixture: "rke-tools-v0.1.111.zip", state: true },
  { fixture: "rke-tools-v0.1.111-without-state.zip", state: false },
].map(({ fixture, state }) => ({
  fixture,
  file: fixture.endsWith(".zip") ? `${GENUINE_NAME}.zip` : GENUINE_NAME,
  bytes: readFileSync(join(FIXTURES, fixture)),
  state,
}));

/** The snapshot that is in all of them. */
export const GENUINE_CONTENT = readFileSync(join(FIXTURES, "rke-tools-v0.1.27-plain"));
