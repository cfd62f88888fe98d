import type { Loss } from "../../cluster/opened/loss.ts";
import { kubectl, type LabCluster } from "../../lab/cluster/cluster.ts";
import { waitFor } from "../../lab/machine/progress.ts";
import { apply, create, define, forget, pluralsOf } from "./rancherKinds.ts";
import { DEFINED, KUBERNETES, RANCHER, type SeededOfRancher, STANDARD } from "./seededKinds.ts";

/** All that has a namespace is in this one. */
const NAMESPACE = "seeded";
/** What becomes of an object after the snapshot. `touched`: only the status changes. */
type Fate = "created" | "changed" | "deleted" | "remade" | "kept" | "touched";
/** Of each kind and fate. */
const EACH = 10;

/** In which list of the preview they are found. */
const LISTED: Record<"created" | "changed" | "deleted", Fate[]> = {
  created: ["created"],
  changed: ["changed", "remade"],
  deleted: ["deleted"],
};
/** How many are written again without a change that counts. */
export const TOUCHED = EACH * Object.keys(RANCHER).length;

const BEFORE: Fate[] = ["changed", "deleted", "remade", "kept"];
const GOING = "fate in (deleted,remade)";
const KUBERNETES_KINDS = Object.values(KUBERNETES).map(({ kind }) => kind);
/** With those that the stand-in for Rancher defines itself. */
const RANCHER_KINDS = pluralsOf(Object.values(RANCHER).map(({ of }) => of));

/** What is to be found, and in which list of its kind: `created settings: created-0`. */
export function seededChanges(): string[] {
  const changes = (kind: string, shown: (name: string) => string) =>
    Object.entries(LISTED).flatMap(([list, fates]) =>
      fates.flatMap((fate) => names(fate).map((name) => `${list} ${kind}: ${shown(name)}`)),
    );
  return [
    ...Object.keys(KUBERNETES).flatMap((kind) => changes(kind, (name) => `${NAMESPACE}/${name}`)),
    ...Object.entries(RANCHER).flatMap(([kind, { shown = (name: string) => name }]) => changes(kind, shown)),
  ];
}

/** What was found, in the same words: all of Rancher's, and of Kubernetes' the kinds and the namespace of the seeds. */
export function foundChanges({ kinds }: Loss): string[] {
  return kinds.flatMap((line) =>
    (["created", "changed", "deleted"] as const).flatMap((fate) =>
      line[fate].names
        .filter((name) => line.of === "rancher" || (line.kind in KUBERNETES && name.startsWith(`${NAMESPACE}/`)))
        .map((name) => `${fate} ${line.kind}: ${name}`),
    ),
  );
}

/** What was found beside the seeds, which a cluster changes by itself. */
export function otherKinds({ kinds }: Loss): Loss["kinds"] {
  return kinds.filter(({ kind, of }) => of === "kubernetes" && !(kind in KUBERNETES));
}

/** Before the snapshot. */
export async function seed(cluster: LabCluster): Promise<void> {
  await forget(cluster, [NAMESPACE], DEFINED);
  await kubectl(cluster, ["create", "namespace", NAMESPACE]);
  await define(cluster, DEFINED);
  await create(cluster, [...ofKubernetes(BEFORE), ...ofRancher([...BEFORE, "touched"])]);
}

/** After it. */
export async function change(cluster: LabCluster): Promise<void> {
  const inNamespace = (...args: string[]) => kubectl(cluster, ["-n", NAMESPACE, ...args]);
  await create(cluster, [...ofKubernetes(["created"]), ...ofRancher(["created"]), ...unmissed()]);
  await inNamespace("label", KUBERNETES_KINDS.join(), "-l", "fate=changed", "touched=yes");
  await apply(cluster, [...ofRancher(["changed"], { round: 2 }), ...ofRancher(["touched"], { status: 2 })]);
  const going = [[...KUBERNETES_KINDS, ...RANCHER_KINDS].join(), "-l", GOING];
  await inNamespace("delete", ...going, "--wait=false");
  // Volume claims go when their protection says so.
  const left = () => inNamespace("get", ...going, "-o", "name");
  if (!(await waitFor(async () => (await left()) === "", 60_000))) throw new Error(`not deleted: ${await left()}`);
  await create(cluster, [...ofKubernetes(["remade"]), ...ofRancher(["remade"])]);
}

/** All that was seeded goes, also what is of a kind that the stand-in for Rancher has itself. */
export async function forgetSeeds(cluster: LabCluster): Promise<void> {
  await kubectl(cluster, ["delete", pluralsOf(STANDARD).join(), "-l", "fate"]);
  await forget(cluster, [NAMESPACE], DEFINED);
}

function names(fate: Fate): string[] {
  return Array.from({ length: EACH }, (_, at) => `${fate}-${at}`);
}

function ofKubernetes(fates: Fate[]): object[] {
  return Object.values(KUBERNETES).flatMap(({ apiVersion, kind, more }) =>
    fates.flatMap((fate) =>
      names(fate).map((name) => ({
        ...{ apiVersion, kind, metadata: { name, namespace: NAMESPACE, labels: { fate } } },
        ...more,
      })),
    ),
  );
}

function ofRancher(fates: Fate[], { round = 1, status = 1 } = {}): object[] {
  return Object.values(RANCHER).flatMap((seeded) =>
    fates.flatMap((fate) =>
      names(fate).map((name) => ({
        ...headOf(seeded.of, name, { fate }),
        ...seeded.object(name, round),
        status: { conditions: [{ type: "Ready", status: "True", reason: `round ${status}` }] },
      })),
    ),
  );
}

/** What releases of Rancher and its users' work bring along. */
function unmissed(): object[] {
  return Object.values(RANCHER).flatMap(({ of, unmissed }) =>
    unmissed ? [{ ...headOf(of, unmissed.name, { fate: "unmissed", ...unmissed.labels }), ...unmissed.object }] : [],
  );
}

function headOf(
  [group, version, kind, , isNamespaced]: SeededOfRancher["of"],
  name: string,
  labels: Record<string, string>,
): object {
  const metadata = { name, labels, ...(isNamespaced && { namespace: NAMESPACE }) };
  return { apiVersion: `${group}/${version}`, kind, metadata };
}
