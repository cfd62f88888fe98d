import { createColors } from "picocolors";
import { describe, expect, test } from "vitest";
import type { Paint } from "../../../output/display/paint.ts";
import { planScreen, type ScreenOptions } from "../../../output/display/planScreen.ts";
import type { RollbackPlan } from "../../../plan/plan.ts";
import { someCluster, someDownstream, somePlan } from "../../plan/somePlan.ts";

const same = (text: string) => text;
const NO_PAINT: Paint = { good: same, bad: same, warning: same, faint: same, strong: same };
const OPTIONS: ScreenOptions = { width: 80, paint: NO_PAINT, audience: { stack: "prod", program: "pulumi" } };

const screen = (changes: Partial<RollbackPlan> = {}, options: Partial<ScreenOptions> = {}) =>
  planScreen(somePlan(changes), { ...OPTIONS, ...options }).join("\n");

const [node] = somePlan().nodes as [RollbackPlan["nodes"][number]];

/** Much to say, in long words. */
const CROWDED: Partial<RollbackPlan> = {
  cluster: { name: "rancher-production", file: "/home/operations/clusters/acme/production-eu-central-1/rancher.yml" },
  snapshot: {
    ...somePlan().snapshot,
    name: "before-the-upgrade-of-the-production-cluster-to-rancher-v2.5.9",
    run: 2,
    source: "s3://acme-rke-etcd-snapshots-eu-central-1/production/rancher/",
    provenOn: Array.from({ length: 7 }, (_, at) => `ip-10-0-0-${at}.eu-central-1.compute.internal`),
  },
  nodes: [
    ...Array.from({ length: 7 }, (_, at) => ({
      ...node,
      name: `ip-10-0-0-${at}.eu-central-1.compute.internal`,
      address: `10.0.0.${at}`,
    })),
    { ...node, name: "node8", address: "10.0.0.8", isNew: true },
  ],
  replaced: [{ unresponsive: "10.0.0.9", node: "node8", machine: { kind: "ec2", instanceType: "m5.xlarge" } }],
  warnings: [
    { kind: "clock-skew", node: "ip-10-0-0-3.eu-central-1.compute.internal", seconds: -90 },
    { kind: "etcd-problem", problem: { message: "etcd has no leader", remedy: "look at etcd" } },
  ],
  failedChecks: [
    {
      message: "ip-10-0-0-4.eu-central-1.compute.internal (10.0.0.4): there is no snapshot in /opt/rke/etcd-snapshots",
      remedy: { text: "fetch it from a node that has it", pulumi: "config set snapshotSource node:10.0.0.1" },
    },
    { message: "node8: Docker does not answer", remedy: "look at Docker on node8" },
  ],
  accepted: false,
  clusterFileDiff:
    "--- rancher.yml\n+++ rancher.yml\n@@ -1,3 +1,3 @@\n nodes:\n-  - address: 10.0.0.9\n+  - address: 10.0.0.8",
};

const REFUSED = { unknown: "connect ECONNREFUSED 10.0.0.1:6443" };

const UNREACHABLE = { message: "no etcd node is reachable", remedy: "look at the nodes" };

/** A cluster that does not answer. */
const SILENT: Partial<RollbackPlan> = {
  snapshot: { name: "before-upgrade", run: 1, provenOn: [] },
  lost: { namespaces: REFUSED, workloads: REFUSED, rancherUsers: REFUSED, rancherClusters: REFUSED },
  nodes: [
    {
      name: "node1",
      address: "10.0.0.1",
      roles: ["etcd"],
      isNew: false,
      unknown: "node1 (10.0.0.1): did not answer within 25 s",
    },
  ],
  etcd: { problems: [UNREACHABLE] },
  rancher: {
    answers: { ...{ unknown: "https://rancher.example.com does not answer: ECONNREFUSED", remedy: "look at Rancher" } },
    after: "rancher/rancher:v2.5.8",
  },
  kubernetes: { unknown: "connect ECONNREFUSED 10.0.0.1:6443" },
  warnings: [{ kind: "etcd-problem", problem: UNREACHABLE }],
};

