import { CONTRACT, parseReport, type StepName, type StepReport, type Timing } from "../../steps/contract.ts";

type Reports = { [N in StepName]: StepReport<N> };

const IMAGE = "rancher/rancher:v2.5.8";

/** A safety copy as a step reports it. */
export const SAFETY_COPY: StepReport<"safety-copy"> = {
  ...{ name: "safety-20261123T030100Z", kind: "live", nodes: ["node1"], bytes: 1, sha256: "a".repeat(64), state: true },
  folder: "/clusters/.rancher-rollback/safety/safety-20261123T030100Z",
  rancherImage: "rancher/rancher:v2.6.0",
};

const REPORTS: Reports = {
  "lock-id": { id: "1a2b3c4d" },
  lock: { id: "1a2b3c4d", hosts: ["node1", "node2", "node3"] },
  "await-node": { node: "node4", address: "198.18.0.14" },
  "pull-snapshot": { node: "node1", fetched: true, file: "base.zip", bytes: 1, sha256: "b".repeat(64), kept: [] },
  "edit-cluster-file": { changed: true, warnings: [] },
  preflight: { nodes: [{ node: "node1", file: "base.zip", bytes: 1, sha256: "b".repeat(64) }] },
  "safety-copy": SAFETY_COPY,
  restore: {
    ...{ rke: "v1.8.0", wipedAt: "2026-11-23T03:02:00.000Z", warnings: 0, log: "/clusters/restore.log" },
    ...{ adopted: false, safetyCopy: SAFETY_COPY },
  },
  "rke-up": { rke: "v1.8.0", warnings: 0, log: "/clusters/up.log" },
  restart: { node: "node1", clock: "2026-11-23T03:04:00Z", restarted: ["kubelet"], stopped: [] },
  "wait-for-api": { server: "https://198.18.0.11:6443", imageBefore: "rancher/rancher:v2.6.0" },
  verify: {
    ...{ verified: true, nodesReady: 3, etcdMembers: 3, rancherVersion: "v2.5.8", image: IMAGE },
    ...{ kubernetesVersion: "v1.20.15" },
    rancherEvidence: { runs: IMAGE, answers: { versions: ["v2.5.8"], sources: [] } },
  },
  unlock: { id: "1a2b3c4d", left: [] },
};

/** What a step reports, as the contract has it, with these changes. */
export function someReport<N extends StepName>(
  step: N,
  changes: Partial<StepReport<N> & Timing> = {},
): StepReport<N> & Timing {
  const timing = { startedAt: "2026-11-23T03:00:00.000Z", finishedAt: "2026-11-23T03:00:01.000Z", seconds: 1 };
  return parseReport(step, JSON.stringify({ ...timing, ...REPORTS[step], ...changes }));
}

/** The step of a request on standard input, secret or not. */
export function requestOf(inputs: Record<string, unknown>): {
  step: StepName;
  context: Record<string, unknown>;
  input: Record<string, unknown>;
} {
  const given = inputs.stdin as string | { value: string };
  const request = JSON.parse(typeof given === "string" ? given : given.value);
  // What the step itself checks, before it does anything.
  CONTRACT[request.step as StepName].input.parse(request.input);
  return request;
}
