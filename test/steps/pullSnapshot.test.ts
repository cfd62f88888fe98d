import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { SnapshotSource } from "../../cluster/snapshot/source.ts";
import type { StepInput } from "../../steps/contract.ts";
import { pullSnapshot, tooSlow } from "../../steps/pullSnapshot.ts";
import { clusterFileIn, clusterNode } from "../support/clusterFile.ts";
import { fakeDownloader, fakeS3cmd } from "../support/fetching.ts";
import { tempFolder } from "../support/folder.ts";
import { finishedRecord, remember } from "../support/restores.ts";
import { RKE } from "../support/settings.ts";
import { provenBase, rkeZip, sha256, snapshotBytes } from "../support/snapshot.ts";
import { reach, SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf, stepTools } from "../support/steps.ts";
import { typedSetting } from "../support/typedSetting.ts";

const SNAPSHOT = snapshotBytes(400);
const NEW = clusterNode({ name: "node4", address: "10.0.0.4" });
const OLD = clusterNode({ name: "node1", address: "10.0.0.1" });
const FROM_NODE: SnapshotSource = { kind: "node", node: OLD };

interface Over {
  cut?: number;
  reachable?: boolean;
  sha256?: string;
  asked?: Partial<StepInput<"pull-snapshot">>;
}

function step(source: SnapshotSource, { cut = 0, reachable = true, sha256, asked = {} }: Over = {}) {
  const [fresh, old] = [new SnapshotNode(), new SnapshotNode()];
  reach({ ...(reachable && { [NEW.address]: fresh }), [OLD.address]: old }, { cut });
  const input: StepInput<"pull-snapshot"> = {
    node: NEW,
    source,
    snapshot: "base",
    rkeVersion: RKE,
    timeoutSeconds: 60,
    ...(sha256 && { sha256 }),
    ...asked,
  };
  const tools = stepTools(clusterFileIn(tempFolder()));
  return { fresh, old, said: tools.said, run: () => pullSnapshot(input, tools) };
}

/** A file on the operator's machine. */
function localFile(content: Buffer): SnapshotSource {
  const node = new SnapshotNode();
  node.put("mine.db", content);
  return { kind: "file", path: join(node.snapshots, "mine.db") };
}

