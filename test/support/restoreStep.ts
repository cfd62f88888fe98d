import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { besideClusterFile } from "../../cluster/clusterFile/clusterFile.ts";
import type { StepInput } from "../../steps/contract.ts";
import { restore } from "../../steps/restore.ts";
import { fakeRke } from "./fakeRke.ts";
import { textFile } from "./folder.ts";
import { CATTLE } from "./rancher.ts";
import { RKE } from "./settings.ts";
import { sha256, snapshotBytes } from "./snapshot.ts";
import { reach, SnapshotNode } from "./snapshotNode.ts";
import { stepTools } from "./steps.ts";
import { ago } from "./time.ts";

const TOOLS =
  "sh dd wc tr od tail head tee cat cp mv rm mkdir date sha256sum df du gzip sync sleep ls dirname touch ln stat chown chmod rmdir base64 sed".split(
    " ",
  );
/** The snapshot `base`, as it is on every node. */
export const SNAPSHOT = snapshotBytes(100);
export const HOSTS = ["node1", "node2", "node3"];
/** The lock's that is on every node. */
export const LOCK_ID = "aaaaaaaa";
/** A restore by a fake RKE that goes well. */
export const WHOLE = "wiping; restored";
/** The `docker` of every node. */
export const DOCKER = `case $* in
  version*) echo 20.10.24 ;;
  *Mounts*) echo "/var/lib/rancher/etcd $here/etcd" ;;
  *'endpoint status'*) echo '[{"Status":{"header":{"revision":7}}}]' ;;
  *'snapshot save '*) for to; do :; done; cat "$here/saved" >"$here/etcd/\${to##*/}" ;;
  *Config.Image*) exit 1 ;;
  *State.Running*' kubelet') if [ -e "$here/quiet" ]; then echo false; else echo true; fi ;;
  stop*' kubelet') : >"$here/quiet" ;;
  'start kubelet') rm "$here/quiet" ;;
esac`;

/** Whether kubelet is stopped on a node. */
export const isQuiet = ({ root }: SnapshotNode) => existsSync(join(root, "quiet"));

/** The file of a node's lock. */
export const lockOf = (node: SnapshotNode | undefined) => join(node?.root ?? "", "rancher-rollback/lock");

/** The restore of the snapshot `base` by a fake RKE, on three etcd hosts that are locked and hold it. */
export function restoreStep(
  script: string,
  over: Partial<StepInput<"restore">> = {},
  { stack = "prod", unreachable = [] as number[] } = {},
) {
  const fake = fakeRke(`touch ran; ${script}`);
  // With it the step would wait for an API server after the restore (test/steps/restore/rejoin.test.ts has one).
  rmSync(besideClusterFile(fake.clusterFile).kubeconfig);
  const nodes = HOSTS.map(() => {
    const node = new SnapshotNode(TOOLS);
    node.program("docker", DOCKER);
    node.put("base", SNAPSHOT);
    mkdirSync(join(node.root, "etcd/member/snap"), { recursive: true });
    writeFileSync(join(node.root, "etcd/member/snap/db"), Buffer.alloc(8192));
    node.put("saved", snapshotBytes(50), node.root);
    textFile(lockOf(node), JSON.stringify({ id: LOCK_ID }));
    return node;
  });
  const addressed = nodes.map((node, at) => [`10.0.0.${at + 1}`, node] as const);
  reach(Object.fromEntries(addressed.filter((_, at) => !unreachable.includes(at + 1))));
  const input: StepInput<"restore"> = {
    snapshot: "base",
    run: 1,
    rke: fake.rke,
    silenceSeconds: 60,
    rancher: CATTLE,
    lock: { id: LOCK_ID, hosts: HOSTS, taken: [] },
    preflight: { snapshot: "base", rkeVersion: RKE, timeoutSeconds: 60 },
    proven: proof(1),
    ...{ restoreWith: "rke", keepOldDataDays: 7, replaced: [] },
    safetyCopy: { hosts: HOSTS, rancher: CATTLE, rkeVersion: RKE, timeoutSeconds: 60 },
    saved: copy(1),
    ...over,
  };
  const tools = stepTools(fake.clusterFile, { stack });
  return {
    ...fake,
    nodes,
    tools,
    input,
    run: () => restore(input, tools),
    /** The same step once more, asked for something else. */
    again: (other: Partial<StepInput<"restore">>) => restore({ ...input, ...other }, tools),
    /** Whether RKE was started. */
    ran: () => existsSync(join(fake.folder, "ran")),
  };
}

/** What the pre-flight checks have proved some seconds ago. */
export function proof(seconds: number, content = SNAPSHOT): StepInput<"restore">["proven"] {
  const file = { file: "base", bytes: content.length, sha256: sha256(content) };
  return { nodes: HOSTS.map((node) => ({ node, ...file })), finishedAt: ago(seconds) };
}

/** A safety copy that was saved some seconds ago. */
export function copy(seconds: number) {
  const kept = { folder: "/clusters/.rancher-rollback/safety/safety-1", rancherImage: "rancher/rancher:v2.5.9" };
  return {
    ...{ name: "safety-1", kind: "live" as const, nodes: HOSTS, bytes: 1, sha256: "5a", state: true, ...kept },
    finishedAt: ago(seconds),
  };
}
