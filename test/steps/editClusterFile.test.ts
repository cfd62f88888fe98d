import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { NodeReplacement } from "../../cluster/clusterFile/edit.ts";
import { partOf } from "../../cluster/stateFolder/keep.ts";
import { editClusterFileStep } from "../../steps/editClusterFile.ts";
import { clusterFileIn, THREE_NODES } from "../support/clusterFile.ts";
import { tempFolder, textFile } from "../support/folder.ts";
import { ended } from "../support/holdFolder.ts";
import { failureOf, stepTools } from "../support/steps.ts";

const REPLACEMENT: NodeReplacement = { unresponsive: "node3", node: { address: "10.0.0.4" } };

function step(source: string | Buffer = THREE_NODES, replacements = [REPLACEMENT]) {
  const folder = tempFolder();
  const clusterFile = clusterFileIn(folder);
  writeFileSync(clusterFile, source);
  textFile(join(folder, "rancher-cluster.rkestate"), "the state");
  const tools = stepTools(clusterFile);
  return { folder, clusterFile, tools, run: () => editClusterFileStep({ replacements }, tools) };
}

describe("the step that edits the cluster file", () => {
  test("keeps the file as it was, and the state beside it, where only the operator reads it", async () => {
    const { folder, clusterFile, run } = step();
    const { changed, kept } = await run();
    expect(changed).toBe(true);
    expect(readFileSync(clusterFile, "utf8")).toContain("# UNRESPONSIVE NODE");
    expect(readFileSync(kept?.clusterFile ?? "", "utf8")).toBe(THREE_NODES);
    expect(readFileSync(kept?.stateFile ?? "", "utf8")).toBe("the state");
    expect(dirname(kept?.folder ?? "")).toBe(join(folder, ".rancher-rollback"));
    for (const path of [kept?.clusterFile, kept?.stateFile]) expect(statSync(path ?? "").mode & 0o777).toBe(0o600);
    expect(statSync(kept?.folder ?? "").mode & 0o777).toBe(0o700);
  });

  test("does nothing when it was done before, and keeps nothing more", async () => {
    const { folder, tools, run } = step();
    await run();
    const [before, kept] = [readdirSync(folder), readdirSync(join(folder, ".rancher-rollback"))];
    expect(await run()).toMatchObject({ changed: false });
    expect(readdirSync(folder)).toEqual(before);
    expect(readdirSync(join(folder, ".rancher-rollback"))).toEqual(kept);
    expect(tools.said.at(-1)).toContain("names the new nodes already");
  });

  test("leaves the file's mode, and a link a link", async () => {
    const { folder, clusterFile, tools, run } = step();
    chmodSync(clusterFile, 0o640);
    const link = join(folder, "elsewhere", "rancher-cluster.yml");
    mkdirSync(dirname(link));
    symlinkSync(clusterFile, link);
    textFile(join(dirname(link), "rancher-cluster.rkestate"), "");
    tools.clusterFile = link;
    await run();
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(statSync(clusterFile).mode & 0o777).toBe(0o640);
    expect(readFileSync(clusterFile, "utf8")).toContain("10.0.0.4");
  });

  test("says what it cannot edit, and has changed nothing then", async () => {
    const { folder, clusterFile, run } = step(THREE_NODES, [{ unresponsive: "node9", node: { address: "10.0.0.4" } }]);
    const before = readdirSync(folder);
    expect(await failureOf(run())).toMatchObject({
      kind: "cluster-file",
      step: "edit-cluster-file",
      happened: [
        expect.stringContaining(`${clusterFile}: no node has the address, internal_address or hostname_override node9`),
      ],
      pointOfNoReturn: { state: "not-reached" },
    });
    expect(readFileSync(clusterFile, "utf8")).toBe(THREE_NODES);
    expect(readdirSync(folder)).toEqual(before);
  });

  test("refuses a file that is neither UTF-8 nor UTF-16, whose other bytes would not survive", async () => {
    const latin = Buffer.from(`# caf\xe9\n${THREE_NODES}`, "latin1");
    const { clusterFile, run } = step(latin);
    expect((await failureOf(run())).happened).toEqual([expect.stringContaining("is neither UTF-8 nor UTF-16 text")]);
    expect(readFileSync(clusterFile)).toEqual(latin);
  });

  test("warns of a replacement that it takes for made, with what to do where it is not", async () => {
    const { tools, run } = step(THREE_NODES, [{ unresponsive: "10.0.0.9", node: { address: "10.0.0.3" } }]);
    await run();
    expect(tools.notices).toContainEqual({
      message: expect.stringContaining("10.0.0.3 is in the cluster file already"),
      remedy: expect.stringContaining("correct unresponsive"),
    });
  });

  test("warns of a missing state file, without which a new node gets no certificates", async () => {
    const { tools, run } = step();
    tools.clusterFile = clusterFileIn(tempFolder());
    await run();
    expect(tools.notices).toEqual([
      {
        message: expect.stringContaining("rancher-cluster.rkestate is not there"),
        remedy: "copy it from where `rke up` was run last",
      },
    ]);
  });

  test.each([THREE_NODES, THREE_NODES.replace("10.0.0.3", "10.0.0.4").replace("node3", "node4")])(
    "sweeps what a killed edit has left beside the file, with the keys in it",
    async (source) => {
      const { folder, clusterFile, run } = step(source);
      const left = textFile(partOf(clusterFile, { pid: ended(), started: "1" }), "ssh_key: |\n  -----BEGIN");
      await run().catch(() => {});
      expect(readdirSync(folder)).not.toContain(basename(left));
    },
  );

  test("leaves nothing behind when the old file cannot be kept", async () => {
    const { folder, clusterFile, run } = step();
    textFile(join(folder, ".rancher-rollback"), "a file where a folder should be");
    const before = readdirSync(folder);
    expect((await failureOf(run())).kind).toBe("system");
    expect(readFileSync(clusterFile, "utf8")).toBe(THREE_NODES);
    expect(readdirSync(folder)).toEqual(before);
  });
});
