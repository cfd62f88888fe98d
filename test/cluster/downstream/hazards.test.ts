import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { downstreamOf } from "../../../cluster/downstream/hazards.ts";
import { DOWNSTREAM_RULES, downstreamQuestions } from "../../../cluster/downstream/questions.ts";
import { type Downstream, downstreamSchema, HAZARDS } from "../../../cluster/downstream/schema.ts";
import {
  type OpenedSnapshot,
  openScript,
  parseAnswers,
  parseOpening,
  questionLines,
} from "../../../cluster/opened/open.ts";
import { openedDocker } from "../../support/openedDocker.ts";
import { someNode } from "../../support/settings.ts";
import { snapshotBytes } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";
import { CLUSTERS, COMMON, etcds, SECRET } from "./someClusters.ts";

const TOOLS = "sh dd wc od tail head cat cp sleep date mkdir rm ln df gzip sed tr base64 awk id".split(" ");
const ARGS = { rancherVersion: "v2.5.8", accepted: ["made", "c-m-1"] };

/** What a node answers about these etcds, by its own script. */
async function open(etcd: ReturnType<typeof etcds>): Promise<{ opening: OpenedSnapshot; printed: string }> {
  const node = new SnapshotNode(TOOLS);
  mkdirSync(join(node.root, "rancher-rollback"));
  const snapshot = snapshotBytes();
  node.put("base", snapshot);
  openedDocker(node, etcd.opened, etcd.live);
  const args = { node: someNode(1), name: "base", file: "base", bytes: snapshot.length, image: "sha256:e" };
  const script = openScript({ ...args, tool: "etcdctl" }, DOWNSTREAM_RULES);
  const keys = parseOpening((await node.run(script)).stdout);
  if ("failed" in keys) throw new Error(keys.failed.message);
  const { stdout } = await node.run(script, questionLines(downstreamQuestions(keys), DOWNSTREAM_RULES));
  return { opening: { ...keys, answers: parseAnswers(stdout) }, printed: stdout };
}

let found: Downstream;
let printed: string;
let opening: OpenedSnapshot;
beforeAll(async () => {
  ({ opening, printed } = await open(etcds({ ...CLUSTERS, ...COMMON })));
  found = downstreamOf(opening, ARGS);
}, 120_000);

const hazardsOf = (name: string) => found.clusters.find((cluster) => cluster.name === name)?.hazards;
const freeze = { hazard: "agents-freeze", severity: "work" };

