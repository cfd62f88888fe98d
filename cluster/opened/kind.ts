import type { Rule } from "./open.ts";

/** A kind of object in an operator's words. */
export interface Kind {
  one: string;
  many: string;
  /** Whose it is. */
  of: "Rancher" | "Kubernetes";
  rule: Rule;
  /** By what people know it, instead of the name in its key: paths of the rule, the first that it has. */
  names?: readonly string[];
  /** Names of objects that are no work of anybody's whatever is in them, and why. */
  own?: readonly [names: RegExp, why: string];
  /** Why another object is no work of anybody's. */
  noise?: (object: KnownObject) => string | undefined;
}

/** What is known of an object: its name in the key, and the fields that the rule shows. */
export interface KnownObject {
  namespace?: string;
  name: string;
  /** Of now, else of the snapshot. */
  field: (path: string) => unknown[];
  before: (path: string) => unknown[];
  now: (path: string) => unknown[];
}

/** Of a custom resource that has a spec. */
export const SPEC: Rule = { same: ["spec", "metadata.labels", "metadata.deletionTimestamp"] };
/** Of one that has none, as many of Rancher's, and of what Kubernetes keeps without one: all but status and what counts itself. */
export const WHOLE: Rule = {};
/** Of Kubernetes' own in protobuf: field 2 is the spec, 3 the status; field 1 the metadata, of which what matters counts. */
export const PROTO_SPEC: Rule = { same: ["2"] };

export const MADE_BY_VERSION = "written by each version of Rancher";
export const FOLLOWS = "follows from other objects";
export const HEARTBEAT = "a heartbeat or a lock";
export const REFRESHED = "downloaded or refreshed by Rancher itself";
export const CLUSTER_PARTS = "a part of a downstream cluster";

export function rancher(one: string, rule: Rule = SPEC, more: Partial<Kind> = {}): Kind {
  return { one, many: plural(one), of: "Rancher", rule, ...more };
}

export function kubernetes(one: string, rule: Rule = WHOLE, more: Partial<Kind> = {}): Kind {
  return { one, many: plural(one), of: "Kubernetes", rule, ...more };
}

function plural(one: string): string {
  if (/(s|x|ss)$/.test(one)) return `${one}es`;
  return /[^aeiou]y$/.test(one) ? `${one.slice(0, -1)}ies` : `${one}s`;
}

/** Plurals that nobody misses, for one reason. */
export function noise(why: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, why]));
}
