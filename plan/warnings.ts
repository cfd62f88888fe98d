import { lt, parse, rcompare, type SemVer } from "semver";
import { etcdNodes } from "../cluster/clusterFile/node.ts";
import type { UnfinishedWipe } from "../cluster/history/note.ts";
import { tagOf } from "../cluster/image.ts";
import { isSkewed } from "../cluster/node/about.ts";
import { migrationsBetween, migrationsWithoutRestore } from "../cluster/rancher/migrations.ts";
import { readBackupFacts } from "../cluster/snapshot/backupSource.ts";
import type { Warning } from "../messages/warnings.ts";
import type { ApiReading } from "./apiReading.ts";
import type { RollbackPlan } from "./plan.ts";

/** What the operator should know before confirming. `clusterFile` is the file's text. */
export function warnings(
  plan: Omit<RollbackPlan, "warnings" | "expectedSeconds">,
  clusterFile: string,
  now: number,
  wipe?: UnfinishedWipe,
): Warning[] {
  return [
    ...(wipe ? [{ kind: "unfinished-restore" as const, ...wipe }] : []),
    ...(plan.snapshot.ofAnotherCluster ? [{ kind: "snapshot-of-another-cluster" as const }] : []),
    ...heldWarnings(plan),
    ...backupWarnings(clusterFile),
    ...etcdWarnings(plan),
    ...plan.nodes.flatMap(({ name, clockSkewSeconds: seconds = 0 }) =>
      isSkewed(seconds) ? [{ kind: "clock-skew" as const, node: name, seconds }] : [],
    ),
    ...certificateWarnings(plan, now),
    ...kubernetesWarnings(plan.kubernetes),
    ...rancherWarnings(plan.rancher),
  ];
}

function heldWarnings(plan: Pick<RollbackPlan, "snapshot" | "lost" | "rancher" | "kubernetes">): Warning[] {
  const { exact } = plan.lost;
  const { holds = {} } = plan.snapshot;
  const { after: image } = plan.rancher;
  const { after, byDefault } = plan.kubernetes;
  const [wanted, held] = [release(image), parse(holds.rancher ?? "")];
  const found: Warning[] = [];
  if (wanted && held && wanted.compare(held) !== 0) {
    found.push({ kind: "snapshot-of-other-rancher", holds: `v${held}`, image });
    for (const one of migrationsWithoutRestore(held, wanted)) found.push({ kind: "snapshot-too-new", ...one, image });
  }
  if (holds.kubernetes && after && holds.kubernetes.split("-")[0] !== after.split("-")[0]) {
    const { kubernetes } = holds;
    found.push({ kind: "snapshot-of-other-kubernetes", holds: kubernetes, after, ...(byDefault && { byDefault }) });
  }
  if (!exact || "unknown" in exact) return found;
  if (!exact.quorum) found.push({ kind: "no-quorum", on: exact.on });
  if (exact.lineage === "other") found.push({ kind: "other-lineage" });
  if (exact.notCompared) found.push({ kind: "loss-not-compared", objects: exact.notCompared });
  return found;
}

/** What S3 in the cluster file means for the rollback. */
export function backupWarnings(clusterFile: string): Warning[] {
  const { bucket, ignored } = readBackupFacts(clusterFile);
  // Only what can be the name of a bucket is told: the file may have anything there.
  const isName = /^[\w.-]+$/.test(bucket ?? "");
  return [
    ...(bucket === undefined ? [] : [{ kind: "s3-not-used" as const, ...(isName && { bucket }) }]),
    ...ignored.map((key) => ({ kind: "s3-key-ignored" as const, key })),
  ];
}

/** Nothing where they could not be read: that stops no rollback, and the image step says what refuses it. */
export function webhookWarnings(webhooks: ApiReading["webhooks"]): Warning[] {
  return "unknown" in webhooks || webhooks.length === 0 ? [] : [{ kind: "webhooks-fail-closed", webhooks }];
}

function etcdWarnings({ nodes, etcd }: Pick<RollbackPlan, "nodes" | "etcd">): Warning[] {
  const members = etcdNodes({ nodes }).length;
  return [
    ...(members % 2 === 0 ? [{ kind: "even-members" as const, members }] : []),
    ...etcd.problems.map((problem) => ({ kind: "etcd-problem" as const, problem })),
  ];
}

function certificateWarnings(
  { firstCertificateToExpire: first }: Pick<RollbackPlan, "firstCertificateToExpire">,
  now: number,
): Warning[] {
  if (!first) return [];
  const { node, name, notAfter } = first;
  const days = Math.floor((Date.parse(notAfter) - now) / 86_400_000);
  return days < 30 ? [{ kind: "certificate-expires", node, name, days }] : [];
}

/** The API reports `v1.20.15` where the cluster file has `v1.20.15-rancher2-2`; RKE installs the file's version. */
function kubernetesWarnings({ now, after, byDefault }: RollbackPlan["kubernetes"]): Warning[] {
  if (now === undefined || after === undefined || after.split("-")[0] === now) return [];
  return [{ kind: "kubernetes-changes", now, after, ...(byDefault && { byDefault }) }];
}

/** The mistake that no Rancher refuses (rancher#47281), and what the newer Rancher has changed for good. */
function rancherWarnings({ now = "", stored = "", answers, after }: RollbackPlan["rancher"]): Warning[] {
  const [from, to] = [release(now), release(after)];
  if (!to) return [];
  const answering = "versions" in answers ? answers.versions : [];
  const ran = [from, ...[stored, ...answering].map((one) => release(one))];
  const [newest] = ran.filter((one) => one !== undefined).sort(rcompare);
  return [
    ...(from && lt(from, to) ? [{ kind: "newer-rancher" as const, now, after }] : []),
    ...(newest
      ? migrationsBetween(newest, to).map((one) => ({ kind: "migration" as const, ...one, from: `v${newest.version}` }))
      : []),
  ];
}

/** The release that a version or an image's tag is. Others have no known order: `v2.5.8-patch1` may be older or newer than v2.5.8. */
function release(text: string): SemVer | undefined {
  const version = parse(tagOf(text) ?? text);
  return version && version.prerelease.length === 0 ? version : undefined;
}
