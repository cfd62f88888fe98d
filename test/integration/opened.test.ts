import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shellWord } from "../../cluster/shell.ts";
import { SNAPSHOT_FOLDER } from "../../cluster/snapshot/proof.ts";
import { kubectl, type LabCluster, ssh } from "../../lab/cluster/cluster.ts";
import { addUser } from "../../lab/cluster/users.ts";
import { waitFor } from "../../lab/machine/progress.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import { answerOf, etcdCreated, PRIOR, printedOn, Scene } from "./support.ts";

const NAMESPACE = "seeded";
/** What becomes of an object after the snapshot. */
const FATES = ["created", "changed", "deleted", "kept"] as const;
type Fate = (typeof FATES)[number];
/** Of each kind and fate. */
const EACH = 34;

/** What the preview calls them → an object of that kind. */
const KINDS: Record<string, { apiVersion: string; kind: string; more: object }> = {
  "config maps": { apiVersion: "v1", kind: "ConfigMap", more: { data: { a: "1" } } },
  secrets: { apiVersion: "v1", kind: "Secret", more: { stringData: { password: "hunter2-never-shown" } } },
  services: { apiVersion: "v1", kind: "Service", more: { spec: { ports: [{ port: 80 }], clusterIP: "None" } } },
  "volume claims": {
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim" },
    more: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  },
  "limit ranges": { apiVersion: "v1", kind: "LimitRange", more: { spec: { limits: [] } } },
  workloads: {
    ...{ apiVersion: "apps/v1", kind: "Deployment" },
    more: {
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "x", image: "x" }] } },
      },
    },
  },
  permissions: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", more: { rules: [] } },
  "network policies": {
    ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
    more: { spec: { podSelector: {} } },
  },
  "pod templates": {
    ...{ apiVersion: "v1", kind: "PodTemplate" },
    more: { template: { spec: { containers: [{ name: "x", image: "x" }] } } },
  },
  "resource quotas": { apiVersion: "v1", kind: "ResourceQuota", more: { spec: { hard: { pods: "99" } } } },
};
const names = (fate: Fate) => Array.from({ length: EACH }, (_, at) => `${fate}-${at}`);

const WRONG_NAME = "wrong";
const MAKE = readFileSync(join(import.meta.dirname, "wrongSnapshots.sh"), "utf8");

/** What is wrong, and the message. Where the checksum fits, only an etcd finds out. */
const WRONG: [wrong: string, reason: RegExp][] = [
  ["empty", /cut short or no etcd snapshot/],
  ["cut short", /is damaged/],
  ["overwritten", /is damaged/],
  ["no snapshot", /no etcd snapshot/],
  ["half a zip", /zip/],
  ["text, checksum fits", /etcd (cannot restore|ends on|does not answer on) wrong/],
  ["zeros, checksum fits", /etcd (cannot restore|ends on|does not answer on) wrong/],
  ["half of its pages, checksum fits", /etcd (cannot restore|ends on|does not answer on) wrong/],
  ["spoilt pages, checksum fits", /etcd (cannot restore|ends on|does not answer on) wrong/],
  ["nothing in it", /wrong holds no Kubernetes cluster/],
  ["another cluster", /wrong is of another cluster/],
  ["most is missing", /wrong lacks most live objects/],
];

