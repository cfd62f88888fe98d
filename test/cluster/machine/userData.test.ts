import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseReadiness } from "../../../cluster/machine/readiness.ts";
import { type NodeNeeds, PROVISIONING, userData } from "../../../cluster/machine/userData.ts";
import { SNAPSHOT_FOLDER } from "../../../cluster/snapshot/proof.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const ARGS: NodeNeeds = { user: "ubuntu", kubernetesVersion: "v1.20.15-rancher2-2", s3cmd: true };
const MADISON = ["28.2.2-0ubuntu1~22.04.1", "20.10.12-0ubuntu4", "19.03.8-0ubuntu1"];

/** A bare machine with a package manager; `docker` comes with its package, in the version that is chosen. */
function machine({ manager = "apt-get", madison = MADISON, comes = "25.0.3", fails = "" } = {}): SnapshotNode {
  const node = new SnapshotNode("sh dd tr head tail cat mkdir sleep id chmod touch".split(" "));
  const docker = `printf '#!/bin/sh\\n[ -e ${node.root}/started ] || exit 1\\ncat ${node.root}/version\\n' >"$here/bin/docker"; chmod 755 "$here/bin/docker"`;
  node.program(
    manager,
    `for word; do
  case $word in
    ${fails || "nothing"}*) echo "no such package" >&2; exit 100 ;;
    docker.io=*) echo "\${word#*=}" >"$here/version"; ${docker} ;;
    docker) echo ${comes} >"$here/version"; ${docker} ;;
  esac
done`,
  );
  node.program(
    "apt-cache",
    `printf 'docker.io | %s | a mirror\\n' ${madison.map((version) => `'${version}'`).join(" ")}`,
  );
  node.program("systemctl", `touch "$here/started"`);
  node.program("usermod", "");
  node.program("id", `case $1 in ubuntu) echo 1000 ;; *) exit 1 ;; esac`);
  return node;
}

function setUp(node: SnapshotNode, over: Partial<NodeNeeds> = {}) {
  const [status, folder] = [join(node.root, "var/provisioning"), join(node.root, "opt/rke/etcd-snapshots")];
  const script = userData({ ...ARGS, ...over })
    .replaceAll(PROVISIONING, status)
    .replaceAll(SNAPSHOT_FOLDER, folder)
    .replace("pause=15\n", "pause=0\n");
  const { status: code } = spawnSync("/bin/sh", ["-s"], { input: script, env: { PATH: node.bin } });
  return { code, said: readFileSync(status, "utf8").trim(), folder: existsSync(folder), argv: node.argv };
}

describe("user data", () => {
  test("makes a node: the newest Docker that RKE supports, the group, the folder, s3cmd", () => {
    const { code, said, folder, argv } = setUp(machine());
    expect([code, said, folder]).toEqual([0, "done", true]);
    expect(argv.filter((line) => !line.startsWith("id"))).toEqual([
      "apt-get -o DPkg::Lock::Timeout=300 update",
      "apt-cache madison docker.io",
      "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends docker.io=20.10.12-0ubuntu4",
      "systemctl enable --now docker",
      "usermod -aG docker ubuntu",
      "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends s3cmd",
    ]);
  });

  test("leaves s3cmd out where it is not needed, and may run twice", () => {
    const node = machine();
    expect(setUp(node, { s3cmd: false }).argv.join("\n")).not.toContain("s3cmd");
    expect(setUp(node, { s3cmd: false }).said).toBe("done");
    expect(node.argv.filter((line) => line.includes("docker.io="))).toHaveLength(1);
  });

  test("asks again for the list of packages: the network of a new machine may not be up yet", () => {
    const node = machine();
    node.program(
      "apt-get",
      `case $* in *update) [ -e "$here/again" ] || { : >"$here/again"; exit 100; } ;; *) exit 1 ;; esac`,
    );
    const { said, argv } = setUp(node);
    expect(argv.filter((line) => line.endsWith(" update"))).toHaveLength(2);
    expect(said).not.toContain("update");
  });

  test.each(["dnf", "yum"])("works with %s where RKE supports its Docker", (manager) => {
    const { said, argv } = setUp(machine({ manager }), { kubernetesVersion: "v1.28.15-rancher1-1" });
    expect(said).toBe("done");
    expect(argv).toContain(`${manager} install -y docker`);
  });

  test.each([
    [
      "RKE supports no Docker package",
      machine({ madison: ["28.2.2-0ubuntu1"] }),
      {},
      "this image has no docker.io that RKE supports for Kubernetes v1.20.15",
    ],
    ["RKE does not support the Docker there", machine({ manager: "dnf" }), {}, "RKE does not support Docker 25.0.3"],
    [
      "a package fails",
      machine({ fails: "s3cmd" }),
      {},
      "apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends s3cmd ended with exit code 100",
    ],
    ["the user is not there", machine(), { user: "nobody-here" }, "there is no user nobody-here on this image"],
    ["it knows no package manager", machine({ manager: "zypper" }), {}, "there is neither apt-get nor dnf nor yum"],
  ])("fails with the reason where %s", (_, node, over, word) => {
    const { code, said } = setUp(node, over);
    expect(code).toBe(1);
    const { provisioning } = parseReadiness(said.replaceAll(/^/gm, "provisioning "));
    expect(provisioning).toEqual({ failed: expect.stringContaining(word) });
  });

  test("takes whatever stands in the user's name for a name", () => {
    const node = machine();
    node.program("id", "exit 0");
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z '"`$();&|<>~#!\\-]{1,16}$/), (user) => {
        const { code, argv } = setUp(node, { user });
        expect(code).toBe(0);
        expect(argv).toContain(`usermod -aG docker ${user}`);
      }),
      { numRuns: 10 },
    );
  });
});
