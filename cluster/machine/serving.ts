import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { isSameCertificate } from "../clusterFile/stateFile.ts";
import { LOCK_FILE } from "../lock/lock.ts";
import { asRoot } from "../node/privilege.ts";
import type { Problem } from "../problem.ts";
import { lineOf, linesOf, script } from "../script.ts";
import { shellCommand, shellWord } from "../shell.ts";

/** What of a cluster is on a machine. */
export interface Serving {
  /** Containers of Kubernetes that run. */
  running: string[];
  /** Why that is not known: what Docker said, which is there and does not list its containers. */
  unlisted?: string;
  /** Where etcd's data are, if there are any. */
  etcdData?: string;
  /** The certificate of its cluster's CA, PEM. */
  ca?: string;
  isLocked: boolean;
  /** Tells machines apart that are asked by several names; it changes when the machine boots. */
  machine?: string;
}

const serving = script(import.meta.dirname, "serving.sh");

/** Asks a machine what of a cluster is on it; changes nothing. Without root it can see its containers at least. */
export function servingScript({ prefixPath = "" }: Pick<ClusterNode, "prefixPath">): string {
  return asRoot(servingLines({ prefixPath }), "run-as-user");
}

/** Asks as `servingScript` does, as part of another script. */
export function servingLines({ prefixPath = "" }: Pick<ClusterNode, "prefixPath">): string {
  return serving({ lock: LOCK_FILE, prefix_path: prefixPath });
}

export function parseServing(printed: string): Serving {
  const [etcdData, ca, machine, unlisted] = ["member", "ca", "machine", "unlisted"].map((kind) =>
    lineOf(printed, kind),
  );
  return {
    running: linesOf(printed, "serves"),
    ...(unlisted !== undefined && { unlisted: unlisted.trim() }),
    ...(etcdData && { etcdData }),
    ...(ca && { ca }),
    isLocked: lineOf(printed, "lock") !== undefined,
    ...(machine && { machine }),
  };
}

export interface OwnCluster {
  /** The certificate of its CA, PEM; absent where RKE has written no state file. */
  ca: string | undefined;
  /** Whether the cluster file has the machine, as after an earlier run: then it is this cluster's. */
  hasMachine: boolean;
}

/** Why a machine may not take a node's place: it serves another cluster, which the restore would wipe. */
export function occupiedProblems(
  { name, address }: Pick<ClusterNode, "name" | "address">,
  { running, etcdData, ca, isLocked }: Serving,
  own: OwnCluster,
): Problem[] {
  if (own.hasMachine || isSameCertificate(ca, own.ca)) return [];
  const machine = `${address}, the machine for ${name},`;
  if (running.length > 0) {
    return [
      {
        message: `${machine} is a node of another cluster: ${running.join(", ")} runs on it, and the restore would wipe it`,
        remedy: `check the address; if that node is to leave its cluster for this one, take it out there, and on the machine: ${shellCommand(["docker", "rm", "-f", ...running])}`,
      },
    ];
  }
  if (isLocked) {
    return [
      {
        message: `${machine} is locked by a rollback of another cluster`,
        remedy: `check the address; only if no rollback is under way there, on the machine: rm ${LOCK_FILE}`,
      },
    ];
  }
  if (etcdData === undefined) return [];
  return [
    {
      message: `${machine} has the etcd data of another cluster in ${etcdData}, and the restore would delete them`,
      remedy: `check the address; if they are not needed there any more, on the machine: mv ${shellWord(etcdData)} ${shellWord(`${etcdData}.old`)}`,
    },
  ];
}

/**
 * Why the node that is given up must be stopped first: it is up, and what runs on it would write into the restored data
 * (design law 4). @param isCertain its address is that of a node in the cluster file as it was: else its CA must tell.
 */
export function aliveProblems(
  { name, address }: Pick<ClusterNode, "name" | "address">,
  { running, ca }: Serving,
  own: { ca: string | undefined; isCertain: boolean },
): Problem[] {
  if (running.length === 0 || !isOfCluster(ca, own)) return [];
  const who = name === address ? address : `${name} (${address})`;
  return [
    {
      message: `${who}, which is replaced as unresponsive, answers, and ${running.join(", ")} runs on it: it would go on writing into the restored etcd`,
      remedy: "shut it down; or on it: docker stop $(docker ps -q); if it is well, take it out of the replacements",
    },
  ];
}

/** Whether a node that is given up is of this cluster, as far as that is known. */
export function isOfCluster(ca: string | undefined, own: { ca: string | undefined; isCertain: boolean }): boolean {
  return ca !== undefined && own.ca !== undefined ? isSameCertificate(ca, own.ca) : own.isCertain;
}
