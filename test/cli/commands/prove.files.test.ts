import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { prove } from "../../../cli/commands/prove.ts";
import { rememberProof } from "../../../cluster/opened/provenSnapshots.ts";
import { fakeS3cmd } from "../../support/fetching.ts";
import { tempFolder, textFile } from "../../support/folder.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import { putOnAll, snapshotHosts, TAKEN_AT } from "../../support/snapshotHosts.ts";

const stack = vi.hoisted(() => ({ settings: undefined as unknown }));
vi.mock("../../../cli/workspace.ts", () => ({
  clusterSettingsOfStack: async () => {
    if (stack.settings instanceof Error) throw stack.settings;
    return stack.settings;
  },
}));

const SNAPSHOT = snapshotBytes();
const NIGHTLY = "2026-11-27T02:10:00Z_etcd";
const LAST = "rancher_rollback_last_proven_snapshot_timestamp_seconds";
const TAKEN = Date.parse(TAKEN_AT) / 1000;

/** The command, what it prints, and the files that it writes into a folder. */
function typed() {
  const made = snapshotHosts();
  stack.settings = made.settings;
  const files = tempFolder();
  const [junit, metrics] = [join(files, "prove.xml"), join(files, "prove.prom")];
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const options = { stack: "prod", config: [], "config-folder": undefined, json: true, snapshot: undefined };
  const type = async (changes: { junit?: string; metrics?: string; source?: string } = {}) =>
    await prove({ ...options, "max-age": undefined, source: undefined, junit, metrics, ...changes });
  const said = () => error.mock.calls.flat().join("\n");
  return { ...made, junit, metrics, type, log, said };
}

/** A metric in a file, of a source. */
function metricIn(file: string, name: string): string[] {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.startsWith(`${name}{`));
}

