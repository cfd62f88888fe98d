import { z } from "zod";
import { RESTORE_WITH } from "../cluster/inPlace/way.ts";
import { namesVersion } from "../cluster/rancher/releases.ts";
import { snapshotNameMistake } from "../cluster/snapshot/name.ts";
import { replacementRule } from "./replacements.ts";

/** Container reference parts as Docker's distribution grammar has them, kept to what is in use. */
const IMAGE = /^[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+(?=\/))?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const KUBERNETES_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const kubernetesName = z.string().regex(KUBERNETES_NAME, "is not a Kubernetes name: small letters, digits and -");
const DAY = 86_400;
const seconds = (least: number) =>
  z.coerce
    .number("is not a number of seconds")
    .int("is not a whole number")
    .min(least, `is less than ${least} seconds`)
    .max(DAY, `is more than ${DAY} seconds, a day`);

/** Every key: its rule and an example. The docs of each are in Pulumi.yaml. */
export const KEYS = {
  snapshot: {
    rule: z.string().superRefine((name, check) => {
      const mistake = snapshotNameMistake(name);
      if (mistake) check.addIssue({ code: "custom", message: mistake });
    }),
    example: "before-upgrade-v2.5.9",
  },
  clusterFile: { rule: z.string().min(1, "is empty"), example: "./rancher-cluster.yml" },
  rancherVersion: {
    rule: z.string().superRefine((tag, check) => {
      const message = versionMistake(tag);
      if (message) check.addIssue({ code: "custom", message });
    }),
    example: "v2.5.8",
  },
  rancherUrl: {
    rule: z
      .string()
      .refine(isHttpUrl, "is not an http:// or https:// address")
      .refine(hasNoLogin, "must not contain a user or password: messages show it"),
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
  restarts: {
    rule: z.enum(["auto", "always"], "is neither auto nor always").default("auto"),
    example: "always",
  },
  rkeUp: {
    rule: z.enum(["last", "first"], "is neither last nor first").default("last"),
    example: "first",
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
  acceptDataLossOf: { rule: z.string().min(1, "is empty").optional(), example: "before-upgrade-v2.5.9" },
  acceptHazardsOf: {
    rule: z.array(z.string().min(1, "is empty"), "is not a list of names or ids of clusters").default([]),
    example: "--path 'acceptHazardsOf[0]' prod-eu@before-upgrade-v2.5.9",
  },
  acceptRancherVersion: { rule: z.string().min(1, "is empty").optional(), example: "v2.5.8" },
  readCluster: { rule: z.enum(["true", "false"], "is neither true nor false").default("true"), example: "false" },
  safetyCopy: {
    rule: z.enum(["required", "skip"], "is neither required nor skip").default("required"),
    example: "required",
  },
  restoreWith: {
    rule: z.enum(RESTORE_WITH, "is none of auto, in-place and rke").default("auto"),
    example: "rke",
  },
  keepOldData: {
    rule: z.coerce
      .number("is not a number of days")
      .int("is not a whole number")
      .min(0, "is less than 0 days")
      .max(365, "is more than 365 days, a year")
      .default(7),
    example: "30",
  },
  breakLockOf: {
    rule: z
      .string()
      .regex(/^[0-9a-f]{8}$/, "is not the id of a lock: 8 hexadecimal digits, as the refusal names it")
      .optional(),
    example: "0123abcd",
  },
  replacements: {
    rule: z.array(replacementRule, "is not a list").default([]),
    example: "--path 'replacements[0].unresponsive' 3.3.3.3",
  },
  snapshotSource: { rule: z.string().min(1, "is empty").optional(), example: "s3://rke-etcd-snapshots" },
  snapshotSha256: {
    rule: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "is not a sha256: 64 hexadecimal digits")
      .optional(),
    example: "$(sha256sum before-upgrade-v2.5.9 | cut -d ' ' -f 1)",
  },
  s3Endpoint: { rule: z.string().min(1, "is empty").optional(), example: "https://minio.example.com:9000" },
  s3Region: { rule: z.string().min(1, "is empty").optional(), example: "eu-central-1" },
  s3AccessKey: { rule: z.string().min(1, "is empty").optional(), example: "--secret" },
  s3SecretKey: { rule: z.string().min(1, "is empty").optional(), example: "--secret" },
  webhook: {
    rule: z.string().refine(isHttpUrl, "is not an http:// or https:// address").optional(),
    example: "--secret",
  },
};

export type Key = keyof typeof KEYS;

/** The rule of each key alone. */
export const schema = z.object(
  Object.fromEntries(Object.entries(KEYS).map(([key, { rule }]) => [key, rule])) as {
    [K in Key]: (typeof KEYS)[K]["rule"];
  },
);

function hasNoLogin(text: string): boolean {
  return !URL.canParse(text) || new URL(text).username + new URL(text).password === "";
}

/** A tag that is pushed again, such as `latest`, starts another Rancher than the one that was meant (rancher#16085). */
function versionMistake(tag: string): string | undefined {
  if (!TAG.test(tag)) return "is not an image tag";
  if (namesVersion(tag)) return undefined;
  return `names no version. Type the version that ran when the snapshot was taken, such as v2.5.8, and not ${tag}`;
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
