import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  type ProvenSnapshot,
  proofOf,
  provenSnapshots,
  readProofs,
  rememberProof,
} from "../../../cluster/opened/provenSnapshots.ts";
import { clusterFileIn } from "../../support/clusterFile.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

const AT = "2026-11-23T03:00:00.000Z";

function proof(changes: Partial<ProvenSnapshot> = {}): ProvenSnapshot {
  return { name: "base", how: "opened", by: "prove", at: AT, nodes: ["node1"], unpacked: 4128, ...changes };
}

describe("what is remembered of proven snapshots", () => {
  test("is nothing where none was proven yet", () => {
    expect(provenSnapshots(clusterFileIn(tempFolder()))).toEqual([]);
  });

  test("is the last proof of each way, the newest first, for the operator alone", () => {
    const clusterFile = clusterFileIn(tempFolder());
    for (const one of [proof(), proof({ how: "hash" }), proof({ by: "plan" })]) rememberProof(clusterFile, one);
    expect(provenSnapshots(clusterFile)).toEqual([proof({ by: "plan" }), proof({ how: "hash" })]);
    const file = join(clusterFile, "../.rancher-rollback/proven.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(file, "utf8"))).toHaveLength(2);
  });

  test("does not grow for ever", () => {
    const clusterFile = clusterFileIn(tempFolder());
    for (let number = 0; number < 203; number++) rememberProof(clusterFile, proof({ name: `base-${number}` }));
    const names = provenSnapshots(clusterFile).map(({ name }) => name);
    expect([names.length, names[0], names.includes("base-2")]).toEqual([200, "base-202", false]);
  });

  test("is lost without harm where the file is damaged or cannot be written", () => {
    const clusterFile = clusterFileIn(tempFolder());
    textFile(join(clusterFile, "../.rancher-rollback/proven.json"), "{");
    expect(provenSnapshots(clusterFile)).toEqual([]);
    rememberProof(clusterFile, proof());
    expect(provenSnapshots(clusterFile)).toEqual([proof()]);
    const nowhere = join(textFile(join(tempFolder(), "file"), ""), "rancher-cluster.yml");
    rememberProof(nowhere, proof());
    expect(existsSync(nowhere)).toBe(false);
  });
});

describe("what is remembered", () => {
  const AS_ROOT = process.getuid?.() === 0;

  test("of another release is left out alone", () => {
    const clusterFile = clusterFileIn(tempFolder());
    const all = [proof(), { ...proof({ name: "later" }), how: "guessed" }, proof({ name: "older" })];
    textFile(join(clusterFile, "../.rancher-rollback/proven.json"), JSON.stringify(all));
    expect(readProofs(clusterFile)).toEqual({ proofs: [proof(), proof({ name: "older" })] });
  });

  test("is told to be unknown where its file is no file of proofs, or cannot be read, which is not replaced then", () => {
    const clusterFile = clusterFileIn(tempFolder());
    const file = textFile(join(clusterFile, "../.rancher-rollback/proven.json"), "{}");
    expect(readProofs(clusterFile).unread?.message).toContain("is damaged");
    rmSync(file);
    mkdirSync(file);
    expect(readProofs(clusterFile).unread?.message).toContain("cannot be read");
    expect(rememberProof(clusterFile, proof())?.message).toContain("cannot be remembered");
    expect(statSync(file).isDirectory()).toBe(true);
    const nowhere = join(textFile(join(tempFolder(), "file"), ""), "rancher-cluster.yml");
    expect(readProofs(nowhere).unread?.message).toContain("cannot be read");
  });

  test.runIf(AS_ROOT)("stays the file of its owner when root proves", () => {
    const clusterFile = clusterFileIn(tempFolder());
    expect(rememberProof(clusterFile, proof())).toBeUndefined();
    const file = join(clusterFile, "../.rancher-rollback/proven.json");
    chownSync(file, 1234, 1234);
    rememberProof(clusterFile, proof({ name: "later" }));
    expect([statSync(file).uid, statSync(file).mode & 0o777]).toEqual([1234, 0o600]);
  });
});

describe("the proof of a file", () => {
  const copy = { name: "base", node: "node1", unpacked: 4128, changedAt: Date.parse(AT) - 60_000 };

  test("is the one by opening, also where one by hash is newer", () => {
    const later = proof({ how: "hash", at: "2026-11-24T03:00:00.000Z" });
    expect(proofOf([later, proof()], copy)).toEqual(proof());
    expect(proofOf([later], copy)).toEqual(later);
  });

  test.each([
    ["of another name", { name: "other" }],
    ["on another node", { node: "node2" }],
    ["of another length", { unpacked: 8224 }],
    ["that was put there after the proof", { changedAt: Date.parse(AT) + 60_000 }],
  ])("is none for a file %s", (_, changes) => {
    expect(proofOf([proof()], { ...copy, ...changes })).toBeUndefined();
  });
});
