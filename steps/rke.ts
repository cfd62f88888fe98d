import { readClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { type SshError, ssh } from "../cluster/node/ssh.ts";
import { ClusterFolderBusy, type RkeRun, runRke } from "../cluster/rke/run.ts";
import { pointOfNoReturn, type RkeVersion, readRkeVersion } from "../cluster/rke/version.ts";
import { type Failure, StepFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { notReached } from "../messages/pointOfNoReturn.ts";
import { checkLock, type LockInput } from "./lock.ts";
import type { StepOptions } from "./main.ts";

/** `rke etcd snapshot-restore …` or `rke up …`, whichever stands behind `--`. */
export async function rke({ clusterFile, silenceSeconds, rest, say, ...options }: StepOptions): Promise<object> {
  const binary = rest[0] ?? "rke";
  const wipes = rest.includes("snapshot-restore");
  const title = wipes ? `the etcd restore of snapshot ${options.snapshot}` : "rke up";
  const version = usableVersion(binary, title, wipes, { clusterFile, ...options });
  if (wipes) {
    await reachEveryNode({ clusterFile, say, ...options }, title);
    await checkLock(
      { clusterFile, silenceSeconds, rest, say, ...options },
      JSON.parse(await options.input()) as LockInput,
    );
  }

  const run = await runRke({
    command: rest,
    clusterFile,
    silenceSeconds,
    ...(wipes && { pointOfNoReturn: pointOfNoReturn(version) }),
    say,
  }).catch((error: unknown) => {
    if (error instanceof ClusterFolderBusy) throw new StepFailure(busy(title, error, options.stack));
    throw error;
  });
  if (run.problems.length > 0) throw new StepFailure(failed(title, run, wipes, { clusterFile, ...options }));
  return { rke: version.text, ...(run.wipedAt && { wipedAt: run.wipedAt }), warnings: run.warnings, log: run.log };
}

function usableVersion(
  binary: string,
  title: string,
  wipes: boolean,
  { clusterFile, stack }: Pick<StepOptions, "clusterFile" | "stack">,
): RkeVersion {
  try {
    return readRkeVersion(binary);
  } catch (error) {
    throw new StepFailure({
      step: title,
      happened: [(error as Error).message],
      done: wipes ? "nothing" : "the etcd restore",
      notDone: `${title} and everything after it`,
      pointOfNoReturn: wipes ? notReached(clusterFile) : "passed by the restore before; rke up wipes nothing",
      next: ["put RKE back where it was, or: pulumi config set rkePath ./rke_linux-amd64", goOn(stack)],
    });
  }
}

/**
 * The restarts after the restore need every node over SSH. Finding out before the wipe that one cannot be asked costs
 * a second; finding out afterwards costs the night.
 */
async function reachEveryNode(
  { clusterFile, knownHostsFile, allowUnknownHostKeys, stack, say }: Omit<StepOptions, "rest" | "silenceSeconds">,
  title: string,
): Promise<void> {
  const { nodes } = readClusterFile(clusterFile);
  const hostKeys = { allowUnknown: allowUnknownHostKeys, ...(knownHostsFile && { knownHostsFile }) };
  say(`asking all ${nodes.length} nodes over SSH whether Docker answers`);
  const script = "docker version --format '{{.Server.Version}}'";
  const asked = await Promise.allSettled(nodes.map((node) => ssh({ node, script, hostKeys, timeoutSeconds: 30 })));
  const errors = asked.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as SshError] : []));
  if (errors.length === 0) return;
  throw new StepFailure({
    step: title,
    happened: errors.map((error) => error.message),
    done: "nothing",
    notDone: "the restore and everything after it",
    pointOfNoReturn: notReached(clusterFile),
    next: [...new Set(errors.map((error) => error.next ?? "")), goOn(stack)],
  });
}

function busy(title: string, error: ClusterFolderBusy, stack: string): Failure {
  return {
    step: title,
    happened: [error.message],
    done: "nothing by this run",
    notDone: `${title} and everything after it`,
    pointOfNoReturn: "not reached by this run; the other run's log tells about that one",
    next: ["wait until that run has ended", goOn(stack)],
  };
}

function failed(
  title: string,
  run: RkeRun,
  wipes: boolean,
  { clusterFile, stack, snapshot }: Pick<StepOptions, "clusterFile" | "stack" | "snapshot">,
): Failure {
  const happened = [...run.problems, `RKE's whole log: ${run.log}`];
  if (!wipes) {
    return {
      step: title,
      happened,
      done: "the etcd restore",
      notDone: "the rest of rke up, the restarts, the Rancher image and the verification",
      pointOfNoReturn: "passed by the restore before; rke up wipes nothing",
      next: ["mend what RKE names", goOn(stack)],
    };
  }
  if (!run.wipedAt) {
    return {
      step: title,
      happened,
      done: "RKE connected to the nodes; it may have stopped etcd on a node to check the snapshot",
      notDone: "the restore and everything after it",
      pointOfNoReturn: notReached(clusterFile, "not reached, no node was wiped"),
      next: ["mend what RKE names; see that etcd runs on every etcd node: docker ps -f name=etcd", goOn(stack)],
    };
  }
  return {
    step: title,
    happened,
    done: "RKE began to wipe and restore; the cluster is not usable in this state",
    notDone: "the rest of the restore and everything after it",
    pointOfNoReturn: `passed at ${run.wipedAt}`,
    next: [
      `mend what RKE names; the snapshot ${snapshot} still lies in /opt/rke/etcd-snapshots, restoring it again is safe`,
      goOn(stack),
    ],
  };
}
