import { lt, parse, rcompare, type SemVer } from "semver";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import { valueIn } from "../cluster/clusterFile/rkeYaml.ts";
import { type Migration, migrationsBetween, migrationsWithoutRestore } from "../cluster/rancher/migrations.ts";
import type { UnfinishedWipe } from "../cluster/stateFolder/unfinishedRestore.ts";
import { backupWarnings } from "./backupWarnings.ts";
import type { RollbackPlan } from "./plan.ts";

/** What the operator should know before confirming, a sentence each. `clusterFile` is the file's text. */
export function warnings(
  plan: Omit<RollbackPlan, "warnings" | "expectedSeconds">,
  clusterFile: string,
  now: number,
  wipe?: UnfinishedWipe,
): string[] {
  return [
    ...(wipe
      ? [
          `an earlier restore wiped this cluster at ${wipe.at} and did not finish; ${wipe.oldData === undefined ? `its log: ${wipe.log}` : `the old data are kept in ${wipe.oldData} on each etcd host`}`,
        ]
      : []),
    ...(plan.snapshot.ofAnotherCluster
      ? ["the snapshot is from another cluster: it does not contain this cluster's namespace kube-system"]
      : []),
    ...heldWarnings(plan),
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

/** What the opened snapshot says against this rollback. */
function heldWarnings({
  snapshot: { holds = {} },
  lost,
  rancher,
  kubernetes,
}: Pick<RollbackPlan, "snapshot" | "lost" | "rancher" | "kubernetes">): string[] {
  const wanted = release(rancher.after);
  const held = parse(holds.rancher ?? "");
  const after = kubernetes.after?.split("-")[0];
  return [
    ...(wanted && held && wanted.compare(held) !== 0
      ? [
          `the snapshot holds Rancher v${held}, but ${rancher.after} will be started on its data, which another version wrote`,
          ...migrationsWithoutRestore(held, wanted).map(
            ({ since, effect }) =>
              `the data in the snapshot are newer than Rancher ${rancher.after}: ${effect} since ${since}`,
          ),
        ]
      : []),
    ...(holds.kubernetes && after && holds.kubernetes.split("-")[0] !== after
      ? [`the snapshot is of Kubernetes ${holds.kubernetes}, but the cluster file has ${kubernetes.after}`]
      : []),
    ...(lost.exact && "quorum" in lost.exact && !lost.exact.quorum
      ? [
          `the members of etcd did not agree on what they have: what is listed as lost was compared with the data of etcd on ${lost.exact.on} alone, which may be old`,
        ]
      : []),
    ...(lost.exact && "lineage" in lost.exact && lost.exact.lineage === "other"
      ? [
          "etcd was restored between the snapshot and now, or the snapshot is of another cluster: what is listed as lost are the differences between both",
        ]
      : []),
  ];
}

function addonWarnings(clusterFile: string, after: string): string[] {
  const addons = valueIn(clusterFile, "addons");
  const images = addons ? (addons.match(/[\w.:/-]*\brancher\/rancher:[\w.-]+/g) ?? []) : [];
  return [...new Set(images)]
    .filter((image) => image !== after)
    .map((image) => `addons in the cluster file has the image ${image}: every later \`rke up\` sets that again`);
}

function etcdWarnings({ nodes, etcd }: Pick<RollbackPlan, "nodes" | "etcd">): string[] {
  const members = etcdNodes({ nodes }).length;
  return [
    ...(members % 2 === 0
      ? [`there will be ${members} etcd members: an even number tolerates no more failures than ${members - 1}`]
      : []),
    ...etcd.problems.map(({ message }) => message),
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

/** The API reports `v1.20.15` where the cluster file has `v1.20.15-rancher2-2`; RKE installs the file's version. */
function kubernetesWarnings({ now, after }: RollbackPlan["kubernetes"]): string[] {
  if (now === undefined || after === undefined || after.split("-")[0] === now) return [];
  return [`Kubernetes ${now} is running, but the cluster file has ${after}: the rollback installs that version`];
}

/** The mistake that no Rancher refuses (rancher#47281), and what the newer Rancher has changed for good. */
function rancherWarnings({ now, answers, after }: RollbackPlan["rancher"]): string[] {
  const [from, to] = [release(now), release(after)];
  if (!to) return [];
  const answering = "versions" in answers ? answers.versions : [];
  const [newest] = [from, ...answering.map((one) => release(one))].filter((one) => one !== undefined).sort(rcompare);
  return [
    ...(from && lt(from, to)
      ? [`Rancher ${after} is newer than the running ${now}: this does not roll back an upgrade`]
      : []),
    ...(newest ? migrationsBetween(newest, to).map((one) => migrationText(newest, one)) : []),
  ];
}

function migrationText({ version }: SemVer, { effect, save, after }: Migration): string {
  return [
    `going back from Rancher v${version}: ${effect}`,
    ...(save ? [`save before the rollback: ${save}`] : []),
    ...(after ? [`afterwards: ${after}`] : []),
  ].join("; ");
}

/** The release in an image's tag. Other tags have no known order: `v2.5.8-patch1` may be older or newer than v2.5.8. */
function release(image = ""): SemVer | undefined {
  const version = parse(image.slice(image.lastIndexOf(":") + 1));
  return version && version.prerelease.length === 0 ? version : undefined;
}