describe("a cluster that Rancher manages", () => {
  test.each<[string, object[]]>([
    ["same", []],
    ["made", [{ hazard: "created", severity: "data-loss", names: ["made-1"] }]],
    ["imported", [{ hazard: "created", severity: "work", names: ["imported-1"] }]],
    ["gone", [{ hazard: "deleted", severity: "work", names: ["gone-1"] }]],
    ["going", [{ hazard: "deleted", severity: "work" }]],
    [
      "upgraded",
      [
        {
          ...{ hazard: "kubernetes-changed", severity: "work" },
          ...{ snapshot: "v1.20.15-rancher2-2", now: "v1.22.9-rancher1-1" },
        },
      ],
    ],
    [
      "upgraded-rke2",
      [
        {
          ...{ hazard: "kubernetes-changed", severity: "data-loss" },
          ...{ snapshot: "v1.24.4+rke2r1", now: "v1.25.3+rke2r1" },
        },
        freeze,
      ],
    ],
    ["upgraded-by-itself", []],
    ["hosted", [{ hazard: "kubernetes-changed", severity: "work", snapshot: "1.20.15-gke.1", now: "1.21.14-gke.1" }]],
    [
      "in-the-cloud",
      [{ hazard: "pools-changed", severity: "data-loss", names: ["green"], snapshot: "0", now: "some" }],
    ],
    [
      "less-in-the-cloud",
      [{ hazard: "pools-changed", severity: "work", names: ["green"], snapshot: "some", now: "0" }],
    ],
    [
      "nodes",
      [
        { hazard: "pool-nodes-added", severity: "data-loss", names: ["pooled"] },
        { hazard: "nodes-removed", severity: "work", names: ["removed"] },
        { hazard: "pools-changed", severity: "work", names: ["np-1"], snapshot: "0", now: "1" },
        { hazard: "custom-nodes-added", severity: "note", names: ["added"] },
      ],
    ],
    [
      "machines",
      [
        { hazard: "pool-nodes-added", severity: "data-loss", names: ["machines-2"] },
        { hazard: "nodes-removed", severity: "data-loss", names: ["machines-3"] },
        { hazard: "custom-nodes-added", severity: "work", names: ["custom-1"] },
        { hazard: "pools-changed", severity: "work", names: ["pool 1"], snapshot: "1", now: "2" },
        freeze,
      ],
    ],
    ["ca", [{ hazard: "certificates-rotated", severity: "work" }]],
    ["state", [{ hazard: "rke-state-changed", severity: "work" }]],
    ["keys", [{ hazard: "rke-state-changed", severity: "data-loss" }]],
    ["rotated", [{ hazard: "encryption-key-rotated", severity: "data-loss" }, freeze]],
    ["renewed", [{ hazard: "certificates-rotated", severity: "work" }, freeze]],
    ["token", [{ hazard: "token-renewed", severity: "work" }]],
    ["token-in-secret", [{ hazard: "token-renewed", severity: "work" }]],
    ["token-moved", []],
    ["join", [{ hazard: "join-token-changed", severity: "work" }]],
    [
      "was-busy",
      [
        {
          ...{ hazard: "repeats-operation", severity: "data-loss" },
          names: ["Updated (running)", "dying (being deleted)"],
        },
      ],
    ],
    [
      "half-made",
      [
        {
          ...{ hazard: "repeats-operation", severity: "work" },
          names: ["encryption key rotation (running)", "half-1 (being made)"],
        },
        freeze,
      ],
    ],
    ["restored-its-etcd", [{ hazard: "repeats-operation", severity: "data-loss", names: ["etcd restore (running)"] }]],
    [
      "restored-rke2",
      [{ hazard: "repeats-operation", severity: "data-loss", names: ["etcd restore (running)"] }, freeze],
    ],
    ["had-restored", [freeze]],
    [
      "restored-and-deleted",
      [
        { hazard: "deleted", severity: "work" },
        { hazard: "repeats-operation", severity: "work", names: ["etcd restore (running)"] },
      ],
    ],
    ["works", [{ hazard: "operation-running", severity: "work", names: ["Provisioned"] }]],
    ["registered-again", [{ hazard: "nodes-recreated", severity: "note", names: ["again"] }]],
    ["remade", [{ hazard: "nodes-recreated", severity: "work", names: ["remade-1"] }, freeze]],
    ["projects", [{ hazard: "projects-created", severity: "work", names: ["shop"] }]],
    ["fleet", [{ hazard: "fleet-uninstalls", severity: "data-loss", names: ["shop-app"] }]],
    ["away", [{ hazard: "not-connected", severity: "work" }]],
    ["away-before-v2.5", [{ hazard: "not-connected", severity: "work" }]],
    ["left-since", []],
    ["back-since", []],
    [
      "agents",
      [
        {
          ...{ hazard: "agents-changed", severity: "note" },
          ...{ snapshot: "rancher/rancher-agent:v2.5.8", now: "rancher/rancher-agent:v2.5.9" },
        },
      ],
    ],
  ])("tells what becomes of it: %s", (name, hazards) => {
    expect(hazardsOf(name)).toEqual(hazards);
  });

  test("is any but the one that Rancher runs on, the most severe first", () => {
    expect(hazardsOf("local")).toBeUndefined();
    const severities = found.clusters.map(({ hazards: [first] }) => first?.severity);
    expect(severities).toEqual([
      ...severities.filter((one) => one === "data-loss"),
      ...severities.filter((one) => one === "work"),
      ...severities.filter((one) => one === "note"),
      ...severities.filter((one) => one === undefined),
    ]);
  });

  test("is accepted by its name or its id", () => {
    expect(found.clusters.filter(({ accepted }) => accepted).map(({ id }) => id)).toEqual(["c-made", "c-m-1"]);
  });

  test("keeps its agents where the Rancher that comes back does not replace them", () => {
    const { clusters } = downstreamOf(opening, { ...ARGS, rancherVersion: "v2.3.3" });
    expect(clusters.find(({ name }) => name === "agents")?.hazards[0]?.severity).toBe("work");
  });
});

test("every hazard has a cluster that has it", () => {
  const seen = new Set(found.clusters.flatMap(({ hazards }) => hazards.map(({ hazard }) => hazard)));
  expect([...seen].sort()).toEqual([...HAZARDS].sort());
});

test("what concerns all clusters is reported once", () => {
  expect(found.common).toEqual([
    {
      ...{ hazard: "address-changed", severity: "work", names: ["server-url", "tls-ca"] },
      ...{ snapshot: "https://old.example.com", now: "https://new.example.com" },
    },
    { hazard: "fleet-changed", severity: "work", names: ["fleet-default/moved", "fleet-default/new"] },
    { hazard: "rancher-backup-used", severity: "work", names: ["half (unfinished in the snapshot)", "since"] },
  ]);
});

test("the facts are as their schema says, and no secret is in them or has left the node", () => {
  expect(downstreamSchema.parse(found)).toEqual(found);
  expect(JSON.stringify(found)).not.toMatch(SECRET);
  expect(printed).not.toMatch(SECRET);
  expect(printed).not.toMatch(/ca1|state1/);
});

test("where the live etcd cannot be read, only what the snapshot says by itself is reported", () => {
  const blind = downstreamOf({ ...opening, live: { unknown: "no quorum" } }, ARGS);
  expect(blind).toMatchObject({
    unknown: "etcd cannot be read: no quorum",
    common: [{ hazard: "rancher-backup-used", names: ["half (unfinished in the snapshot)"] }],
  });
  const kinds = blind.clusters.flatMap(({ hazards }) => hazards.map(({ hazard }) => hazard));
  expect(new Set(kinds)).toEqual(new Set(["repeats-operation"]));
  expect(blind.clusters.map(({ name }) => name)).toContain("gone");
  expect(blind.clusters.map(({ name }) => name)).not.toContain("made");
});
