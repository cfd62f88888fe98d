import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { mustBeSnapshot } from "../../../lab/rehearsals/fromSnapshot.ts";
import { tempFolder } from "../../support/folder.ts";

let folder: string;
beforeEach(() => {
  folder = tempFolder();
});

function file(name: string, content: Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const ETCD = Buffer.concat([Buffer.alloc(16), Buffer.from("edda0ced02000000", "hex"), Buffer.alloc(512)]);
const ZIP = Buffer.from("504b0304140008000800", "hex");

test("an etcd snapshot and RKE's zip around one may be rehearsed with", () => {
  expect(() => mustBeSnapshot(file("2026-11-20T02:00:00Z_etcd", ETCD))).not.toThrow();
  expect(() => mustBeSnapshot(file("before-upgrade.zip", ZIP))).not.toThrow();
});

test("anything else is refused before a machine is started", () => {
  expect(() => mustBeSnapshot(file("rancher-cluster.yml", Buffer.from("nodes: []\n")))).toThrow("is no snapshot");
  expect(() => mustBeSnapshot(file("empty", Buffer.alloc(0)))).toThrow("is no snapshot");
  expect(() => mustBeSnapshot(join(folder, "none.zip"))).toThrow(/none\.zip cannot be read/);
  expect(() => mustBeSnapshot(folder)).toThrow("cannot be read");
});

test("a name that RKE cannot restore is refused", () => {
  expect(() => mustBeSnapshot(file("before upgrade.zip", ZIP))).toThrow("the name may hold letters, digits");
});