describe("the plan on the screen", () => {
  test.each<[string, RollbackPlan["restore"]]>([
    [
      "in place",
      {
        way: "in-place",
        reasons: [{ kind: "hosts-ready", hosts: 3, tool: "etcdctl 3.4.15" }],
        ...{ oldDataKeptDays: 7, expectedSeconds: 25 },
      },
    ],
    [
      "by a rename back",
      {
        way: "rename-back",
        reasons: [{ kind: "old-data-kept", snapshot: "base", hosts: 3 }],
        ...{ oldDataKeptDays: 1, expectedSeconds: 15 },
      },
    ],
    [
      "by RKE for several reasons",
      {
        way: "rke",
        reasons: [
          { kind: "node-replaced", node: "node3" },
          { kind: "no-data", node: "node1" },
        ],
        expectedSeconds: 180,
      },
    ],
    [
      "in a way that is not known yet",
      {
        reasons: [{ kind: "cluster-not-read", restoreWith: "auto", why: "readCluster is false" }],
        expectedSeconds: 180,
      },
    ],
  ])("says how etcd is restored: %s", (_, restore) => {
    const shown = screen({ restore });
    const from = shown.indexOf("Restore with");
    expect(shown.slice(from, shown.indexOf("  etcd  ", from))).toMatchSnapshot();
  });

  const downstreamRow = (downstream: RollbackPlan["downstream"], width = 120) => {
    const shown = screen({ downstream }, { width });
    return shown.slice(shown.indexOf("  Downstream clusters"), shown.indexOf("  Restore with")).trimEnd().split("\n");
  };

  test("has a line for each downstream cluster that differs, with how severe that is", () => {
    expect(downstreamRow(someDownstream(), 140)).toEqual([
      "  Downstream clusters 3, of which 2 differ from the snapshot:",
      "                      - CAN LOSE DATA, prod (c-prod): Kubernetes v1.25.3+rke2r1 is v1.24.4+rke2r1 in the snapshot; 1 more",
      "                      - needs work, edge (c-edge): deleted since the snapshot",
      "                      - needs work, all clusters: fleet's repositories changed (fleet-default/shop)",
    ]);
  });

  test("says which hazards are accepted, and is red only while one is not", () => {
    const colors = { ...NO_PAINT, bad: (text: string) => `<bad>${text}` };
    const painted = (accepted: boolean) => {
      const [prod] = someDownstream().clusters;
      const downstream = { clusters: prod ? [{ ...prod, accepted }] : [], common: [] };
      return screen({ downstream }, { width: 140, paint: colors });
    };
    expect(painted(false)).toContain("<bad>- CAN LOSE DATA, prod");
    expect(painted(true)).toContain(" - CAN LOSE DATA, accepted, prod");
  });

  test.each<[string, RollbackPlan["downstream"], string[]]>([
    ["there are none", { clusters: [], common: [] }, ["none"]],
    [
      "they are as in the snapshot",
      { clusters: [someCluster("a")], common: [] },
      ["1, of which none differs from the snapshot"],
    ],
    [
      "that is not known",
      { unknown: "no quorum", clusters: [someCluster("a"), someCluster("b")], common: [] },
      ["unknown: no quorum", "the snapshot has a, b"],
    ],
  ])("says of downstream clusters where %s", (_, downstream, lines) => {
    expect(downstreamRow(downstream).map((line) => line.slice(22))).toEqual(lines);
  });

  test("lists no more downstream clusters than the operator can read", () => {
    const clusters = Array.from({ length: 40 }, (_, at) =>
      someCluster(`c${at}`, { hazard: "deleted", severity: "work" }),
    );
    const row = downstreamRow({ clusters, common: [] });
    expect(row.length).toBe(14);
    expect(row.at(-1)?.trim()).toBe("- 28 more, see the plan as JSON");
  });

  test("of an earlier release's plan has no row about it", () => {
    expect(screen({ restore: undefined } as Partial<RollbackPlan>)).not.toContain("Restore with");
  });

  test("of a healthy cluster", () => {
    expect(screen()).toMatchSnapshot();
  });

  test("with long names, many nodes, failed checks and an edited cluster file", () => {
    expect(screen(CROWDED)).toMatchSnapshot();
  });

  test("uses the whole width of a wider terminal", () => {
    expect(screen({}, { width: 120 })).toContain(
      "every change of the last 3 h 20 min, in Rancher and in Kubernetes; created since then:\n",
    );
  });

  test("of a cluster that does not answer", () => {
    const { firstCertificateToExpire: _, ...plan } = somePlan(SILENT);
    expect(planScreen(plan, OPTIONS).join("\n")).toMatchSnapshot();
  });

  test("of a cluster that was not to be read", () => {
    const unknown = { unknown: "readCluster is false" };
    const plan = { ...SILENT, notRead: unknown.unknown, etcd: { problems: [] }, warnings: [], kubernetes: unknown };
    const { firstCertificateToExpire: _, ...read } = somePlan(plan);
    const text = planScreen({ ...read, rancher: { answers: unknown, after: "rancher/rancher:v2.5.8" } }, OPTIONS).join(
      "\n",
    );
    expect(text).toContain("its current state is unknown: readCluster is false");
    expect(text).toMatch(/^ {2}etcd {16}unknown$/m);
  });

  test.each([40, 60, 80, 120])("fits into %i columns but for commands, paths, long names and the diff", (width) => {
    const { clusterFileDiff: _, ...plan } = CROWDED;
    const wide = screen(plan, { width })
      .split("\n")
      .filter((line) => line.length > Math.max(width, 42));
    for (const line of wide) expect(line.slice(22).trim()).toMatch(/^pulumi config set |^([-→] )?\S+$/);
  });

  test.each([40, 60, 80])("breaks no path and no command inside, in %i columns", (width) => {
    const file = "/home/ops/acme clusters/production-of-the-north/rancher-cluster.yml";
    const text = screen({ ...CROWDED, cluster: { name: "acme", file } }, { width });
    for (const whole of [
      file,
      "/home/ops/acme clusters/production-of-the-north/.rancher-rollback/plan.json",
      "pulumi config set snapshotSource node:10.0.0.1 --stack prod",
      "ip-10-0-0-4.eu-central-1.compute.internal",
    ]) {
      expect(text).toContain(whole);
    }
  });

  test("never breaks the command that confirms, whoever was started", () => {
    const confirm = { accepted: false, snapshot: { ...somePlan().snapshot, run: 2 } };
    const commands = {
      pulumi: "pulumi config set acceptDataLossOf 'before-upgrade#2' --stack prod",
      "rancher-rollback": "--accept-data-loss-of 'before-upgrade#2'",
    };
    for (const [program, command] of Object.entries(commands)) {
      const audience = { stack: "prod", program } as ScreenOptions["audience"];
      expect(screen(confirm, { audience, width: 60 })).toMatch(new RegExp(`^ +${command}$`, "m"));
    }
    expect(screen()).not.toContain("Confirm");
  });

  test.each(["pulumi", "rancher-rollback"] as const)(
    "of a rollback that would be refused says so and why, and shows nothing to confirm, to who started %s",
    (program) => {
      const failedChecks = [{ message: "node2: there is no base", remedy: "fetch it" }];
      const plan = { accepted: false, failedChecks };
      const lines = screen(plan, { audience: { stack: "prod", program } })
        .trimEnd()
        .split("\n")
        .slice(-3);
      expect(lines.map((line) => line.slice(22))).toEqual([
        `\`${{ pulumi: "pulumi up", "rancher-rollback": "apply" }[program]}\` would refuse this restore, because:`,
        "- node2: there is no base",
        "  → fetch it",
      ]);
      expect(screen(plan)).not.toMatch(/Confirm|config set acceptDataLossOf/);
    },
  );

  test("colours what destroys, and nothing that does not", () => {
    const { red, bold, yellow, green } = createColors(true);
    const paint = { ...NO_PAINT, bad: red, strong: bold, warning: yellow, good: green };
    const text = screen({ ...CROWDED, width: 200 } as Partial<RollbackPlan>, { paint, width: 200 });
    for (const line of [
      red("This rollback destroys data. Nothing has been done yet."),
      red("every change of the last 3 h 20 min, in Rancher and in Kubernetes; created since then:"),
      red("RKE wipes and restores:"),
      red("- node8: Docker does not answer"),
      red('when RKE logs "Cleaning old kubernetes cluster"; a failure before that leaves the cluster unchanged'),
      yellow("- etcd has no leader"),
      red("-  - address: 10.0.0.9"),
      green("+  - address: 10.0.0.8"),
    ]) {
      expect(text).toContain(line);
    }
    expect(text).not.toContain(red("rancher/rancher"));
    expect(screen(CROWDED)).not.toContain("\u001b");
  });

  test("shows nothing that moves a cursor or turns the direction of writing", () => {
    const failedChecks = [{ message: "node1: \u001b[2Jdocker\u202e said \u0007no", remedy: "look" }];
    for (const hidden of "\u001b\u0007\u202e") expect(screen({ failedChecks })).not.toContain(hidden);
  });
});
