import { lt, parse, type SemVer, satisfies } from "semver";
import { parseDocument } from "yaml";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import type { UnfinishedWipe } from "../cluster/stateFolder/unfinishedRestore.ts";
import { backupWarnings } from "./backupWarnings.ts";
import type { RollbackPlan } from "./plan.ts";

/** What the operator should know before saying yes, a sentence each. `clusterFile` is the file's text. */
export function warnings(
  plan: Omit<RollbackPlan, "warnings" | "expectedSeconds">,
  clusterFile: string,
  now: number,
  wipe?: UnfinishedWipe,
): string[] {
  return [
    ...(wipe
      ? [
          `an earlier restore began to wipe this cluster at ${wipe.at} and was not seen to end; RKE's log of it: ${wipe.log}`,
        ]
      : []),
    ...(plan.snapshot.ofAnotherCluster
      ? ["the snapshot knows nothing of this cluster's namespace kube-system: it is of another cluster"]
      : []),
    ...backupWarnings(clusterFile),
    ...addonWarnings(clusterFile, plan.rancher.after),
    ...etcdWarnings(plan),
    ...plan.nodes.flatMap(({ name, clockSkewSeconds: skew = 0 }) =>
      Math.abs(skew) > 2
        ? [`${name}: its clock is ${Math.abs(skew)} s ${skew > 0 ? "ahead of" : "behind"} this machine's`]
        : [],
    ),
    ...certificateWarnings(plan, now),
    ...kubernetesWarnings(plan.kubernetes),
    ...rancherWarnings(plan.rancher),
  ];
}

function addonWarnings(clusterFile: string, after: string): string[] {
  const addons = parseDocument(clusterFile).get("addons");
  const images = typeof addons === "string" ? (addons.match(/[\w.:/-]*\brancher\/rancher:[\w.-]+/g) ?? []) : [];
  return [...new Set(images)]
    .filter((image) => image !== after)
    .map((image) => `addons: in the cluster file carries ${image}; every later \`rke up\` will set that again`);
}

function etcdWarnings({ nodes, etcd }: Pick<RollbackPlan, "nodes" | "etcd">): string[] {
  const members = etcdNodes({ nodes }).length;
  return [
    ...(members % 2 === 0
      ? [`there will be ${members} etcd members: an even number survives no more failures than ${members - 1}`]
      : []),
    ...etcd.problems.map((problem) => `etcd now: ${problem}`),
  ];
}

function certificateWarnings(
  { firstCertificateToExpire: first }: Pick<RollbackPlan, "firstCertificateToExpire">,
  now: number,
): string[] {
  if (!first) return [];
  const days = Math.floor((Date.parse(first.notAfter) - now) / 86_400_000);
  if (days >= 30) return [];
  const when = days < 0 ? `expired ${-days} days ago` : `expires in ${days} days`;
  return [`${first.node}: the certificate ${first.name} ${when}: rke cert rotate`];
}

/** `v1.20.15` runs where the cluster file says `v1.20.15-rancher2-2`; RKE sets what the file says, whatever runs. */
function kubernetesWarnings({ now, after }: RollbackPlan["kubernetes"]): string[] {
  if (now === undefined || after === undefined || after.split("-")[0] === now) return [];
  return [`Kubernetes ${now} runs, and the cluster file says ${after}: the restore sets that, too`];
}

/** The pairs that need more than an image (CVE-2018-20321), and the mistake that no Rancher refuses (rr#47281). */
function rancherWarnings({ now, after }: RollbackPlan["rancher"]): string[] {
  const [from, to] = [release(now), release(after)];
  if (!from || !to) return [];
  const tokens = (version: SemVer) => satisfies(version, "<2.0.11 || >=2.1.0 <2.1.6");
  return [
    ...(lt(from, to) ? [`Rancher ${after} is newer than the ${now} that runs: this is no rollback of an upgrade`] : []),
    ...(!tokens(from) && tokens(to)
      ? [
          "Rancher before 2.0.11 and 2.1.6 needs its service-account tokens saved now and patched back afterwards (CVE-2018-20321)",
        ]
      : []),
  ];
}

/** The release in an image's tag. Others have no order that is known: a `v2.5.8-patch1` may come before v2.5.8 or after it. */
function release(image = ""): SemVer | undefined {
  const version = parse(image.slice(image.lastIndexOf(":") + 1));
  return version && version.prerelease.length === 0 ? version : undefined;
}
