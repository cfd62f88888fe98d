import { describe, expect, test } from "vitest";
import { CONTRACT, parseReport, requestSchema, type StepName, type StepReport } from "../../steps/contract.ts";
import { finishedRecord } from "../support/restores.ts";

const TIMING = { startedAt: "2026-11-23T14:00:00.000Z", finishedAt: "2026-11-23T14:01:00.000Z", seconds: 60 };

const safetyCopy = {
  ...{ name: "safety-1", kind: "cold" as const, nodes: ["node1"], bytes: 8, sha256: "5a", state: true },
  ...{ folder: "/clusters/.rancher-rollback/safety/safety-1", rancherImage: "rancher/rancher:v2.5.9" },
};

/** A whole report of each step. */
const REPORTS: { [N in StepName]: StepReport<N> } = {
  "lock-id": { id: "aaaaaaaa" },
  lock: { id: "aaaaaaaa", hosts: [], restored: finishedRecord() },
  "await-node": { node: "node4", address: "10.0.0.4", docker: "20.10.24" },
  "pull-snapshot": {
    node: "node4",
    fetched: true,
    file: "base.zip",
    bytes: 8,
    sha256: "5a",
    kept: ["base.replaced-1"],
  },
  "edit-cluster-file": {
    changed: true,
    kept: { folder: "/kept", clusterFile: "/kept/rancher-cluster.yml", stateFile: "/kept/rancher-cluster.rkestate" },
  },
  preflight: { etcd: { revision: 7, keys: 42 }, nodes: [{ node: "node1", file: "base", bytes: 8, sha256: "5a" }] },
  "safety-copy": safetyCopy,
  restore: {
    rke: "v1.8.0",
    wipedAt: TIMING.startedAt,
    warnings: 0,
    log: "/logs/1.log",
    adopted: false,
    built: true,
    reasons: [{ kind: "asked-for", restoreWith: "rke" }],
    safetyCopy,
  },
  "rke-up": { rke: "v1.8.0", warnings: 0, log: "/logs/2.log" },
  restart: {
    nodes: [
      {
        ...{ node: "node1", clock: TIMING.startedAt, since: TIMING.startedAt },
        ...{ restarted: ["kubelet"], stopped: ["k8s_rancher"], kept: ["kube-proxy"] },
      },
    ],
  },
  "wait-for-api": { server: "https://10.0.0.1:6443", imageBefore: "rancher/rancher:v2.5.9" },
  verify: {
    ...{ verified: true, nodesReady: 3, etcdMembers: 3, rancherVersion: "v2.5.8", kubernetesVersion: "v1.20.15" },
    rancherEvidence: {
      runs: "rancher/rancher:v2.5.8",
      answers: { versions: ["v2.5.8"], sources: ["version-txt"] },
      leads: "rancher-1",
    },
    image: "rancher/rancher:v2.5.8",
  },
  unlock: { id: "aaaaaaaa" },
};
const STEPS = Object.keys(REPORTS) as StepName[];

/** What may be absent, by its key in the contract. */
const isOptional = (step: StepName, key: string) =>
  (CONTRACT[step].report.shape as Record<string, { safeParse(value: unknown): { success: boolean } }>)[key]?.safeParse(
    undefined,
  ).success;

