import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseState, stateScript } from "../../../cluster/preflight/checks.ts";
import { roomFailures, roomIn } from "../../../cluster/preflight/room.ts";
import { someNode } from "../../support/settings.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

test("a node says what Docker it has, what RKE left over, and what room there is", async () => {
  const node = new SnapshotNode([..."sh dd df du tr".split(" ")]);
  node.program(
    "docker",
    `case $1 in version) echo 20.10.24+dfsg1 ;; ps) printf 'container %s\\n' 'etcd Up 3 days' 'etcd-restore Up 1 second' 'rancher-rollback-4711 Up 1 second' 'kube-cleaner Exited (0) 2 days ago' ;; esac`,
  );
  const found = parseState((await node.run(stateScript(someNode(1)))).stdout);
  expect(found.docker).toBe("20.10.24+dfsg1");
  expect(found.helpers).toEqual([
    { name: "etcd-restore", running: true },
    { name: "kube-cleaner", running: false },
  ]);
  expect(found.places.etcd.free).toBeGreaterThan(0);
  expect(found.places.snapshots.free).toBeGreaterThan(0);
});

test("a node without room names folders that df knows, also where the restore's are not there yet", async () => {
  const node = new SnapshotNode([..."sh dd du tr".split(" ")]);
  node.program(
    "docker",
    `case $* in version*) echo 20.10.24 ;; *Mounts*etcd) echo "/var/lib/rancher/etcd $here/data/etcd" ;; esac`,
  );
  node.program("df", "echo Filesystem; echo disk 2000000 1000000 1000 50% /");
  rmSync(node.snapshots, { recursive: true });
  const { places } = parseState((await node.run(stateScript(someNode(1)))).stdout);
  expect(places.etcd).toMatchObject({ folder: `${node.root}/data/etcd`, fileSystem: "disk", seen: node.root });
  expect(places.snapshots).toMatchObject({ fileSystem: "disk", seen: node.root });
  const found = roomFailures("node2", places, { file: "base", unpacked: 20e6 }, undefined);
  expect(found.map(({ remedy }) => remedy)).toEqual([
    expect.stringMatching(`^make room on node2: df -h ${node.root}( |$)`),
  ]);
});

describe("where etcd's data lie on a node", () => {
  const TOOLS = [..."sh dd du tr".split(" ")];

  async function etcdFolderOf(docker: string, prefixPath?: string) {
    const node = new SnapshotNode(TOOLS);
    mkdirSync(join(node.root, "etcd"));
    writeFileSync(join(node.root, "etcd/db"), Buffer.alloc(300_000, 1));
    node.program("docker", `case $* in version*) echo 20.10.24 ;; ${docker} esac`);
    // The disk's own is other at each look, as others write to it.
    node.program("df", "echo Filesystem; echo disk 2000000 1000000 1000000 50% /");
    const asked = { ...someNode(1), ...(prefixPath !== undefined && { prefixPath }) };
    const { etcd, snapshots } = parseState((await node.run(stateScript(asked))).stdout).places;
    return { etcdFolder: etcd.folder.replace(node.root, "ROOT"), etcd, snapshots };
  }
  const MOUNT = `*Mounts*etcd) echo "/etc/kubernetes /elsewhere"; echo "/var/lib/rancher/etcd $here/etcd" ;;`;
  const system = (name: string) => `*Mounts*) exit 1 ;; info*) echo '${name}' ;;`;

  test("is known by the mount of its container, whatever the cluster file says", async () => {
    const { etcdFolder, etcd, snapshots } = await etcdFolderOf(MOUNT, "/data");
    expect(etcdFolder).toBe("ROOT/etcd");
    // The data that the wipe frees count as room.
    expect(roomIn(etcd) - snapshots.free).toBeGreaterThan(200);
  });

  test.each([
    ["/data/rke/", "Flatcar Container Linux by Kinvolk 3374.2.0 (Oklo)", "/data/rke/var/lib/etcd"],
    ["/", "Flatcar Container Linux by Kinvolk 3374.2.0 (Oklo)", "/opt/rke/var/lib/etcd"],
    [undefined, "Container Linux by CoreOS 2079.4.0 (Rhyolite)", "/opt/rke/var/lib/etcd"],
    [undefined, "RancherOS v1.5.8", "/opt/rke/var/lib/etcd"],
    [undefined, "Boot2Docker 19.03.12 (TCL 10.1)", "/mnt/sda1/rke/var/lib/etcd"],
    [undefined, "Ubuntu 20.04.6 LTS", "/var/lib/etcd"],
  ])("is where RKE would put them on a new one: prefix_path %s, %s", async (prefixPath, name, folder) => {
    const { etcdFolder } = await etcdFolderOf(system(name), prefixPath);
    expect(etcdFolder.replace("ROOT", "/opt/rke")).toBe(folder);
  });
});

test("a node says what an old RKE has left, and whether it has the cluster's certificates", async () => {
  const node = new SnapshotNode([..."sh dd df du tr".split(" ")]);
  node.program("docker", "echo 20.10.24");
  const read = async () => parseState((await node.run(stateScript(someNode(1)))).stdout);
  expect(await read()).toMatchObject({ restoreFolder: false, certificateBundle: false });
  mkdirSync(join(node.root, "etcd-snapshots-restore"));
  node.put("pki.bundle.tar.gz", "certificates");
  expect(await read()).toMatchObject({ restoreFolder: true, certificateBundle: true });
});

test("a node whose Docker does not answer says so", async () => {
  const node = new SnapshotNode([..."sh dd df du tr".split(" ")]);
  node.program("docker", `echo 'Cannot connect to the Docker daemon' >&2; exit 1`);
  const found = parseState((await node.run(stateScript(someNode(1)))).stdout);
  expect(found).toMatchObject({ dockerSaid: "Cannot connect to the Docker daemon", helpers: [] });
  expect(found.docker).toBeUndefined();
});