describe("the pull of a snapshot", () => {
  test("of a file on this machine puts it onto the node, and reports what is there", async () => {
    const { fresh, said, run } = step(localFile(SNAPSHOT));
    expect(await run()).toEqual({ node: "node4", fetched: true, kept: [], ...provenBase(SNAPSHOT) });
    expect(fresh.files()).toEqual({ base: SNAPSHOT });
    expect(said.at(-1)).toBe("node4: /opt/rke/etcd-snapshots/base is fetched and proven");
    expect(await run()).toMatchObject({ fetched: false });
  });

  test("of a file never replaces another whole snapshot of that name, plain or in a zip, and names both", async () => {
    const other = snapshotBytes(8, "other");
    for (const [name, content] of [
      ["base", other],
      ["base.zip", rkeZip("base", other)],
    ] as const) {
      const { fresh, run } = step(localFile(SNAPSHOT));
      fresh.put(name, content);
      const { happened, remedies } = await failureOf(run());
      expect(happened[0]).toContain(`/etcd-snapshots/${name} is another whole snapshot of that name`);
      expect(happened[0]).toContain(sha256(other));
      expect(happened[0]).toContain(sha256(SNAPSHOT));
      expect(JSON.stringify(remedies)).toContain("snapshotSha256");
      expect(fresh.files()).toEqual({ [name]: content });
    }
  });

  test("of a file replaces such a snapshot where the settings name the file's hash, and says where it is kept", async () => {
    const { fresh, said, run } = step(localFile(SNAPSHOT), { sha256: sha256(SNAPSHOT) });
    fresh.put("base", snapshotBytes(8, "other"));
    expect(await run()).toMatchObject({ fetched: true, kept: [expect.stringMatching(/^base\.replaced-/)] });
    expect(fresh.files().base).toEqual(SNAPSHOT);
    expect(said.join("\n")).toContain("the file that was there is kept as /opt/rke/etcd-snapshots/base.replaced-");
  });

  test("from another node leaves a node's own save of that name alone, unless the settings name a hash", async () => {
    const own = snapshotBytes(8, "own");
    const { old, fresh, run } = step(FROM_NODE);
    old.put("base", SNAPSHOT);
    fresh.put("base", own);
    expect(await run()).toMatchObject({ fetched: false, content: sha256(own) });
    const named = step(FROM_NODE, { sha256: sha256(SNAPSHOT) });
    named.old.put("base", SNAPSHOT);
    named.fresh.put("base", own);
    expect(await named.run()).toMatchObject({ fetched: true, content: sha256(SNAPSHOT) });
  });

  test("of a file that is not there is a failure that names it, before the node is asked", async () => {
    const { run, fresh } = step({ kind: "file", path: "/nowhere/mine.db" });
    expect((await failureOf(run())).happened).toEqual([
      "node4 (10.0.0.4): /nowhere/mine.db on this machine cannot be read: there is no such file or folder",
    ]);
    expect(fresh.names()).toEqual([]);
  });

  test("from another node goes through this machine, whether that one keeps it plain or in a zip", async () => {
    for (const [name, content] of [
      ["base", SNAPSHOT],
      ["base.zip", rkeZip("base", SNAPSHOT)],
    ] as const) {
      const { fresh, old, run } = step(FROM_NODE);
      old.put(name, content);
      expect(await run()).toMatchObject({ file: name, fetched: true, content: sha256(SNAPSHOT) });
      expect(fresh.files()).toEqual({ [name]: content });
      expect(old.files()).toEqual({ [name]: content });
    }
  });

  test("from another node ends at once when the snapshot is there", async () => {
    const { fresh, old, run } = step(FROM_NODE);
    old.put("base", snapshotBytes(20_000));
    fresh.put("base.zip", rkeZip("base", snapshotBytes(20_000)));
    expect(await run()).toMatchObject({ fetched: false, file: "base.zip" });
  });

  test("from a node whose snapshot is damaged, or that has none, sends nothing", async () => {
    const { fresh, old, run } = step(FROM_NODE);
    expect((await failureOf(run())).happened[0]).toMatch(
      /^node4 .*: node1 \(10\.0\.0\.1\), the source: there is no base/,
    );
    old.put("base", Buffer.concat([SNAPSHOT.subarray(0, 512), Buffer.alloc(512), SNAPSHOT.subarray(1024)]));
    expect((await failureOf(run())).happened[0]).toContain("base is damaged");
    expect(fresh.names()).toEqual([]);
  });

  test.each([localFile(SNAPSHOT), FROM_NODE])("over a line that breaks leaves nothing behind: %#", async (source) => {
    const { fresh, old, run } = step(source, { cut: 100_000 });
    old.put("base", SNAPSHOT);
    fresh.put("base", "precious");
    const { happened, pointOfNoReturn } = await failureOf(run());
    expect(happened[0]).toContain(`the transfer was cut short: 100000 of ${SNAPSHOT.length} bytes came`);
    expect(pointOfNoReturn).toEqual({ state: "not-reached" });
    expect(fresh.files()).toEqual({ base: Buffer.from("precious") });
  });

  test("onto a node that cannot be reached is a failure that names it", async () => {
    const { run } = step(localFile(SNAPSHOT), { reachable: false });
    expect((await failureOf(run())).happened).toEqual([
      "node4 (10.0.0.4): cannot be reached over SSH: connect to host: refused",
    ]);
  });

  test("never says a secret, not even where a program on the node repeats it", async () => {
    const keys = { access: "AKIAEXAMPLE", secret: "s3cr3t/+x" };
    const url = "https://user:pass@store.example.com/base?X-Signature=s3cr3t";
    for (const source of [
      { kind: "s3", bucket: "snapshots", keys },
      { kind: "url", url },
    ] as const) {
      const { fresh, said, run } = step(source);
      fakeS3cmd(fresh, {}, { leaks: true });
      fakeDownloader(fresh, "curl", { url, content: SNAPSHOT, leaks: true });
      const message = JSON.stringify(await failureOf(run()));
      const ssh = readFileSync(join(fresh.root, "ssh"), "utf8");
      for (const text of [message, ...said, ssh, ...fresh.argv]) {
        expect(text).not.toMatch(/s3cr3t|AKIAEXAMPLE|pass@/);
      }
      expect(message).toContain("[secret]");
    }
  });
});

