import { z } from "zod";
import { RESTORE_WITH } from "../cluster/inPlace/way.ts";
import { LOCK_ID_PATTERN } from "../cluster/lock/lock.ts";
import { namesVersion } from "../cluster/rancher/releases.ts";
import { snapshotNameMistake } from "../cluster/snapshot/name.ts";
import { LONGEST_WAIT } from "../cluster/time.ts";
import { like, replacementRule, wholeNumber } from "./replacements.ts";

/** Container reference parts as Docker's distribution grammar has them, kept to what is in use. */
const IMAGE = /^[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+(?=\/))?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const KUBERNETES_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const kubernetesName = like("a Kubernetes name: small letters, digits and -", KUBERNETES_NAME);
const text = z.string().min(1, "is empty");
const httpUrl = z.string().refine(isHttpUrl, "is not an http:// or https:// address");
const either = <const A extends string, const B extends string>(one: A, other: B) =>
  z.enum([one, other], `is neither ${one} nor ${other}`);
const numberOf = (unit: string, least: number, most: number, span: string) =>
  wholeNumber(`a number of ${unit}`)
    .min(least, `is less than ${least} ${unit}`)
    .max(most, `is more than ${most} ${unit}, ${span}`);
const seconds = numberOf("seconds", 10, LONGEST_WAIT, "a day");
/** @param mistakeIn what is wrong with a text, if anything. */
const judged = (mistakeIn: (text: string) => string | undefined) =>
  z.string().superRefine((typed, check) => {
    const message = mistakeIn(typed);
    if (message) check.addIssue({ code: "custom", message });
  });

/** Every key: its rule and an example, as it is typed; of a list, one entry. The docs of each are in Pulumi.yaml. */
export const KEYS = {
  snapshot: { rule: judged(snapshotNameMistake), example: "before-upgrade-v2.5.9" },
  clusterFile: { rule: text, example: "./rancher-cluster.yml" },
  rancherVersion: { rule: judged(versionMistake), example: "v2.5.8" },
  rancherUrl: {
    rule: httpUrl.refine(hasNoLogin, "must not contain a user or password: messages show it"),
    example: "https://rancher.example.com",
  },
  rancherCaFile: { rule: z.string().optional(), example: "./cacerts.pem" },
  rancherImage: {
    rule: like("an image name without a tag", IMAGE).default("rancher/rancher"),
    example: "registry.example.com/rancher/rancher",
  },
  rancherNamespace: { rule: kubernetesName.default("cattle-system"), example: "cattle-system" },
  rancherDeployment: { rule: kubernetesName.default("cattle"), example: "rancher" },
  rancherContainer: { rule: kubernetesName.optional(), example: "rancher" },
  rkePath: { rule: text.default("rke"), example: "./rke_linux-amd64" },
  rkeSilenceSeconds: { rule: seconds.default(600), example: "600" },
  restartOrder: { rule: either("parallel", "rolling").default("parallel"), example: "rolling" },
  restarts: { rule: either("auto", "always").default("auto"), example: "always" },
  rkeUp: { rule: either("last", "first").default("last"), example: "first" },
  run: { rule: wholeNumber("a number").min(1, "is less than 1").default(1), example: "2" },
  knownHostsFile: { rule: text.optional(), example: "~/.ssh/known_hosts" },
  allowUnknownHostKeys: { rule: either("true", "false").default("false"), example: "true" },
  waitSeconds: { rule: seconds.default(900), example: "900" },
  acceptDataLossOf: { rule: text.optional(), example: "before-upgrade-v2.5.9" },
  acceptHazardsOf: {
    rule: z.array(text, "is not a list of names or ids of clusters").default([]),
    example: { path: "acceptHazardsOf[0]", value: "prod-eu@before-upgrade-v2.5.9" },
  },
  acceptRancherVersion: { rule: text.optional(), example: "v2.5.8" },
  readCluster: { rule: either("true", "false").default("true"), example: "false" },
  safetyCopy: { rule: either("required", "skip").default("required"), example: "required" },
  restoreWith: { rule: z.enum(RESTORE_WITH, "is none of auto, in-place and rke").default("auto"), example: "rke" },
  keepOldData: { rule: numberOf("days", 0, 365, "a year").default(7), example: "30" },
  breakLockOf: {
    rule: like("the id of a lock: 8 hexadecimal digits, as the refusal names it", LOCK_ID_PATTERN).optional(),
    example: "0123abcd",
  },
  replacements: {
    rule: z.array(replacementRule, "is not a list").default([]),
    example: { path: "replacements[0].unresponsive", value: "3.3.3.3" },
  },
  snapshotSource: { rule: text.optional(), example: "s3://rke-etcd-snapshots" },
  snapshotSha256: {
    rule: like("a sha256: 64 hexadecimal digits", /^[0-9a-f]{64}$/).optional(),
    example: "$(sha256sum before-upgrade-v2.5.9 | cut -d ' ' -f 1)",
  },
  s3Endpoint: { rule: text.optional(), example: "https://minio.example.com:9000" },
  s3Region: { rule: text.optional(), example: "eu-central-1" },
  s3AccessKey: { rule: text.optional(), example: "--secret" },
  s3SecretKey: { rule: text.optional(), example: "--secret" },
  webhook: { rule: httpUrl.optional(), example: "--secret" },
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
