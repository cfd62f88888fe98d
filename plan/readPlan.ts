import { readText } from "../cluster/clusterFile/encoding.ts";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { valueIn } from "../cluster/clusterFile/rkeYaml.ts";
import { etcdProblems } from "../cluster/etcd/view.ts";
import { unreadableNote } from "../cluster/history/note.ts";
import { consentFor } from "../cluster/history/restores.ts";
import { closeSharedConnections, shareConnections } from "../cluster/node/sharedConnection.ts";
import { ssh } from "../cluster/node/ssh.ts";
import { failedChecks, toleratedDockers } from "../cluster/preflight/checks.ts";
import { unwantedKubernetes } from "../cluster/preflight/defaultKubernetes.ts";
import { type Judged, judgedBy } from "../cluster/preflight/judged.ts";
import { roomIn } from "../cluster/preflight/room.ts";
import { checkFailed, type Problem } from "../cluster/problem.ts";
import { readAnswer } from "../cluster/rancher/answer.ts";
import { answeringVersion } from "../cluster/rancher/answeringVersion.ts";
import { troubleProblem } from "../cluster/rancher/problems.ts";
import { unfinishedWipe } from "../cluster/rke/unfinishedWipe.ts";
import { isOfAnotherCluster, snapshotOriginScript } from "../cluster/snapshot/origin.ts";
import { wholeMib } from "../cluster/text.ts";
import { impossibleInPlace } from "../messages/restoreReasons.ts";
import type { Settings } from "../settings/settings.ts";
import { addonChecks, addonWarnings, removedAddonChecks, removedAddonWarnings } from "./addons.ts";
import { type ApiReading, nothingFromApi, readApi } from "./apiReading.ts";
import { notAccepted, uncheckedWarnings } from "./downstream.ts";
import { elsewhereProblems } from "./elsewhere.ts";
import { isFetched, type Pull, sourceOf, withRemedy } from "./fetching.ts";
import { kubernetesHeld } from "./kubernetesHeld.ts";
import { createdSince } from "./lost.ts";
import { type MachineProblems, machineProblems } from "./machines.ts";
import { type NodeReading, proofOf, savedAt } from "./nodeReading.ts";
import { type OnNodes, readAndOpen } from "./onNodes.ts";
import { notOpened } from "./openedReading.ts";
import type { RollbackPlan } from "./plan.ts";
import { notAsHeld } from "./rancherVersion.ts";
import {
  consentProblems,
  decideNow,
  exchangedAt,
  hasBegun,
  oldDataWarnings,
  pointOfNoReturn,
  repetitionProblems,
  restorePlan,
  unsettledProblems,
} from "./restoring.ts";
import { warnings, webhookWarnings } from "./warnings.ts";

/** What was read of the live cluster; `notRead` says why nothing was. */
interface ClusterReading extends OnNodes {
  notRead?: string;
  api: ApiReading;
  /** What answers at Rancher's address. */
  answers: RollbackPlan["rancher"]["answers"];
  machines: MachineProblems;
}

/** How long Rancher may take for each answer to a preview, ms. */
const RANCHER_MS = 3000;

/** What the engine knows of the rollback beside the settings. */
interface Asked {
  /** Whether it begins with the lock, and does not go on with that of an earlier run. */
  takesLock?: boolean;
  /** The steps that fetch the snapshot; absent where it is not known which of them run. */
  pulls?: Pull[];
}