// Nothing is restored here.
describe("an opened snapshot", () => {
  const scene = new Scene("opened");
  let cluster: LabCluster;
  let rollback: CommandLine;
  let plan: RollbackPlan;
  let uid: string;

  beforeAll(async () => {
    ({ rollback } = await scene.prepare({ before: seed, after: change }));
    uid = await kubectl(cluster, ["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
    const began = Date.now();
    const rolled = await rollback.roll(["plan"], console.log);
    console.log(`the preview took ${Date.now() - began} ms`);
    expect(rolled.record.plan).toBeDefined();
    plan = rolled.record.plan as RollbackPlan;
  });
  afterAll(async () => {
    if (!cluster) return;
    await kubectl(cluster, ["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
    await ssh(cluster, "node1", `rm -f ${SNAPSHOT_FOLDER}/${WRONG_NAME}`);
  });

  test("tells which of 1000 objects were created, changed and deleted since: none is missed, none is invented", () => {
    expect(Object.keys(KINDS).length * EACH * 3).toBeGreaterThan(1000);
    const { exact } = plan.lost;
    if (!exact || "unknown" in exact) throw new Error(`the snapshot was not opened: ${exact?.unknown}`);
    expect(exact.lineage).toBe("same");
    for (const what of Object.keys(KINDS)) {
      const line = exact.kinds.find(({ kind }) => kind === what);
      const found = (["created", "changed", "deleted"] as const).map((fate) => [
        fate,
        line?.[fate].names.filter((name) => name.startsWith(`${NAMESPACE}/`)).sort(),
      ]);
      const expected = (["created", "changed", "deleted"] as const).map((fate) => [
        fate,
        names(fate)
          .map((name) => `${NAMESPACE}/${name}`)
          .sort(),
      ]);
      expect([what, found]).toEqual([what, expected]);
    }
    expect(exact.kinds.find(({ kind }) => kind === "users")).toMatchObject({ created: { count: 1, names: ["after"] } });
    const others = exact.kinds.filter(({ kind }) => !(kind in KINDS) && kind !== "users");
    console.log("other kinds, to be looked at:", JSON.stringify(others), "ignored:", JSON.stringify(exact.ignored));
  });

  test("knows when it was taken, of which cluster, and what it holds", () => {
    expect(plan.snapshot.holds).toMatchObject({
      clusterUid: uid,
      kubernetes: "v1.20.15",
      rancher: PRIOR,
      rancherImage: expect.stringContaining(PRIOR),
    });
    expect(Date.now() - Date.parse(plan.snapshot.holds?.takenAt ?? "")).toBeLessThan(10 * 60_000);
    expect(plan.snapshot.ofAnotherCluster).toBe(false);
  });

  test("shows no secret, and leaves nothing on any node", async () => {
    expect(JSON.stringify(plan)).not.toContain("hunter2");
    expect(readFileSync(cluster.clusterFile, "utf8")).not.toContain("hunter2");
    await expectNothingLeft();
  });

  test.for(WRONG)("that is wrong is found out, and etcd itself is left alone: %s", async ([wrong, reason]) => {
    const before = await etcdCreated(cluster);
    const given = `wrong=${shellWord(wrong)} uid=${shellWord(uid)} to=${SNAPSHOT_FOLDER}/${WRONG_NAME}`;
    const made = await ssh(cluster, "node1", `${given} bash -c ${shellWord(MAKE)}`);
    expect(made).toMatchObject({ code: 0 });
    const result = await rollback.type(["prove", WRONG_NAME, "--json"]);
    const { proven, checks } = answerOf(result, "prove");
    const messages = checks.flatMap(({ problems }) => problems.map(({ message }) => message));
    console.log(`${wrong}: ${messages.join("; ")}`);
    expect([proven, result.code]).toEqual([false, 1]);
    expect(messages.join("\n")).toMatch(reason);
    expect(await etcdCreated(cluster)).toEqual(before);
    await expectNothingLeft();
  });

  async function expectNothingLeft(): Promise<void> {
    const left =
      "docker ps -aq --filter label=rancher-rollback-opened; ls -d /opt/rke/rancher-rollback/opened-* 2>/dev/null";
    expect((await printedOn(cluster, left)).join("")).toBe("");
  }

  async function seed(on: LabCluster): Promise<void> {
    cluster = on;
    await kubectl(on, ["delete", "namespace", NAMESPACE, "--ignore-not-found"]);
    await kubectl(on, ["create", "namespace", NAMESPACE]);
    await make(on, ["changed", "deleted", "kept"]);
    await addUser(on, "before");
  }

  async function change(on: LabCluster): Promise<void> {
    await make(on, ["created"]);
    const kinds = Object.values(KINDS)
      .map(({ kind }) => kind)
      .join();
    await kubectl(on, ["-n", NAMESPACE, "label", kinds, "-l", "fate=changed", "touched=yes"]);
    await kubectl(on, ["-n", NAMESPACE, "delete", kinds, "-l", "fate=deleted", "--wait=false"]);
    await addUser(on, "after");
    // Volume claims go when their protection says so.
    const left = () => kubectl(on, ["-n", NAMESPACE, "get", kinds, "-l", "fate=deleted", "-o", "name"]);
    if (!(await waitFor(async () => (await left()) === "", 60_000))) throw new Error(`not deleted: ${await left()}`);
  }

  async function make(on: LabCluster, fates: Fate[]): Promise<void> {
    const items = fates.flatMap((fate) =>
      names(fate).flatMap((name) =>
        Object.values(KINDS).map(({ apiVersion, kind, more }) => ({
          ...{ apiVersion, kind, metadata: { name, namespace: NAMESPACE, labels: { fate } } },
          ...more,
        })),
      ),
    );
    await kubectl(on, ["create", "-f", "-"], JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  }
});
