import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeProblems, parseReadiness, readyScript } from "../../../cluster/machine/readiness.ts";
import type { NodeNeeds } from "../../../cluster/machine/userData.ts";
import { PROVISIONING } from "../../../cluster/machine/userData.ts";
import { SNAPSHOT_FOLDER } from "../../../cluster/snapshot/proof.ts";
import { textFile } from "../../support/folder.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const NEEDS: NodeNeeds = { user: "ubuntu", kubernetesVersion: "v1.20.15-rancher2-2", s3cmd: true };

/** What a machine with these programs lacks, by the real script in a real shell. */
function lacks(prepare: (node: SnapshotNode) => void, needs: Partial<Parameters<typeof nodeProblems>[1]> = {}) {
  const node = new SnapshotNode();
  prepare(node);
  const script = readyScript({})
    .replaceAll(SNAPSHOT_FOLDER, join(node.root, "opt/rke/etcd-snapshots"))
    .replaceAll(PROVISIONING, join(node.root, "provisioning"));
  const found = parseReadiness(node.printed(script));
  return { found, problems: nodeProblems(found, { ...NEEDS, anyDocker: false, ...needs }) };
}

const docker = (version: string) => (node: SnapshotNode) => {
  node.program("s3cmd", "exit 0");
  node.program("docker", `[ "$*" = "version --format {{.Server.Version}}" ] && echo ${version}`);
};
const dockerSays = (said: string) => (node: SnapshotNode) => {
  docker("0")(node);
  node.program("docker", `echo '${said}' >&2; exit 1`);
};

describe("a machine that is to become a node", () => {
  test("lacks nothing when Docker is one that RKE supports, and then has the snapshot folder", () => {
    const ready = lacks(docker("20.10.24+dfsg1"));
    expect(ready.problems).toEqual([]);
    expect(ready.found).toMatchObject({ docker: "20.10.24+dfsg1", folder: true, s3cmd: true });
  });

  test("lacks Docker and s3cmd, each with the command that installs it", () => {
    expect(lacks(() => {}).problems).toEqual([
      {
        message: "Docker is not installed",
        remedy: "on the node, install Docker 20.10, for example: apt-get install docker.io",
      },
      { message: "s3cmd is not installed", remedy: "on the node: apt-get install s3cmd" },
    ]);
  });

  test("needs s3cmd only for S3", () => {
    expect(lacks(() => {}, { s3cmd: false }).problems.length).toBe(1);
  });

  test("has a user who is not in the docker group", () => {
    const said = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
    expect(lacks(dockerSays(said)).problems).toEqual([
      { message: "ubuntu is not in the docker group", remedy: "on the node, as root: usermod -aG docker ubuntu" },
    ]);
  });

  test("has a Docker that does not answer", () => {
    expect(lacks(dockerSays("Cannot connect to the Docker daemon. Is the docker daemon running?")).problems).toEqual([
      {
        message: "Docker does not answer: Cannot connect to the Docker daemon. Is the docker daemon running?",
        remedy: "on the node, as root: systemctl enable --now docker",
      },
    ]);
  });

  test.each([
    ["28.2.2", "v1.20.15-rancher2-2", "too new"],
    ["23.0.1", "v1.20.15-rancher2-2", "too new"],
    ["28.0.0", "v1.32.2-rancher1-1", "too new"],
    ["1.12.6", "v1.20.15-rancher2-2", "not supported"],
    ["nonsense", "v1.20.15-rancher2-2", "not supported"],
  ])("has Docker %s, which RKE does not support for Kubernetes %s", (version, kubernetesVersion, word) => {
    const [{ message = "", remedy = "" } = {}, ...others] = lacks(docker(version), { kubernetesVersion }).problems;
    expect(others).toEqual([]);
    expect(message).toContain(`Docker ${version} is`);
    expect(message).toContain(word);
    expect(remedy).toMatch(/then install Docker \d/);
  });

  test("has a Docker that RKE does not support and goes on with all the same", () => {
    expect(lacks(docker("28.2.2"), { anyDocker: true }).problems).toEqual([]);
    expect(lacks(() => {}, { anyDocker: true }).problems[0]?.message).toBe("Docker is not installed");
  });

  test("has a user who may not make the folder", () => {
    const { problems: found } = lacks((node) => {
      docker("20.10.24")(node);
      textFile(join(node.root, "opt/rke"), "a file in the way");
    });
    expect(found).toEqual([
      {
        message: "/opt/rke/etcd-snapshots can be neither made nor written by ubuntu",
        remedy: "on the node, as root: install -d -o ubuntu /opt/rke/etcd-snapshots",
      },
    ]);
  });

  test("tells how far its user data is", () => {
    const provisioning = (line: string) =>
      lacks((node) => void textFile(join(node.root, "provisioning"), `${line}\n`)).found.provisioning;
    expect(["running", "done", "value user ubuntu"].map(provisioning)).toEqual(["running", "done", "running"]);
    expect(["value user a b\nfailed no-user", "failed docker-silent", "failed no room"].map(provisioning)).toEqual([
      { failed: "there is no user a b on this image" },
      { failed: "Docker is installed but does not answer" },
      { failed: "no room" },
    ]);
  });
});
