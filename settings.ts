import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { type ClusterFile, ClusterFileError, readClusterFile } from "./rke/clusterFile.ts";
import { snapshotNameForRke, snapshotNameMistake } from "./rke/snapshotName.ts";
import { type RkeVersion, readRkeVersion } from "./rke/version.ts";

/** What the operator asked for, checked against the cluster file, RKE and this machine. */
export interface Settings {
  /** The snapshot's name as RKE wants it. */
  snapshot: string;
  /** Counts the rollbacks to one and the same snapshot; raising it is how the operator asks for another. */
  run: number;
  cluster: ClusterFile;
  rke: { path: string; version: RkeVersion; silenceSeconds: number };
  rancher: {
    namespace: string;
    deployment: string;
    container: string;
    /** With its tag. */
    image: string;
    version: string;
    url: string;
    caFile?: string;
  };
  restartOrder: "parallel" | "rolling";
  hostKeys: { knownHostsFile?: string; allowUnknown: boolean };
  /** How long a restart of one node, the Kubernetes API and the verification may each take. */
  waitSeconds: number;
  /** Words for the operator about what was understood differently from what was typed. */
  notes: string[];
}

/** A setting that is wrong: its key, what is wrong, and what to type instead. */
export interface Mistake {
  key: string;
  wrong: string;
  type: string;
}

/** All mistakes at once, as the operator reads them. */
export class SettingsError extends Error {
  readonly mistakes: Mistake[];
  constructor(mistakes: Mistake[]) {
    super(
      [
        `${mistakes.length === 1 ? "one setting is" : `${mistakes.length} settings are`} wrong; nothing was done:`,
        ...mistakes.map(({ key, wrong, type }) => `  ${key} ${wrong}\n      for example: ${type}`),
      ].join("\n"),
    );
    this.mistakes = mistakes;
  }
}

const DEPLOYMENT_CONTAINERS: Record<string, string> = { cattle: "cattle-server", rancher: "rancher" };

/** Container reference parts as Docker's distribution grammar has them, kept to what is in use. */
const IMAGE = /^[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+(?=\/))?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const KUBERNETES_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const kubernetesName = z.string().regex(KUBERNETES_NAME, "is not a Kubernetes name: small letters, digits and -");
const seconds = (least: number) =>
  z.coerce
    .number("is not a number of seconds")
    .int("is not a whole number")
    .min(least, `is less than ${least} seconds`);

/** Every key: its rule and an example. The docs of each are in Pulumi.yaml. */
const KEYS = {
  snapshot: {
    rule: z.string("is missing").superRefine((name, check) => {
      const mistake = snapshotNameMistake(name);
      if (mistake) check.addIssue({ code: "custom", message: mistake });
    }),
    example: "before-upgrade-v2.5.9",
  },
  clusterFile: { rule: z.string("is missing").min(1, "is empty"), example: "./rancher-cluster.yml" },
  rancherVersion: {
    rule: z
      .string("is missing")
      .regex(TAG, "is not an image tag")
      .refine((tag) => tag !== "latest", "must name a version; what `latest` is changes"),
    example: "v2.5.8",
  },
  rancherUrl: {
    rule: z
      .string("is missing")
      .refine(isHttpUrl, "is not an http:// or https:// address")
      .refine(carriesNoLogin, "must not carry a user or a password; it is told in messages"),
    example: "https://rancher.example.com",
  },
  rancherCaFile: { rule: z.string().optional(), example: "./cacerts.pem" },
  rancherImage: {
    rule: z.string().regex(IMAGE, "is not an image name without a tag").default("rancher/rancher"),
    example: "registry.example.com/rancher/rancher",
  },
  rancherNamespace: { rule: kubernetesName.default("cattle-system"), example: "cattle-system" },
  rancherDeployment: { rule: kubernetesName.default("cattle"), example: "rancher" },
  rancherContainer: { rule: kubernetesName.optional(), example: "rancher" },
  rkePath: { rule: z.string().min(1, "is empty").default("rke"), example: "./rke_linux-amd64" },
  rkeSilenceSeconds: { rule: seconds(10).default(600), example: "600" },
  restartOrder: {
    rule: z.enum(["parallel", "rolling"], "is neither parallel nor rolling").default("parallel"),
    example: "rolling",
  },
  run: {
    rule: z.coerce.number("is not a number").int("is not a whole number").min(1, "is less than 1").default(1),
    example: "2",
  },
  knownHostsFile: { rule: z.string().min(1, "is empty").optional(), example: "~/.ssh/known_hosts" },
  allowUnknownHostKeys: {
    rule: z.enum(["true", "false"], "is neither true nor false").default("false"),
    example: "true",
  },
  waitSeconds: { rule: seconds(10).default(900), example: "900" },
};

type Key = keyof typeof KEYS;
const schema = z.object(
  Object.fromEntries(Object.entries(KEYS).map(([key, { rule }]) => [key, rule])) as {
    [K in Key]: (typeof KEYS)[K]["rule"];
  },
);

/**
 * The stack's config as settings.
 * @throws SettingsError with every mistake: of form, in the cluster file, and on this machine.
 */
