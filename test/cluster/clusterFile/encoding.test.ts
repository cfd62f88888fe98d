import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { decodeText } from "../../../cluster/clusterFile/encoding.ts";
import { tempFolder } from "../../support/folder.ts";

describe("a cluster file's bytes", () => {
  const text = `# Ünïcode\nnodes: [{address: 10.0.0.1, user: u, role: [controlplane, etcd]}]\n`;
  const little = Buffer.from(`\ufeff${text}`, "utf16le");
  const big = Buffer.from(little).swap16();

  test.each([
    ["UTF-8", Buffer.from(text)],
    ["UTF-8 with a byte order mark", Buffer.from(`\ufeff${text}`)],
    ["UTF-16, little-endian", little],
    ["UTF-16, big-endian", big],
  ])("may be %s, and are written back the same", (_what, bytes) => {
    const path = join(tempFolder(), "c.yml");
    writeFileSync(path, bytes);
    expect(readClusterFile(path).nodes[0]?.address).toBe("10.0.0.1");
    const decoded = decodeText(bytes);
    expect(decoded.encode(decoded.text).equals(bytes)).toBe(true);
  });

  test.each([
    ["Latin-1", Buffer.from(text, "latin1")],
    ["half a character of UTF-16", little.subarray(0, -1)],
  ])("may not be %s", (_what, bytes) => {
    expect(() => decodeText(bytes)).toThrow("is neither UTF-8 nor UTF-16 text; RKE reads no other");
  });
});
