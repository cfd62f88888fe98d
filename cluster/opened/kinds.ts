import { type Kind, kubernetes, type Noise, rancher, WHOLE } from "./kind.ts";
import { CORE, HELM } from "./kubernetesKinds.ts";
import type { Rule } from "./open.ts";
import { CREDENTIAL, GROUPS, MANAGEMENT } from "./rancherKinds.ts";

/** What a key holds: an object of a kind, or something whose loss does not count, and why. */
type KeyMeaning = { kind: Kind; namespace?: string; name: string } | { noise: Noise };

export const KIND_RULES: Rule[] = [
  ...new Set(
    [...Object.values(MANAGEMENT), ...Object.values(GROUPS), ...Object.values(CORE)].flatMap((one) =>
      typeof one === "string" ? [] : [one.rule],
    ),
  ),
];

/** What a key of etcd means. RKE's prefix is `/registry` in every version (RKE v1.0.0 to v1.8.0 cluster/plan.go). */
export function meaningOf(key: string): KeyMeaning {
  if (!key.startsWith("/registry/")) return { noise: "not-an-object" };
  const words = key.slice("/registry/".length).split("/");
  const [first = "", second = ""] = words;
  if (first === "management.cattle.io")
    return meaning(MANAGEMENT[second] ?? { ...rancher(second, WHOLE), many: second }, words.slice(2));
  if (first.includes(".")) {
    const kind = GROUPS[`${first}/${second}`] ?? GROUPS[first];
    return meaning(kind ?? { ...kubernetes(`${second}.${first}`), many: `${second}.${first}` }, words.slice(2));
  }
  const two = CORE[`${first}/${second}`];
  if (two) return meaning(two, words.slice(2));
  const known = CORE[first];
  if (first === "secrets" && second === "cattle-global-data" && words[2]?.startsWith("cc-"))
    return meaning(CREDENTIAL, words.slice(1));
  const [, release, version] = /^sh\.helm\.release\.v1\.(.+)\.v(\d+)$/.exec(words[2] ?? "") ?? [];
  if (first === "secrets" && release && version)
    return { kind: HELM, namespace: second, name: `${release}, revision ${version}` };
  return meaning(known ?? { ...kubernetes(first), many: first }, words.slice(1));
}

function meaning(kind: Kind | Noise, words: string[]): KeyMeaning {
  if (typeof kind === "string") return { noise: kind };
  const name = words.at(-1) ?? "";
  return { kind, ...(words.length > 1 && { namespace: words.slice(0, -1).join("/") }), name };
}
