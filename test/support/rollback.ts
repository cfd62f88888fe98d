import type { RancherEvidence } from "../../cluster/rancher/evidence.ts";
import { RollbackSteps } from "../../components/rancherRollback.ts";
import type { Settings } from "../../settings/settings.ts";
import type { StepContext, StepName, StepReport } from "../../steps/contract.ts";
import { type Registered, recordResources } from "./recordingMonitor.ts";
import { someSettings } from "./settings.ts";

const COMMAND = "command:local:Command";
export const INSTANCE = "aws:ec2/instance:Instance";
export const PATCH = "kubernetes:apps/v1:DeploymentPatch";
export const PROVIDER = "pulumi:providers:kubernetes";

/** What a step reads on standard input. */
interface Request {
  step: StepName;
  context: StepContext;
  input: Record<string, unknown>;
}

interface Reported {
  finished?: string;
  reported?: Record<string, object>;
  preview?: boolean;
  callsHooks?: boolean;
}

/**
 * The resources of a rollback whose steps all succeed; `NAME FINISHED` is when the step NAME finished, unless `finished`
 * is a time.
 * @param reported what steps report besides, or instead, by the name of the resource.
 */
export async function recordRollback(settings: Settings, reported: Reported = {}): Promise<Map<string, Registered>> {
  const audience = { stack: "test", program: "pulumi" } as const;
  const build = () => new RollbackSteps("rollback", { settings, announce: () => {}, audience });
  return await recordProgram(build, reported);
}

/** As recordRollback, with changed settings. */
export async function buildRollback(
  changes: Partial<Settings> = {},
  finished?: string,
): Promise<Map<string, Registered>> {
  return await recordRollback(someSettings(changes), finished === undefined ? {} : { finished });
}

/** As recordRollback, of a program. */
export async function recordProgram(
  build: () => unknown,
  { finished = "has run", reported = {}, ...options }: Reported = {},
): Promise<Map<string, Registered>> {
  const { resources } = await recordResources(
    (type, name, inputs) => {
      if (type === INSTANCE) return { ...inputs, privateIp: "10.0.0.4", publicIp: "203.0.113.4" };
      if (type === PATCH || type === PROVIDER) return inputs;
      if (type !== COMMAND) throw new Error(`nobody mocked ${type}`);
      const finishedAt = Date.parse(finished) ? finished : `${name} ${finished}`;
      return { ...inputs, stdout: printedBy(requestIn(inputs), finishedAt, reported[name] ?? {}) };
    },
    build,
    options,
  );
  return resources;
}

export function resource(rollback: Map<string, Registered>, name: string): Registered {
  const found = rollback.get(name);
  if (!found) throw new Error(`the rollback has no ${name}; it has ${[...rollback.keys()].join(", ")}`);
  return found;
}

export function commands(rollback: Map<string, Registered>): Registered[] {
  return [...rollback.values()].filter(({ type }) => type === COMMAND);
}

/** What a resource's step reads on standard input. */
export function request(rollback: Map<string, Registered>, name: string): Request {
  return requestIn(resource(rollback, name).inputs);
}

export function triggers(rollback: Map<string, Registered>, name: string): unknown {
  return resource(rollback, name).inputs.triggers;
}

/** @param inputs of a command; a secret comes as an object. */
export function requestIn({ stdin }: Record<string, unknown>): Request {
  return JSON.parse(typeof stdin === "string" ? stdin : (stdin as { value: string }).value);
}

function printedBy({ step, input }: Request, finishedAt: string, over: object): string {
  return JSON.stringify({
    startedAt: "2026-11-23T03:00:00Z",
    finishedAt,
    seconds: 1,
    ...reports(input)[step],
    ...over,
  });
}

/** When the restore began to wipe. */
export const WIPED = "2026-11-23T03:00:30Z";

const COPY: StepReport<"safety-copy"> = {
  ...{ name: "safety-copy-1", kind: "live", nodes: ["node1"], bytes: 20, sha256: "c0b1", state: true },
  ...{ folder: "/clusters/.rancher-rollback/safety-copy-1", rancherImage: "rancher/rancher:v2.5.9" },
};

const EVIDENCE: RancherEvidence = {
  runs: "rancher/rancher:v2.5.8",
  answers: { versions: ["v2.5.8"], sources: ["rancherversion"] },
};

/** The report of every step, given its input. */
function reports({ node, id = "aaaaaaaa", hosts = [], skip }: Record<string, unknown>): {
  [N in StepName]: StepReport<N>;
} {
  const name = typeof node === "string" ? node : ((node as { name?: string } | undefined)?.name ?? "");
  const lock = { id: id as string, hosts: hosts as string[] };
  const file = "/opt/rke/etcd-snapshots/base";
  return {
    "lock-id": { id: "aaaaaaaa" },
    lock,
    "await-node": { node: name, address: "198.18.0.14" },
    "pull-snapshot": { node: name, fetched: true, file, bytes: 20, sha256: "5ba5", kept: [] },
    "edit-cluster-file": { changed: true },
    preflight: { nodes: [{ node: "node1", file, bytes: 20, sha256: "5ba5" }] },
    "safety-copy": COPY,
    restore: {
      rke: "v1.8.0",
      warnings: 0,
      log: "/clusters/restore.log",
      adopted: false,
      built: true,
      wipedAt: WIPED,
      safetyCopy: COPY,
    },
    "rke-up":
      skip === undefined ? { rke: "v1.8.0", warnings: 0, log: "/clusters/up.log" } : { skipped: skip as "has-run" },
    restart: {
      nodes: ["node1", "node2", "node3"].map((one) => ({
        ...{ node: one, clock: `clock of ${one}`, since: `etcd of ${one}` },
        ...{ restarted: [], stopped: [], kept: [] },
      })),
    },
    "wait-for-api": { server: "https://198.18.0.11:6443", imageBefore: "rancher/rancher:v2.5.9" },
    verify: {
      ...{ verified: true, nodesReady: 3, etcdMembers: 3, image: "rancher/rancher:v2.5.8" },
      ...{ rancherVersion: "v2.5.8", rancherEvidence: EVIDENCE },
    },
    unlock: { id: lock.id },
  };
}
