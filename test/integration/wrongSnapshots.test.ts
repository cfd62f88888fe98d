import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shellWord } from "../../cluster/shell.ts";
import { SNAPSHOT_FOLDER } from "../../cluster/snapshot/proof.ts";
import { kubectl, type LabCluster, ssh } from "../../lab/cluster/cluster.ts";
import type { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { answerOf, etcdCreated, Scene } from "./support.ts";

const NAME = "wrong";
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
describe("a wrong snapshot", () => {
  const scene = new Scene("wrong");
  let cluster: LabCluster;
  let rollback: CommandLine;
  let uid: string;
  let before: string[];

  beforeAll(async () => {
    ({ cluster, rollback } = await scene.prepare());
    uid = await kubectl(cluster, ["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"]);
    before = await etcdCreated(cluster);
  });
  afterAll(async () => {
    if (cluster) await ssh(cluster, "node1", `rm -f ${SNAPSHOT_FOLDER}/${NAME}`);
  });

  test.for(WRONG)("is found out by opening it, and etcd itself is left alone: %s", async ([wrong, reason]) => {
    const given = `wrong=${shellWord(wrong)} uid=${shellWord(uid)} to=${SNAPSHOT_FOLDER}/${NAME}`;
    const made = await ssh(cluster, "node1", `${given} bash -c ${shellWord(MAKE)}`);
    expect(made).toMatchObject({ code: 0 });
    const result = await rollback.type(["prove", NAME, "--json"]);
    const { proven, checks } = answerOf(result, "prove");
    const messages = checks.flatMap(({ problems }) => problems.map(({ message }) => message));
    console.log(`${wrong}: ${messages.join("; ")}`);
    expect([proven, result.code]).toEqual([false, 1]);
    expect(messages.join("\n")).toMatch(reason);
    expect(await etcdCreated(cluster)).toEqual(before);
    const left = "docker ps -aq --filter label=rancher-rollback-opened; ls -d /opt/rke/rancher-rollback/opened-*";
    expect((await ssh(cluster, "node1", left)).stdout).toBe("");
  });
});
