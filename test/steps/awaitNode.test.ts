import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { awaitNode } from "../../steps/awaitNode.ts";
import { clusterFileIn, clusterNode } from "../support/clusterFile.ts";
import { textFile } from "../support/folder.ts";
import { RKE } from "../support/settings.ts";
import { sshIs } from "../support/sshIs.ts";
import { failureOf, stepTools } from "../support/steps.ts";

const READY = "docker-installed yes\ndocker 20.10.24\ns3cmd yes\nfolder yes\n";
const BARE = "docker-installed no\ndocker-said sh: docker: not found\ns3cmd yes\nfolder yes\n";

/** A machine that gives these answers one after the other, and the last one for ever. */
function step(
  answers: string[],
  { setsItselfUp = false, timeoutSeconds = 60, file = CLUSTER_FILE, ca = "", rkeVersion = RKE, ...over } = {},
) {
  const ways = answers.map((answer, at) => `${at === answers.length - 1 ? "*" : at}) ${answer} ;;`);
  const folder = sshIs(
    `cd "\${0%/*}"; count=$(ls | grep -c '^asked'); : >asked$count; cat >/dev/null; case $count in ${ways.join("\n")} esac`,
  );
  const input = {
    node: clusterNode({ name: "node4", address: "10.0.0.4" }),
    kubernetesVersion: "v1.20.15-rancher2-2",
    rkeVersion,
    s3cmd: true,
    setsItselfUp,
    timeoutSeconds,
    ...over,
  };
  const state = { desiredState: { certificatesBundle: { "kube-ca": { certificatePEM: ca } } } };
  textFile(join(folder, "rancher-cluster.rkestate"), JSON.stringify(state));
  const tools = stepTools(clusterFileIn(folder, file));
  return { folder, said: tools.said, notices: tools.notices, run: () => awaitNode(input, tools) };
}

const prints = (text: string) => `printf '${text.replaceAll("\n", "\\n")}'`;
const REFUSED = "echo 'connect to host 10.0.0.4: Connection refused' >&2; exit 255";
const CLUSTER_FILE = `nodes:
  - {address: 10.0.0.1, user: rancher, role: [controlplane, etcd, worker]}
`;
const UNKNOWN = "echo 'Host key verification failed.' >&2; exit 255";