export function readSettings(config: pulumi.Config = new pulumi.Config("rancher-rollback")): Settings {
  // Pulumi asks for a value of every key without a default; empty is how Pulumi.yaml says "none".
  const given = Object.fromEntries(Object.keys(KEYS).map((key) => [key, config.get(key) || undefined]));
  const unknown = Object.keys(pulumi.runtime.allConfig())
    .filter((full) => full.startsWith(`${config.name}:`))
    .map((full) => full.slice(config.name.length + 1));
  return checkSettings(
    given,
    unknown.filter((key) => !(key in KEYS)),
  );
}

/**
 * Raw values by key → settings. Paths are relative to the working directory.
 * @throws SettingsError with every mistake.
 */
export function checkSettings(given: Record<string, string | undefined>, unknownKeys: string[] = []): Settings {
  const mistakes: Mistake[] = unknownKeys.map((key) => ({
    key,
    wrong: `is not a setting; known are ${Object.keys(KEYS).join(", ")}`,
    type: `pulumi config rm ${key}`,
  }));
  const mistake = (key: Key, wrong: string) =>
    mistakes.push({ key, wrong, type: `pulumi config set ${key} ${KEYS[key].example}` });

  const parsed = schema.safeParse(given);
  for (const issue of parsed.error?.issues ?? []) mistake(issue.path[0] as Key, issue.message);
  const broken = new Set(mistakes.map(({ key }) => key));
  const value = (key: Key): string | undefined =>
    broken.has(key) ? undefined : (given[key] ?? (KEYS[key].rule.safeParse(undefined).data as string | undefined));

  const cluster = attempt(
    () => value("clusterFile") && readClusterFile(absolute(value("clusterFile") as string)),
    (error) => {
      for (const wrong of error instanceof ClusterFileError ? error.mistakes : [String(error)])
        mistake("clusterFile", `${given.clusterFile}: ${wrong}`);
    },
  );
  if (cluster) checkFiles(cluster, mistake);
  const version = attempt(
    () => value("rkePath") && readRkeVersion(program(value("rkePath") as string)),
    (error) => mistake("rkePath", `does not work: ${error.message}`),
  );
  for (const key of ["knownHostsFile", "rancherCaFile"] as const) {
    const path = value(key);
    if (path && !existsSync(absolute(path))) mistake(key, `names a file that is not there: ${path}`);
  }
  const container = value("rancherContainer") ?? DEPLOYMENT_CONTAINERS[value("rancherDeployment") ?? "cattle"];
  if (!container && !broken.has("rancherContainer"))
    mistake("rancherContainer", "must be set for a Deployment that is neither cattle nor rancher");

  if (mistakes.length > 0 || !parsed.success || !cluster || !version || !container) throw new SettingsError(mistakes);
  const s = parsed.data;
  const { name, note } = snapshotNameForRke(s.snapshot, version);
  return {
    snapshot: name,
    run: s.run,
    cluster,
    rke: {
      path: program(s.rkePath),
      version,
      silenceSeconds: s.rkeSilenceSeconds,
    },
    rancher: {
      namespace: s.rancherNamespace,
      deployment: s.rancherDeployment,
      container,
      image: `${s.rancherImage}:${s.rancherVersion}`,
      version: s.rancherVersion,
      url: s.rancherUrl,
      ...(s.rancherCaFile && { caFile: absolute(s.rancherCaFile) }),
    },
    restartOrder: s.restartOrder,
    hostKeys: {
      allowUnknown: s.allowUnknownHostKeys === "true",
      ...(s.knownHostsFile && { knownHostsFile: absolute(s.knownHostsFile) }),
    },
    waitSeconds: s.waitSeconds,
    notes: note ? [note] : [],
  };
}

function checkFiles({ kubeconfig, nodes }: ClusterFile, mistake: (key: Key, wrong: string) => void): void {
  if (!existsSync(kubeconfig)) {
    mistake(
      "clusterFile",
      `has no kubeconfig beside it: RKE writes ${kubeconfig}; copy it from where \`rke up\` was run last`,
    );
  }
  for (const keyPath of new Set(nodes.flatMap((node) => [node.keyPath, node.bastion?.keyPath]))) {
    if (!keyPath) continue;
    try {
      readFileSync(keyPath);
    } catch (error) {
      mistake(
        "clusterFile",
        `names the SSH key ${keyPath}, which cannot be read: ${(error as NodeJS.ErrnoException).code}`,
      );
    }
  }
}

/** An absolute path; `~/` is the operator's home, as in a shell that never sees this text. */
function absolute(path: string): string {
  return resolve(path.replace(/^~(?=\/)/, homedir()));
}

/** A program by path, or by the bare name that the PATH is searched for. */
function program(path: string): string {
  return path.includes("/") ? absolute(path) : path;
}

function attempt<T>(read: () => T, failed: (error: Error) => void): T | undefined {
  try {
    return read();
  } catch (error) {
    failed(error as Error);
    return undefined;
  }
}

function carriesNoLogin(text: string): boolean {
  return !URL.canParse(text) || new URL(text).username + new URL(text).password === "";
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