test("a pull for a restore that the node remembers as done fetches nothing", async () => {
  const { fresh, said, run } = step({ kind: "file", path: "/gone" }, { asked: { run: 1 } });
  remember([fresh], finishedRecord({ finishedAt: "2026-11-23T14:05:00.000Z" }));
  expect(await run()).toEqual({ node: "node4", fetched: false, kept: [] });
  expect(said).toEqual(["node4: base was restored at 2026-11-23T14:05:00.000Z: it is not fetched any more"]);
});

test.each([{ run: 2 }, { run: 1, isNew: true }])(
  "a pull for another restore, or onto a new machine, does: %j",
  async (asked) => {
    const { fresh, run } = step({ kind: "file", path: "/gone" }, { asked });
    remember([fresh], finishedRecord());
    const { happened, ...failure } = await failureOf(run());
    expect(failure).toMatchObject({ step: "pull-snapshot", node: "node4", snapshot: "base", source: "/gone" });
    expect(happened[0]).toContain("/gone on this machine cannot be read");
  },
);

test("a pull that goes on and takes too long names the setting that gives it more time, not the node", async () => {
  const source = { kind: "url", url: "https://example.com/base" } as const;
  const { fresh, said, run } = step(source, { asked: { timeoutSeconds: 2 } });
  fresh.program("sleep", '[ "$1" != 10 ] || exec /bin/sleep 0.2; exec /bin/sleep "$1"');
  fakeDownloader(fresh, "curl", { url: "https://example.com/base", content: SNAPSHOT, hangs: 100 });
  const { happened, remedies } = await failureOf(run());
  expect(happened).toEqual([expect.stringMatching(/longer than waitSeconds, 2 s, .*; node4: \d MiB fetched so far$/)]);
  expect(said).toContainEqual(expect.stringMatching(/^node4: \d MiB fetched so far$/));
  expect(remedies).toEqual([expect.objectContaining({ pulumi: "config set waitSeconds 8" })]);
});

test.each([
  [900, { text: "give it more time, as it begins anew", pulumi: "config set waitSeconds 3600" }],
  [30_000, { text: "give it more time, as it begins anew", pulumi: "config set waitSeconds 86400" }],
  [86_400, "no more time can be given: copy it to node4 by other means, as /opt/rke/etcd-snapshots/base"],
])("a pull that took longer than %i s may take as long as the setting allows, and no longer", (seconds, remedy) => {
  expect(tooSlow({ name: "node4" }, "base", 1024, seconds).remedy).toEqual(remedy);
  if (typeof remedy === "object") expect(typedSetting(remedy.pulumi).key).toBe("waitSeconds");
});

test("a pull that fails names the whole snapshot that a new machine has, and the setting by which it counts", async () => {
  const { fresh, run } = step({ kind: "s3", bucket: "backups" }, { asked: { isNew: true } });
  fresh.put("base", SNAPSHOT);
  const { happened, remedies } = await failureOf(run());
  expect(happened).toEqual([expect.stringMatching(`s3cmd is not installed; a whole snapshot .*${sha256(SNAPSHOT)}$`)]);
  expect(remedies).toEqual([
    {
      text: expect.stringMatching(/apt-get install s3cmd; or, if that is the right one, name it$/),
      pulumi: `config set snapshotSha256 ${sha256(SNAPSHOT)}`,
    },
  ]);
});

test("a pull that fails names no snapshot where a new machine has none that is whole", async () => {
  const { fresh, run } = step({ kind: "s3", bucket: "backups" }, { asked: { isNew: true } });
  fresh.put("base", SNAPSHOT.subarray(0, 600));
  expect((await failureOf(run())).happened).toEqual([expect.stringMatching(/s3cmd is not installed$/)]);
});