/** What the rollback will do to the cluster. Reads all of it at once, unless `readCluster` is false; changes nothing. */
export async function readPlan(settings: Settings, { takesLock = false, pulls }: Asked = {}): Promise<RollbackPlan> {
  const { cluster, rke } = settings;
  const readAt = new Date().toISOString();
  const reading = settings.readCluster ? await readLive(settings) : nothingRead(settings, "readCluster is false");
  const { nodes, api, notRead, restoring, opened } = reading;
  const clusterFile = readText(cluster.path).text;
  const written = valueIn(clusterFile, "kubernetes_version");
  const has = settings.kubernetesVersion ?? ("now" in api.kubernetes ? api.kubernetes.now : undefined);
  const [way, byDefault] = [restoring.decision?.way, rke.defaultKubernetes];
  const judged = judgedBy(clusterFile, { rke: rke.version, byDefault, kubernetesVersion: has, way });
  const after = judged.installs;
  const holds = kubernetesHeld(nodes, opened);
  const taken = opened.content?.takenAt === undefined ? savedAt(nodes) : Date.parse(opened.content.takenAt);
  const { snapshot: found, failedChecks: failed, ...now } = live(settings, reading, judged, pulls);
  const { impossible } = restoring.decision ?? {};
  const unreadable = unreadableNote(cluster.path);
  const elsewhere = await elsewhereProblems(settings, restoring.records, { takesLock });
  const another = await isOfAnother(settings, nodes, api, opened.content?.clusterUid);
  const plan = {
    readAt,
    ...asked(settings),
    ...(notRead !== undefined && { notRead }),
    ...now,
    failedChecks: [
      ...failed,
      ...unwantedKubernetes({ rke: rke.version, written, byDefault, has, holds }),
      ...reading.machines.failed,
      ...(impossible ? checkFailed("restore-way", [impossibleInPlace(impossible)]) : []),
      ...checkFailed("restore-way", unsettledProblems(restoring)),
      ...(unreadable ? checkFailed("earlier-restores", [unreadable]) : consentProblems(settings, restoring)),
      ...elsewhere,
      ...(takesLock && !unreadable ? repetitionProblems(settings, restoring) : []),
      ...notAsHeld(opened.content, settings),
      ...addonChecks(settings),
      ...removedAddonChecks(settings, opened),
      ...(hasBegun(settings, restoring) ? [] : notAccepted(opened.downstream, settings)),
    ],
    pointOfNoReturn: pointOfNoReturn(settings, restoring),
    kubernetes: {
      ...api.kubernetes,
      ...(after !== undefined && { after }),
      ...(after !== written && { byDefault: true as const }),
    },
    lost: { ...createdSince(exchangedAt(restoring) ?? taken, api, opened.loss), exact: opened.loss },
    downstream: opened.downstream,
    snapshot: {
      ...found,
      ...(taken !== undefined && { takenAt: new Date(taken).toISOString() }),
      ...(another !== undefined && { ofAnotherCluster: another }),
      ...(opened.content && { holds: opened.content }),
    },
  };
  // What is put right on a node may count from the next login on, as groups do.
  if (plan.failedChecks.length > 0) await closeSharedConnections();
  const wiped = unreadable ? undefined : unfinishedWipe(cluster.path, restoring.records);
  const notWritten = { kind: "kubernetes-not-written" as const, rke: rke.version.text, ...(has && { has }) };
  return {
    ...plan,
    ...restorePlan(settings, restoring, notRead, plan.snapshot.bytes),
    warnings: [
      ...warnings(plan, clusterFile, Date.now(), wiped),
      ...addonWarnings(settings),
      ...removedAddonWarnings(settings, opened, api),
      ...(after === undefined ? [notWritten] : []),
      ...toleratedDockers(nodes, judged).map((one) => ({ kind: "docker-not-supported" as const, ...one })),
      ...oldDataWarnings(settings, restoring, Date.now()),
      ...webhookWarnings(api.webhooks),
      ...uncheckedWarnings(opened.downstream, way),
      ...reading.machines.warnings,
    ],
  };
}

async function readLive(settings: Settings): Promise<ClusterReading> {
  const { cluster, rancher } = settings;
  // An etcd host runs several scripts, and so do the steps that follow.
  await shareConnections(cluster.path);
  // What is slow where something is broken is asked beside the nodes: opening the snapshot does not wait for it.
  const [onNodes, api, answer, machines] = await Promise.all([
    readAndOpen(settings),
    readApi(cluster.kubeconfig, rancher),
    readAnswer(rancher, RANCHER_MS),
    machineProblems(settings),
  ]);
  const trouble = answer.trouble && troubleProblem(rancher, answer.trouble);
  const answers = trouble
    ? { unknown: trouble.message, remedy: trouble.remedy }
    : answeringVersion(answer, "now" in api.rancherSetting ? api.rancherSetting.now : undefined);
  return { ...onNodes, api, answers, machines };
}

function nothingRead(settings: Settings, why: string): ClusterReading {
  const unknown = { unknown: why };
  const restoring = decideNow(settings, [], why);
  return {
    notRead: why,
    nodes: [],
    restoring,
    opened: notOpened(why),
    api: nothingFromApi(unknown),
    answers: unknown,
    machines: { failed: [], warnings: [] },
  };
}

function asked(settings: Settings) {
  const { cluster, clusterFileDiff, acceptDataLossOf, replacements } = settings;
  return {
    planVersion: 3 as const,
    cluster: { name: cluster.clusterName, file: cluster.path },
    replaced: replacements.map(({ unresponsive, machine, node }) => ({
      unresponsive,
      node: node.name,
      machine:
        machine.kind === "ec2"
          ? { kind: machine.kind, instanceType: machine.instanceType, user: node.user }
          : { kind: machine.kind, address: machine.address },
    })),
    clusterFileDiff,
    accepted: acceptDataLossOf === consentFor(settings),
  };
}

