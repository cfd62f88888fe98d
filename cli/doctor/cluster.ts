import { existsSync } from "node:fs";
import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { nodeText } from "../../cluster/clusterFile/node.ts";
import { existingNodes } from "../../cluster/clusterFile/replacement.ts";
import { readStateFile } from "../../cluster/clusterFile/stateFile.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { orError } from "../../cluster/kubernetes/unreadable.ts";
import type { Asked } from "../../cluster/node/about.ts";
import { clockSkew, isSkewed } from "../../cluster/node/about.ts";
import { ACCESS_SCRIPT, type Access, parseAccess } from "../../cluster/node/access.ts";
import { orUnreachable, ssh } from "../../cluster/node/ssh.ts";
import { type NodeState, parseState, stateScript } from "../../cluster/preflight/checks.ts";
import { roomIn } from "../../cluster/preflight/room.ts";
import { COPY_FROM_LAST_UP, seeRoom } from "../../cluster/problem.ts";
import { readAnswer } from "../../cluster/rancher/answer.ts";
import { answeringVersion } from "../../cluster/rancher/answeringVersion.ts";
import { readServerVersion } from "../../cluster/rancher/facts.ts";
import { answeringInWords, troubleProblem } from "../../cluster/rancher/problems.ts";
import { noRoomForState } from "../../cluster/stateFolder/room.ts";
import { mib } from "../../cluster/text.ts";
import { skewText } from "../../messages/warnings.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Finding, finding } from "../answers.ts";
import { apiFinding } from "./api.ts";

export async function clusterFindings(settings: Settings): Promise<Finding[]> {
  const asked = await Promise.all([
    ...existingNodes(settings).map((node) => nodeFindings(settings, node)),
    apiFinding(settings),
    rancherFinding(settings),
  ]);
  return [...fileFindings(settings), ...asked.flat()];
}

export function fileFindings({ cluster, rke }: Pick<Settings, "cluster" | "rke">): Finding[] {
  const room = noRoomForState(cluster.path);
  return [
    finding("rke", "ok", `${rke.version.text} (${rke.path})`),
    stateFileFinding(cluster.stateFile),
    room
      ? { check: "disk", level: "failure", ...room }
      : finding("disk", "ok", "this machine has room for logs and state"),
  ];
}

function stateFileFinding(path: string): Finding {
  const check = "rke-state-file";
  if (readStateFile(path) !== undefined) return finding(check, "ok", path);
  const remedy = COPY_FROM_LAST_UP;
  if (existsSync(path)) return finding(check, "failure", `${path} is not readable as RKE's state`, remedy);
  return finding(check, "warning", `${path} is not there: certificates come from the snapshot or the nodes`, remedy);
}

async function nodeFindings({ hostKeys }: Settings, node: ClusterNode): Promise<Finding[]> {
  const { name } = node;
  const run = async (script: string) => await ssh({ node, script, hostKeys, timeoutSeconds: 30 });
  const state = await orUnreachable(run(stateScript(node)).then(parseState));
  if ("unreachable" in state) return [{ check: "node", of: name, level: "failure", ...state.unreachable }];
  const from = Date.now();
  const access = await orUnreachable(run(ACCESS_SCRIPT).then(parseAccess));
  if ("unreachable" in access) return [{ check: "node", of: name, level: "failure", ...access.unreachable }];
  return [
    { ...accessFinding(node, state, access), of: name },
    { ...clockFinding(name, access, { from, to: Date.now() }), of: name },
    { ...roomFinding(name, state), of: name },
  ];
}

const AS_ROOT = { login: "logs in as root", sudo: "root via sudo", docker: "root via the docker group" };

export function accessFinding(node: ClusterNode, { docker, dockerSaid }: NodeState, { root }: Access): Finding {
  const { name, address } = node;
  if (docker === undefined) {
    const message = `${nodeText(node)}: Docker does not answer: ${dockerSaid}`;
    return finding("node", "failure", message, `look at Docker on ${name}`);
  }
  const facts = [`Docker ${docker}`, ...(root ? [AS_ROOT[root]] : []), ...(name === address ? [] : [address])];
  return finding("node", "ok", facts.join(", "));
}

export function clockFinding(name: string, { now }: Access, asked: Asked): Finding {
  const check = "clock";
  const skew = clockSkew(now, asked);
  if (!isSkewed(skew)) return finding(check, "ok", "agrees with this machine's");
  return finding(check, "warning", skewText(skew), `set the clocks of ${name} and of this machine by NTP`);
}

/** In KiB. What a restore needs at the least, and what it is comfortable with. */
const [LEAST, ENOUGH] = [128 * 1024, 1024 * 1024];

/** How much a restore needs is known once the snapshot is proven; without that, by the order of size. */
export function roomFinding(name: string, { places: { etcd, snapshots } }: Pick<NodeState, "places">): Finding {
  const check = "disk";
  const free = Math.min(roomIn(etcd), snapshots.free);
  const message = `room for etcd ${mib(roomIn(etcd))}, for snapshots ${mib(snapshots.free)}`;
  const remedy = `make room on ${name}: ${seeRoom(etcd.seen, snapshots.seen)}`;
  if (free >= ENOUGH) return finding(check, "ok", message);
  return finding(check, free < LEAST ? "failure" : "warning", message, remedy);
}

async function rancherFinding({ cluster, rancher }: Settings): Promise<Finding> {
  const check = "rancher";
  const [answer, setting] = await Promise.all([
    readAnswer(rancher),
    orError(async () => readServerVersion(new KubernetesReader(cluster.kubeconfig))),
  ]);
  if (answer.trouble) {
    const { message, remedy } = troubleProblem(rancher, answer.trouble);
    const meaning = "a rollback can start without it, but cannot finish until it answers";
    return finding(check, "warning", `${message}; ${meaning}`, remedy);
  }
  const version = answeringVersion(answer, typeof setting === "string" ? setting : undefined);
  return finding(check, "ok", answeringInWords(version));
}
