import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { SNAPSHOT_FOLDER as FOLDER } from "../../cluster/snapshot/proof.ts";
import { type LabCluster, onEveryNode, ssh } from "../../lab/cluster/cluster.ts";
import type { RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { etcdCreated, failure, marks, Scene } from "./support.ts";

describe("nothing is destroyed on faith", () => {
  const scene = new Scene("proof");
  const { snapshot } = scene;
  let cluster: LabCluster;
  let stack: RollbackStack;
  let before: string[];

  beforeAll(async () => {
    ({ cluster, stack } = await scene.prepare());
    before = await etcdCreated(cluster);
    await onEveryNode(cluster, `cp -p ${FOLDER}/${snapshot}.zip /root/kept.zip`);
  });
  afterEach(async () => {
    await onEveryNode(
      cluster,
      `umount ${FOLDER} 2>/dev/null; rm -f ${FOLDER}/${snapshot}*; cp -p /root/kept.zip ${FOLDER}/${snapshot}.zip`,
    );
  });

  const zip = `${FOLDER}/${snapshot}.zip`;
  const spoilt: [what: string, spoil: string, reason: RegExp][] = [
    ["missing on one node", `rm ${zip}`, /node2 \(198\.18\.0\.12\): there is no proof-/],
    [
      "overwritten in its middle",
      `dd if=/dev/urandom of=${zip} bs=512 count=1 seek=200 conv=notrunc`,
      /node2 \(198\.18\.0\.12\): .*is (damaged|cut short)/,
    ],
    [
      "another one than on the other nodes",
      `docker exec etcd etcdctl snapshot save /var/lib/rancher/etcd/other && rm ${zip} && mv /var/lib/etcd/other ${FOLDER}/${snapshot} && touch -d '2 days ago' ${FOLDER}/${snapshot}`,
      /the nodes hold different snapshots of this name: .* against node2 \(saved /,
    ],
    [
      "on a disk that is full",
      `mount -t tmpfs -o size=32m none ${FOLDER} && cp /root/kept.zip ${zip}`,
      /node2: RKE's restore needs \d+ MiB in \/opt\/rke\/etcd-snapshots, there are \d+ MiB free/,
    ],
  ];

  test.for(spoilt)(
    "with a snapshot that is %s, up stops before the wipe, and the cluster is as it was",
    async ([, spoil, reason]) => {
      expect((await on("node2", spoil)).code).toBe(0);
      const files = await filesOn("node2");
      const message = await failure(stack.up(console.log));
      expect(message).toMatch(reason);
      expect(message).toContain("not reached; nothing was wiped");
      expect(await etcdCreated(cluster)).toEqual(before);
      expect(await marks(cluster)).toEqual(["after", "before"]);
      expect(await filesOn("node2")).toBe(files);
    },
  );

  test("with no room on the disk of one node's etcd, up stops before the wipe, and the cluster is as it was", async () => {
    // As when it runs on a disk of its own: what etcd has fits, what RKE would put there does not.
    const moved = (onto: string) => `set -e
docker stop etcd; cp -a --sparse=always /var/lib/etcd /root/etcd; ${onto}
cp -a --sparse=always /root/etcd/. /var/lib/etcd/; docker start etcd; rm -r /root/etcd`;
    expect((await on("node2", moved("mount -t tmpfs -o size=100m none /var/lib/etcd"))).code).toBe(0);
    try {
      const message = await failure(stack.up(console.log));
      expect(message).toMatch(
        /node2: RKE's restore needs \d+ MiB in \/var\/lib\/etcd, there are \d+ MiB free, and \d+ MiB/,
      );
      expect(message).toContain("not reached; nothing was wiped");
      expect(await etcdCreated(cluster)).toEqual(before);
      expect(await marks(cluster)).toEqual(["after", "before"]);
    } finally {
      expect((await on("node2", moved("umount /var/lib/etcd; rm -r /var/lib/etcd/*"))).code).toBe(0);
    }
  });

  test("what an earlier RKE left over does not stop the restore, and without any etcd that answers the way back is a cold copy", async () => {
    await on("node1", "docker create --name etcd-checksum-checker rancher/rke-tools:v0.1.111");
    await onEveryNode(cluster, "docker stop etcd");
    const lines: string[] = [];
    const { outputs } = await stack.up((line) => {
      lines.push(line);
      console.log(line);
    });
    expect(lines.join("\n")).toContain(
      "node1: removed containers that an earlier RKE left behind: etcd-checksum-checker",
    );
    expect(await marks(cluster)).toEqual(["before"]);
    expect(outputs.rollback?.value).toMatchObject({ safetyCopy: { kind: "cold" } });
    const name: string = outputs.rollback?.value.safetyCopy.name;
    // Without its header the first member of a zip is what gzip writes, and gzip only misses the end that it expects.
    const start = 31 + `/backup/${name}`.length;
    const header = String.raw`printf '\037\213\010\000\000\000\000\000\000\003'`;
    const unpacked = `/root/${name}`;
    await on("node1", `{ ${header}; tail -c +${start} ${FOLDER}/${name}.zip; } | gzip -dc 2>/dev/null >${unpacked}`);
    // It holds what the cluster was: a restore of it beside etcd has the mark that came after the snapshot.
    const found = await on(
      "node1",
      `docker run --rm --network none -v /root:/copies:ro --entrypoint sh "$(docker inspect --format '{{.Config.Image}}' etcd)" -c 'export ETCDCTL_API=3; etcdctl snapshot restore /copies/${name} --data-dir /tmp/d >/dev/null 2>&1 && grep -rac mark-after /tmp/d/member/snap/db'`,
    );
    expect(Number(found.stdout)).toBeGreaterThan(0);
  });

  async function on(node: string, command: string) {
    return await ssh(cluster, node, command);
  }

  async function filesOn(node: string): Promise<string> {
    return (await on(node, `cd ${FOLDER} && sha256sum *`)).stdout;
  }
});
