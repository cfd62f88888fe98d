import { setTimeout as sleep } from "node:timers/promises";
import { ifFound } from "../kubernetes/apiError.ts";
import type { DeploymentRef, RancherDeployment } from "../kubernetes/deployment.ts";
import type { KubernetesReader } from "../kubernetes/reader.ts";
import { orError, type Unreadable } from "../kubernetes/unreadable.ts";
import { type RancherAddress, type RancherAnswer, readAnswer } from "./answer.ts";
import { type LeaderLock, readLock } from "./leader.ts";

/** The Rancher that should run, and where to find it. */
export interface WantedRancher extends DeploymentRef, RancherAddress {
  image: string;
  /** Such as `v2.5.8`. */
  version: string;
}

/** All that is known of Rancher in a cluster, each by its source; what could not be read says why. */
export interface RancherFacts {
  /** By the Kubernetes API. */
  runs: RancherDeployment | Unreadable;
  /** By Rancher's address, each on a connection of its own: a load balancer may ask another pod each time. */
  answers: RancherAnswer[];
  /** The setting `server-version`, read first and last: a pod of another version overwrites it when it starts. */
  settings: string[] | Unreadable;
  /** The leader lock, read first and last: who leads renews it every two seconds. */
  lock: (LeaderLock | undefined)[] | Unreadable;
}

/** For how long Rancher is read at most, ms: longer than two renewals of the lock. It ends with the first that it sees. */
const READ_MS = 5000;
const POLL_MS = 300;
const TIMES_ASKED = 3;

/** Reads Rancher until its leader has renewed its lock, for some seconds at most. Nothing is changed; nothing is thrown: what cannot be read is a fact too. */
export async function readRancherFacts(
  openReader: () => KubernetesReader,
  wanted: WantedRancher,
): Promise<RancherFacts> {
  const { version } = wanted;
  const looked = orError(() => untilRenewed(() => readLock(openReader(), version)));
  const [answers, settings, lock] = await Promise.all([
    askedOften(wanted),
    orError(async () => {
      const first = await readServerVersion(openReader());
      await looked;
      return [first, await readServerVersion(openReader())];
    }),
    looked,
  ]);
  // Last, so that a pod which has begun since is seen.
  const runs = await orError(async () => await openReader().rancher(wanted));
  return { runs, answers, settings, lock };
}

/** The version that a Rancher of this cluster started as last; empty when the setting is missing. */
export async function readServerVersion(reader: KubernetesReader): Promise<string> {
  const found = await ifFound(reader.setting("server-version"), undefined);
  return found?.value || found?.default || "";
}

async function askedOften(address: RancherAddress): Promise<RancherAnswer[]> {
  const answers: RancherAnswer[] = [];
  for (let times = 0; times < TIMES_ASKED; times++) answers.push(await readAnswer(address));
  return answers;
}

/** The lock at first and at last. */
async function untilRenewed(read: () => Promise<LeaderLock | undefined>): Promise<(LeaderLock | undefined)[]> {
  const end = Date.now() + READ_MS;
  const first = await read();
  let last = first;
  while (Date.now() < end && !(first && last && last.renewedAt > first.renewedAt)) {
    await sleep(POLL_MS);
    last = await read();
  }
  return [first, last];
}