/** By what the opened snapshot holds, else by asking one node that has it; undefined where that is unknown. */
async function isOfAnother(
  settings: Settings,
  nodes: NodeReading[],
  { namespaces }: ApiReading,
  held: string | undefined,
): Promise<boolean | undefined> {
  const uid = "unknown" in namespaces ? undefined : namespaces.find(({ name }) => name === "kube-system")?.uid;
  if (uid && held) return uid !== held;
  const node = nodes.find(({ proof }) => proof && "snapshot" in proof)?.node;
  if (!uid || !node) return undefined;
  const script = snapshotOriginScript(proofOf(settings), uid);
  return await ssh({ node, script, hostKeys: settings.hostKeys, timeoutSeconds: 25 }).then(
    isOfAnotherCluster,
    () => undefined,
  );
}

function live(
  settings: Settings,
  { nodes, api, answers, notRead }: ClusterReading,
  judged: Judged,
  pulls: Pull[] | undefined,
) {
  const { cluster, snapshot, run, source, rancher, replacements } = settings;
  const proven = nodes.flatMap(({ node, proof }) =>
    proof && "snapshot" in proof ? [{ node, ...proof.snapshot }] : [],
  );
  const lacking = nodes.flatMap(({ node, proof }) => (proof && "failed" in proof ? [node.name] : []));
  const fetching = lacking.filter((node) => isFetched(node, source, pulls));
  // A node that is not reachable is reported once, as such.
  const views = nodes.flatMap(({ node, state, etcd }) =>
    etcd && !("unreachable" in state) ? [[node.name, etcd] as const] : [],
  );
  const [view] = views.flatMap(([, one]) => ("members" in one ? [one] : []));
  const leader = view?.members[view.statuses[0]?.leader ?? ""];
  const [first] = nodes
    .flatMap(({ node, about }) => about.certificates.map((one) => ({ ...one, node: node.name })))
    .sort((one, other) => one.notAfter - other.notAfter);
  return {
    snapshot: {
      name: snapshot,
      run,
      ...sourceOf(source, pulls),
      ...(proven[0] && { bytes: proven[0].unpacked }),
      provenOn: proven.map(({ node }) => node.name),
    },
    nodes: cluster.nodes.map(({ name, address, roles }) => {
      const isNew = replacements.some(({ node }) => node.name === name);
      const reading = nodes.find(({ node }) => node.name === name);
      return { name, address, roles, isNew, ...(reading && nodeNow(reading)) };
    }),
    etcd: {
      ...(view && { members: Object.keys(view.members).length }),
      ...(leader && { leader }),
      problems: notRead === undefined ? etcdNow(views, membersNow(settings, nodes)) : [],
    },
    rancher: {
      ...("now" in api.rancherImage && { now: api.rancherImage.now }),
      ...("now" in api.rancherSetting && { stored: api.rancherSetting.now }),
      answers,
      after: rancher.image,
    },
    ...(first && { firstCertificateToExpire: { ...first, notAfter: new Date(first.notAfter).toISOString() } }),
    // A snapshot that is still to be fetched is checked once it is there.
    failedChecks: withRemedy(
      failedChecks(
        nodes.map(({ proof, ...reading }) => ({
          ...reading,
          ...(proof && !fetching.includes(reading.node.name) && { proof }),
        })),
        judged,
      ),
      lacking,
      pulls,
    ),
  };
}

/** How many members etcd has before the rollback: on the hosts that stay, and on those that are replaced. */
function membersNow({ replacements }: Settings, nodes: NodeReading[]): number {
  return etcdNodes({ nodes: [...nodes, ...replacements].map(({ node }) => node) }).length;
}

function etcdNow(
  views: (readonly [node: string, view: NonNullable<NodeReading["etcd"]>])[],
  members: number,
): Problem[] {
  if (views.length === 0) {
    return [{ message: "no etcd node is reachable", remedy: "look at the nodes, which the failed checks name" }];
  }
  return etcdProblems(Object.fromEntries(views), members, views.length);
}

function nodeNow({ state, about }: NodeReading) {
  if ("unreachable" in state) return { unknown: state.unreachable.message };
  return {
    ...(state.docker && { docker: state.docker }),
    ...(about.clockSkewSeconds !== undefined && { clockSkewSeconds: about.clockSkewSeconds }),
    freeMiB: { etcd: wholeMib(roomIn(state.places.etcd)), snapshots: wholeMib(state.places.snapshots.free) },
  };
}