describe("the command prove", () => {
  test("writes JUnit XML and metrics, in which a damaged snapshot leaves what was proven before", async () => {
    const { hosts, junit, metrics, type } = typed();
    putOnAll(hosts, NIGHTLY, SNAPSHOT);
    expect(await type()).toBe(0);
    expect(readFileSync(junit, "utf8")).toContain('tests="5" failures="0"');
    const names = [...readFileSync(junit, "utf8").matchAll(/<testcase [^>]*?\bname="([^"]*)"/g)].map(
      ([, name]) => name,
    );
    expect(names.slice(2)).toEqual([
      expect.stringMatching(/^hash of node3/),
      "opened and compared with the cluster",
      "age",
    ]);
    const last = `rancher_rollback_last_proven_snapshot_timestamp_seconds{stack="prod",cluster="prod",source="hosts"} ${Date.parse(TAKEN_AT) / 1000}`;
    expect(readFileSync(metrics, "utf8")).toContain(last);
    const damaged = Buffer.from(SNAPSHOT);
    damaged[100] = 1 ^ (damaged[100] ?? 0);
    putOnAll(hosts, NIGHTLY, damaged);
    expect(await type()).toBe(1);
    expect(readFileSync(junit, "utf8")).toContain('tests="5" failures="3"');
    expect(readFileSync(metrics, "utf8")).toContain(last);
    expect(readFileSync(metrics, "utf8")).toMatch(/proof_succeeded\{.*\} 0/);
  });

  test("has series of its own for what is in S3: no proof of the hosts hides that nothing new comes there", async () => {
    const { settings, hosts, metrics, type } = typed();
    const [host] = hosts;
    if (!host) throw new Error("there are three hosts");
    putOnAll(hosts, NIGHTLY, SNAPSHOT);
    expect(await type()).toBe(0);
    fakeS3cmd(host, { "etcd/2026-08-01T02:10:00Z_etcd": SNAPSHOT.subarray(0, 2000) });
    stack.settings = { ...settings, source: { kind: "s3", bucket: "etcd", folder: "" } };
    expect(await type({ source: "s3://etcd" })).toBe(1);
    expect(metricIn(metrics, LAST)).toEqual([
      `${LAST}{stack="prod",cluster="prod",source="s3://etcd/ at s3.us-east-1.amazonaws.com"} 0`,
    ]);
  });

  test("does not tell of a snapshot from the future, as an earlier release has remembered one", async () => {
    const { settings, hosts, metrics, type } = typed();
    rememberProof(settings.cluster.path, {
      ...{ name: "ahead", how: "opened", by: "prove", at: TAKEN_AT, nodes: ["node1"], unpacked: 1, compared: true },
      takenAt: "2099-01-01T00:00:00.000Z",
    });
    putOnAll(hosts, NIGHTLY, SNAPSHOT);
    expect(await type()).toBe(0);
    expect(metricIn(metrics, LAST)).toEqual([`${LAST}{stack="prod",cluster="prod",source="hosts"} ${TAKEN}`]);
  });

  test("prints its answer and writes each file, also where the other cannot be written", async () => {
    const { hosts, junit, metrics, type, log, said } = typed();
    putOnAll(hosts, NIGHTLY, SNAPSHOT);
    const nowhere = join(textFile(join(tempFolder(), "file"), ""), "prove.xml");
    expect(await type({ junit: nowhere })).toBe(1);
    expect(log.mock.calls.flat().join()).toContain('"proven":true');
    expect(said()).toMatch(
      /prove\.xml was not written: part of the path is not a folder\n {2}→ Name a file in a folder/,
    );
    expect(metricIn(metrics, "rancher_rollback_proof_succeeded")[0]).toMatch(/ 1$/);
    expect(await type({ metrics: nowhere })).toBe(1);
    expect(existsSync(junit)).toBe(true);
  });

  test("that ends with an error leaves no result of an earlier run: no JUnit file, and metrics of a failed proof", async () => {
    const { hosts, junit, metrics, type } = typed();
    putOnAll(hosts, NIGHTLY, SNAPSHOT);
    expect(await type()).toBe(0);
    stack.settings = new Error("incorrect passphrase");
    await expect(type()).rejects.toThrow("incorrect passphrase");
    expect(existsSync(junit)).toBe(false);
    expect(metricIn(metrics, "rancher_rollback_proof_succeeded")).toEqual([
      'rancher_rollback_proof_succeeded{stack="prod",cluster="prod",source="hosts"} 0',
    ]);
    expect(metricIn(metrics, LAST)[0]).toMatch(new RegExp(` ${TAKEN}$`));
  });

  test.each([
    ["no metrics", undefined],
    ["an empty file", ""],
  ])(
    "that ends with an error and finds %s says so all the same, of the stack alone, until it knows more",
    async (_, text) => {
      const { settings, hosts, metrics, type } = typed();
      if (text !== undefined) textFile(metrics, text);
      stack.settings = new Error("incorrect passphrase");
      await expect(type()).rejects.toThrow("incorrect passphrase");
      const name = "rancher_rollback_proof_succeeded";
      expect(metricIn(metrics, name)).toEqual([`${name}{stack="prod"} 0`]);
      expect(metricIn(metrics, "rancher_rollback_proof_timestamp_seconds")).toHaveLength(1);
      stack.settings = settings;
      putOnAll(hosts, NIGHTLY, SNAPSHOT);
      expect(await type()).toBe(0);
      expect(metricIn(metrics, name)).toEqual([`${name}{stack="prod",cluster="prod",source="hosts"} 1`]);
    },
  );

  test("refuses to replace what is no file, and writes through a link", async () => {
    const { hosts, metrics, type } = typed();
    await expect(type({ metrics: "/dev/null" })).rejects.toThrow(
      "--metrics /dev/null is not a regular file. Name a file in a folder that this user can write to",
    );
    const folder = tempFolder();
    mkdirSync(join(folder, "there"));
    await expect(type({ junit: join(folder, "there") })).rejects.toThrow("is not a regular file");
    writeFileSync(join(folder, "real.prom"), "");
    symlinkSync(join(folder, "real.prom"), metrics);
    putOnAll(hosts, NIGHTLY, SNAPSHOT);
    expect(await type()).toBe(0);
    expect(metricIn(join(folder, "real.prom"), LAST)).toHaveLength(1);
  });

  test("says that the earlier proofs are not known where their file is damaged, and tells of none", async () => {
    const { settings, metrics, type, log } = typed();
    textFile(join(settings.cluster.path, "../.rancher-rollback/proven.json"), "{");
    expect(await type()).toBe(1);
    expect(log.mock.calls.flat().join()).toContain("what was proven before is not known");
    expect(metricIn(metrics, LAST)[0]).toMatch(/ 0$/);
  });
});