describe("a step's report", () => {
  test.each(STEPS)("of %s is read as it was printed, with its timing and with keys of a later release", (step) => {
    const printed = { ...TIMING, ...REPORTS[step], later: { key: 1 } };
    expect(parseReport(step, JSON.stringify(printed))).toEqual(printed);
  });

  test.each(
    STEPS.flatMap((step) =>
      Object.keys({ ...TIMING, ...REPORTS[step] })
        .filter((key) => !isOptional(step, key) || key in TIMING)
        .map((key) => [step, key] as const),
    ),
  )("of %s without its %s is an error that names the key", (step, key) => {
    const { [key]: _, ...rest } = { ...TIMING, ...REPORTS[step] } as Record<string, unknown>;
    expect(() => parseReport(step, JSON.stringify(rest))).toThrow(key);
  });

  test.each([
    ["lock", { hosts: "node1" }],
    ["safety-copy", { kind: "warm" }],
    ["restore", { adopted: "no" }],
    ["restore", { safetyCopy: { name: "safety-1" } }],
    ["lock", { restored: { snapshot: "base" } }],
    ["verify", { verified: false }],
    ["rke-up", { warnings: "0" }],
  ] as const)("of %s with a value of another kind is an error: %j", (step, wrong) => {
    const [key = ""] = Object.keys(wrong);
    expect(() => parseReport(step, JSON.stringify({ ...TIMING, ...REPORTS[step], ...wrong }))).toThrow(key);
  });

  test("of a restore by another release is read without reasons that this one does not know", () => {
    const { reasons: _, ...report } = REPORTS.restore;
    const printed = { ...TIMING, ...report };
    for (const reasons of [["restoreWith is rke"], [{ kind: "of-a-later-release" }]]) {
      expect(parseReport("restore", JSON.stringify({ ...printed, reasons }))).toEqual(printed);
    }
  });

  test("by an earlier release, in a stack's state, has its values under their names of now", () => {
    const up = parseReport("rke-up", JSON.stringify({ ...TIMING, skipped: "comes last" }));
    expect(up.skipped).toBe("comes-last");
    const answers = { versions: ["v2.5.8"], sources: ["/VERSION.txt", "setting server-version"] };
    const evidence = { ...REPORTS.verify.rancherEvidence, answers };
    const verified = parseReport("verify", JSON.stringify({ ...TIMING, ...REPORTS.verify, rancherEvidence: evidence }));
    expect(verified.rancherEvidence.answers.sources).toEqual(["version-txt", "server-version"]);
  });

  test("that is no JSON is an error", () => {
    expect(() => parseReport("unlock", "")).toThrow(SyntaxError);
  });
});

describe("an input", () => {
  const node = {
    ...{ name: "node4", address: "10.0.0.4", internalAddress: "10.0.0.4", port: 22, user: "rke", roles: ["etcd"] },
    ...{ key: "a secret key", bastion: { address: "198.51.100.1", port: 22, user: "ops", agent: true } },
  };
  const input = {
    ...{ node, snapshot: "base", timeoutSeconds: 60, rkeVersion: { major: 1, minor: 8, patch: 0, text: "v1.8.0" } },
  };
  const parse = (changes: object) => CONTRACT["pull-snapshot"].input.parse({ ...input, ...changes });

  test.each<[string, object]>([
    ["S3 with keys", { kind: "s3", bucket: "etcd", folder: "prod", keys: { access: "a", secret: "b" } }],
    ["a URL", { kind: "url", url: "https://example.com/base" }],
    ["a file", { kind: "file", path: "/base" }],
    ["a node", { kind: "node", node }],
  ])("with a snapshot from %s is read whole", (_, source) => {
    expect(parse({ source })).toEqual({ ...input, source });
  });

  test.each<[string, object]>([
    ["port", { node: { ...node, port: "22" } }],
    ["roles", { node: { ...node, roles: ["master"] } }],
    ["bastion", { node: { ...node, bastion: { address: "198.51.100.1" } } }],
    ["bucket", { source: { kind: "s3" } }],
    ["kind", { source: { kind: "ftp" } }],
  ])("whose %s is wrong is an error that names it and shows no secret", (what, changes) => {
    const parsed = () => parse({ source: { kind: "file", path: "/base" }, ...changes });
    expect(parsed).toThrow(what);
    expect(parsed).not.toThrow("a secret key");
  });
});

describe("a request", () => {
  const context = { resource: "unlock", stack: "prod", clusterFile: "/c.yml", hostKeys: { allowUnknown: false } };

  test("names a step and all that every step is given", () => {
    const request = { step: "unlock", context, input: { id: "a" } };
    expect(requestSchema.parse(request)).toEqual(request);
  });

  test.each(["resource", "stack", "clusterFile", "hostKeys"])("without %s is an error that names it", (key) => {
    const { [key]: _, ...rest } = context as Record<string, unknown>;
    expect(() => requestSchema.parse({ step: "unlock", context: rest, input: {} })).toThrow(key);
  });
});
