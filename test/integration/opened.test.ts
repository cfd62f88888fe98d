import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shellWord } from "../../cluster/shell.ts";
import { SNAPSHOT_FOLDER } from "../../cluster/snapshot/proof.ts";
import { kubectl, type LabCluster, ssh } from "../../lab/cluster/cluster.ts";
import { addUser } from "../../lab/cluster/users.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import type { RollbackPlan } from "../../plan/plan.ts";
import { change, forgetSeeds, foundChanges, otherKinds, seed, seededChanges, TOUCHED } from "./seeds.ts";
import { answerOf, etcdCreated, PRIOR, printedOn, Scene } from "./support.ts";

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
  /** The snapshot was saved between the two. */
  let [seeding, changing] = [0, 0];

  beforeAll(async () => {
    const before = async (made: LabCluster) => {
      cluster = made;
      seeding = Date.now();
      await seed(made);
      await addUser(made, "before");
    };
    const after = async (made: LabCluster) => {
      changing = Date.now();
      await change(made);
      await addUser(made, "after");
    };
    ({ rollback } = await scene.prepare({ before, after }));
    uid = await kubectl(cluster, ["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
    const rolled = await rollback.roll(["plan"], console.log);
    expect(rolled.record.plan).toBeDefined();
    plan = rolled.record.plan as RollbackPlan;
  });
  afterAll(async () => {
    if (!cluster) return;
    await forgetSeeds(cluster);
    await ssh(cluster, "node1", `rm -f ${SNAPSHOT_FOLDER}/${WRONG_NAME}`);
  });

  test("tells which of 1000 objects of Kubernetes and Rancher were created, changed, deleted and made again since: none is missed, none is invented", () => {
    const seeded = [...seededChanges(), "created users: after"];
    expect(seeded.length).toBeGreaterThan(1000);
    const { exact } = plan.lost;
    if (!exact || "unknown" in exact) throw new Error(`the snapshot was not opened: ${exact?.unknown}`);
    expect(exact.lineage).toBe("same");
    console.log("other kinds, to be looked at:", JSON.stringify(otherKinds(exact)));
    console.log("ignored:", JSON.stringify(exact.ignored));
    const found = foundChanges(exact);
    const missed = seeded.filter((one) => !found.includes(one));
    const invented = found.filter((one) => !seeded.includes(one));
    expect({ missed, invented }).toEqual({ missed: [], invented: [] });
    expect(found.length).toBe(seeded.length);
    const writtenAgain = exact.ignored.find(({ id }) => id === "written-again");
    expect(writtenAgain?.keys).toBeGreaterThanOrEqual(TOUCHED);
  });

  test("knows when it was taken, of which cluster, and what it holds", () => {
    expect(plan.snapshot.holds).toMatchObject({
      clusterUid: uid,
      kubernetes: "v1.20.15",
      rancher: PRIOR,
      rancherImage: expect.stringContaining(PRIOR),
    });
    const takenAt = Date.parse(plan.snapshot.holds?.takenAt ?? "");
    expect(takenAt).toBeGreaterThan(seeding);
    expect(takenAt).toBeLessThanOrEqual(changing);
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
});
