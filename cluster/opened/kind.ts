import type { Rule } from "./open.ts";

/** Why a change of an object is no work of anybody's. */
export const NOISE = {
  "made-by-version": "written by each version of Rancher",
  follows: "follows from other objects",
  heartbeat: "a heartbeat or a lock",
  refreshed: "downloaded or refreshed by Rancher itself",
  "cluster-part": "a part of a downstream cluster",
  "written-again": "written again, but not changed in what counts",
  "not-an-object": "not an object of Kubernetes",
  membership: "made by Rancher for a membership",
  "cron-job": "made by a cron job",
  rancher: "made by Rancher",
  "rke-up": "written by rke up",
  token: "a token that Kubernetes makes",
  "comes-with-namespace": "comes with its namespace",
  "comes-with-parent": "comes with its cluster or project",
  "comes-with-cluster": "comes with its cluster",
  kubernetes: "handled by Kubernetes itself",
  session: "a session or a machine's token",
  "system-account": "a system account, which comes with a cluster or project",
  "unused-provider": "a sign-in provider that is not in use",
  environment: "set by the environment",
  login: "rewritten at each login",
  preferences: "preferences of the user interface",
  "sign-in-cache": "a cache of sign-in providers",
  "helm-release": "counted as a Helm release",
  cluster: "counted as a cluster",
  "registered-again": "registered again at each start",
} as const;
export type Noise = keyof typeof NOISE;

/** Whose an object is, as it is shown. */
export const SYSTEMS = { rancher: "Rancher", kubernetes: "Kubernetes" } as const;

/** A kind of object in an operator's words. */
export interface Kind {
  one: string;
  many: string;
  of: keyof typeof SYSTEMS;
  rule: Rule;
  /** People make all of them: Kubernetes and its operators make and remove none by themselves. */
  byHand?: true;
  /** By what people know it, instead of the name in its key: paths of the rule, the first that it has. */
  names?: readonly string[];
  /** Names of objects that are no work of anybody's whatever is in them, and why. */
  own?: readonly [names: RegExp, why: Noise];
  /** Why another object is no work of anybody's. */
  noise?: (object: KnownObject) => Noise | undefined;
}

/** What is known of an object: its name in the key, and the fields that the rule shows. */
export interface KnownObject {
  namespace?: string;
  name: string;
  /** Its value now, else in the snapshot. */
  field: (path: string) => unknown[];
  before: (path: string) => unknown[];
  now: (path: string) => unknown[];
}

/** Compares a custom resource that has a spec. */
export const SPEC: Rule = { same: ["spec", "metadata.labels", "metadata.deletionTimestamp"] };
/** Compares what has no spec, as many resources of Rancher and some of Kubernetes: all but status and what Kubernetes counts itself. */
export const WHOLE: Rule = {};
/** Compares Kubernetes' own objects in protobuf: field 1 is the metadata, of which what matters counts, 2 the spec, 3 the status. */
export const PROTO_SPEC: Rule = { same: ["2"] };

export function rancher(one: string, rule: Rule = SPEC, more: Partial<Kind> = {}): Kind {
  return { one, many: plural(one), of: "rancher", rule, ...more };
}

export function kubernetes(one: string, rule: Rule = WHOLE, more: Partial<Kind> = {}): Kind {
  return { one, many: plural(one), of: "kubernetes", rule, ...more };
}

function plural(one: string): string {
  if (/(s|x|ss)$/.test(one)) return `${one}es`;
  return /[^aeiou]y$/.test(one) ? `${one.slice(0, -1)}ies` : `${one}s`;
}

/** Plurals whose loss does not count, for one reason. */
export function noise(why: Noise, names: string): Record<string, Noise> {
  return Object.fromEntries(names.split(" ").map((name) => [name, why]));
}