describe("waiting for a node", () => {
  test("does not take a new machine for ready before its user data has begun", async () => {
    const { run } = step([prints(READY)], { setsItselfUp: true, timeoutSeconds: 2 });
    expect(await failureOf(run())).toMatchObject({ waitedSeconds: 2, happened: ["its user data has not begun"] });
  });

  test("waits for a new machine's user data to its end", async () => {
    const { said, run } = step(
      [
        REFUSED,
        REFUSED,
        prints(`${BARE}provisioning running\n`),
        prints(`${READY}provisioning running\n`),
        prints(`${READY}provisioning done\n`),
      ],
      { setsItselfUp: true },
    );
    expect(await run()).toEqual({ node: "node4", address: "10.0.0.4", docker: "20.10.24" });
    expect(said).toEqual([
      "waiting for node4: node4 (10.0.0.4): cannot be reached over SSH: connect to host 10.0.0.4: Connection refused",
      "waiting for node4: Docker is not installed; its user data is running",
      "waiting for node4: its user data is running",
    ]);
  });

  test("ends at once when its user data has failed, with what that said", async () => {
    const { run } = step([prints(`${BARE}provisioning failed no docker.io that RKE supports\n`)], {
      setsItselfUp: true,
    });
    expect((await failureOf(run())).happened).toEqual([
      "its user data failed: no docker.io that RKE supports",
      "Docker is not installed",
    ]);
  });

  test("takes a machine whose user data failed for ready once somebody has put right what it lacked", async () => {
    const { run, notices } = step([prints(`${READY}provisioning failed apt-get update ended with an error\n`)], {
      setsItselfUp: true,
    });
    expect(await run()).toMatchObject({ node: "node4" });
    expect(notices).toEqual([
      {
        message: "node4: its user data failed, and it lacks nothing any more: apt-get update ended with an error",
        remedy: "on the node: tail /var/log/cloud-init-output.log",
      },
    ]);
  });

  test("says how an instance whose settings were wrong gives way to another one", async () => {
    const instance = { id: "i-0ab1", urn: "urn:pulumi:prod::p::aws:ec2/instance:Instance::node4" };
    const { run } = step([prints(`${BARE}provisioning failed there is no user rancher on this image\n`)], {
      ...{ setsItselfUp: true, instance },
    });
    expect((await failureOf(run())).remedies).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ pulumi: `state delete ${instance.urn} --force` }),
        expect.stringContaining("aws ec2 terminate-instances --instance-ids i-0ab1"),
      ]),
    );
  });

  test.each([
    [
      "serves kubelet\nserves etcd\n",
      "is a node of another cluster: kubelet, etcd runs on it",
      "docker rm -f kubelet etcd",
    ],
    ["serves kubelet\nca OTHER\n", "is a node of another cluster", "docker rm -f kubelet"],
    [
      "member /var/lib/etcd\n",
      "has the etcd data of another cluster in /var/lib/etcd",
      "mv /var/lib/etcd /var/lib/etcd.old",
    ],
    ["lock {}\n", "is locked by a rollback of another cluster", "rm /opt/rke/rancher-rollback/lock"],
  ])("refuses at once an existing machine that serves another cluster: %j", async (found, message, command) => {
    const { folder, run } = step([prints(`${READY}${found}`)], { ca: "OURS" });
    const { happened, remedies } = await failureOf(run());
    expect(happened).toEqual([expect.stringContaining(message)]);
    expect(remedies).toEqual([expect.stringContaining(command)]);
    expect(existsSync(join(folder, "asked1"))).toBe(false);
  });

  test.each([
    ["that the cluster file has already", { file: CLUSTER_FILE.replaceAll("10.0.0.1", "10.0.0.4") }, "OTHER"],
    ["of this cluster's CA", { ca: "-----BEGIN\nOURS\n" }, "-----BEGIN OURS "],
  ])("takes a machine %s as it is: an earlier run has made it a node", async (_, over, ca) => {
    const { run } = step([prints(`${READY}serves etcd\nmember /var/lib/etcd\nlock {}\nca ${ca}\n`)], over);
    expect(await run()).toMatchObject({ node: "node4" });
  });

  test("waits for an existing machine that is not up yet, and asks for nothing that it has", async () => {
    const { run } = step([REFUSED, prints(BARE), prints(READY)]);
    expect(await run()).toMatchObject({ docker: "20.10.24" });
  });

  test("gives an existing machine up that goes on lacking something, with the command that fixes it", async () => {
    const { folder, run } = step([prints(BARE)]);
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      step: "await-node",
      node: "node4",
      login: expect.stringMatching(/^\w+@10\.0\.0\.4$/),
      happened: ["Docker is not installed"],
      remedies: ["on the node, install Docker 20.10, for example: apt-get install docker.io"],
      pointOfNoReturn: { state: "not-reached" },
    });
    expect([existsSync(join(folder, "asked4")), existsSync(join(folder, "asked5"))]).toEqual([true, false]);
  });

  test("takes a machine with a Docker that RKE only warns of, and says so", async () => {
    const file = `ignore_docker_version: true\n${CLUSTER_FILE}`;
    const [newer, rkeVersion] = [READY.replace("20.10.24", "24.0.7"), { major: 1, minor: 1, patch: 2, text: "v1.1.2" }];
    const { run, notices } = step([prints(newer)], { file, rkeVersion });
    expect(await run()).toMatchObject({ docker: "24.0.7" });
    expect(notices.map(({ message }) => message)).toEqual([
      expect.stringContaining(
        "node4: RKE does not support Docker 24.0.7 for Kubernetes v1.20.15-rancher2-2; it goes on",
      ),
    ]);
    const later = step([prints(newer)], { file });
    expect((await failureOf(later.run())).happened).toEqual([expect.stringContaining("Docker 24.0.7 is too new")]);
  });

  test("takes a machine whose Docker fits the Kubernetes that the cluster file names", async () => {
    const newer = prints(READY.replace("20.10.24", "24.0.7"));
    const { run } = step([newer], { file: `kubernetes_version: v1.28.15-rancher1-1\n${CLUSTER_FILE}` });
    expect(await run()).toMatchObject({ docker: "24.0.7" });
  });

  test("ends at once at a host key that is not known", async () => {
    const { folder, run } = step([UNKNOWN]);
    expect((await failureOf(run())).happened[0]).toContain("has a host key that is not known here");
    expect(existsSync(join(folder, "asked1"))).toBe(false);
  });

  test("ends after its time, with what it waited for", async () => {
    const { run } = step([REFUSED], { timeoutSeconds: 2 });
    expect(await failureOf(run())).toMatchObject({
      waitedSeconds: 2,
      happened: ["node4 (10.0.0.4): cannot be reached over SSH: connect to host 10.0.0.4: Connection refused"],
    });
  });
});
