import { z } from "zod";
import { leftOutSchema } from "../cluster/downstream/schema.ts";
import { notComparedSchema } from "../cluster/opened/loss.ts";
import { writeVersion } from "../cluster/preflight/defaultKubernetes.ts";
import { type Notice, problemSchema, type Remedy } from "../cluster/problem.ts";
import { MIGRATION_NAMES } from "../cluster/rancher/migrations.ts";
import { shellWord } from "../cluster/shell.ts";
import { someNames } from "../cluster/text.ts";
import { date } from "../cluster/time.ts";
import { MIGRATION_TEXTS } from "./migrations.ts";
import { oldDataText } from "./unfinishedWipe.ts";

/** How many groups of objects a text names. */
const NAMED = 5;

const migration = {
  migration: z.enum(MIGRATION_NAMES),
  since: z.string().describe("the first releases of Rancher that do it, such as `2.5.16 and 2.6.7`"),
};

const kubernetesAfter = {
  after: z.string(),
  byDefault: z.literal(true).optional().describe("`after` is RKE's own default: the cluster file names none"),
};

const warning = <K extends string, F extends z.core.$ZodLooseShape>(kind: K, fields: F) =>
  z.object({ kind: z.literal(kind), ...fields });

/** What the operator should know before confirming. Texts contain no secrets. */
export const warningSchema = z.discriminatedUnion("kind", [
  warning("unfinished-restore", {
    at: z.iso.datetime(),
    log: z.string().optional().describe("RKE's; absent for a restore in place"),
    oldData: z.string().optional().describe("where each etcd host keeps the old data of a restore in place"),
  }).describe("an earlier restore wiped this cluster and did not finish"),
  warning("snapshot-of-another-cluster", {}).describe("the snapshot does not contain this cluster's kube-system"),
  warning("snapshot-of-other-rancher", { holds: z.string(), image: z.string() }).describe(
    "this image will be started on the data of the Rancher version that the snapshot holds",
  ),
  warning("snapshot-too-new", { ...migration, image: z.string() }).describe(
    "the data in the snapshot are newer than this image: they are already migrated",
  ),
  warning("snapshot-of-other-kubernetes", { holds: z.string(), ...kubernetesAfter }).describe(
    "the rollback installs another Kubernetes version than the snapshot holds",
  ),
  warning("no-quorum", { on: z.string().describe("a node") }).describe(
    "etcd's members did not agree: what is lost was compared with the data on this one alone",
  ),
  warning("other-lineage", {}).describe(
    "etcd was restored between the snapshot and now, or the snapshot is of another cluster",
  ),
  warning("loss-not-compared", { objects: z.array(notComparedSchema) }).describe(
    "more objects were written since than are compared: these count as lost by their keys alone",
  ),
  warning("s3-not-used", { bucket: z.string().optional() }).describe(
    "the cluster file saves snapshots to S3; the file on the nodes is restored, not the object there",
  ),
  warning("s3-key-ignored", { key: z.string() }).describe(
    "RKE ignores this key in the cluster file and saves nothing to S3 for it",
  ),
  warning("addon-image", { image: z.string() }).describe(
    "in plans of earlier releases: addons in the cluster file has this Rancher image, which is a failed check now",
  ),
  warning("addon-not-read", {
    entry: z.string().describe("of addons_include"),
    image: z.string().describe("the Rancher image that is set"),
  }).describe("RKE deploys this add-on, and whether it has another Rancher is not known"),
  warning("addon-removed", { problem: problemSchema }).describe(
    "RKE deletes what an add-on has made that is no longer in the cluster file, where the snapshot has it, which was not opened",
  ),
  warning("docker-not-supported", { node: z.string(), docker: z.string(), kubernetes: z.string() }).describe(
    "RKE does not support the node's Docker, and goes on with it by ignore_docker_version in the cluster file",
  ),
  warning("even-members", { members: z.int() }).describe("there will be so many etcd members"),
  warning("etcd-problem", { problem: problemSchema.describe("one of etcd.problems") }).describe(
    "something is wrong with etcd now",
  ),
  warning("clock-skew", {
    node: z.string(),
    seconds: z.int().describe("ahead of the operator's machine; negative where it is behind"),
  }).describe("the clock of a node is wrong"),
  warning("certificate-expires", {
    node: z.string(),
    name: z.string(),
    days: z.int().describe("left; negative where it has expired"),
  }).describe("a certificate is to be rotated"),
  warning("kubernetes-changes", { now: z.string(), ...kubernetesAfter }).describe(
    "the rollback installs the cluster file's Kubernetes version, or RKE's default",
  ),
  warning("kubernetes-not-written", {
    rke: z.string().describe("its version"),
    has: z.string().optional().describe("the version that the cluster has"),
  }).describe("the cluster file names no Kubernetes version, and RKE does not say which one it installs then"),
  warning("webhooks-fail-closed", {
    webhooks: z.array(
      z.object({
        configuration: z.string(),
        service: z.string().describe("what answers for it, as `namespace/name`"),
      }),
    ),
  }).describe("admission webhooks that refuse Rancher's image or its pods until their own pods serve"),
  warning("newer-rancher", { now: z.string(), after: z.string() }).describe(
    "the Rancher image to start is newer than the one that runs: this is no rollback",
  ),
  warning("migration", { ...migration, from: z.string().describe("such as `v2.6.0`") }).describe(
    "what the newer Rancher has changed for good",
  ),
  warning("old-data-deleted", {
    why: z.discriminatedUnion("by", [
      z.object({ by: z.literal("rke") }).describe("RKE's own restore deletes all that is there"),
      z.object({ by: z.literal("age"), days: z.int() }).describe("they are older than so many days"),
    ]),
    id: z.string(),
    keptAt: z.string().optional().describe("ISO 8601; absent where that is not known"),
    nodes: z.array(z.string()),
  }).describe("the run deletes the old data that an in-place restore has kept"),
  warning("downstream-not-checked", { why: z.string() }).describe(
    "this rollback can lose data of downstream clusters without asking",
  ),
  warning("downstream-not-compared", { objects: z.array(leftOutSchema) }).describe(
    "Rancher has more objects than are compared: this rollback can lose data of these without asking",
  ),
  warning("old-data-not-opened", {}).describe(
    "the downstream clusters were not checked, as the old data that are put back are not opened",
  ),
  warning("replaced-node-may-be-up", { problem: problemSchema }).describe(
    "a node that is replaced as unresponsive answers SSH, and it is not known whether Kubernetes runs on it",
  ),
]);
export type Warning = z.infer<typeof warningSchema>;

/** `is 90 s behind this machine's`. */
export function skewText(seconds: number): string {
  return `is ${Math.abs(seconds)} s ${seconds > 0 ? "ahead of" : "behind"} this machine's`;
}

/** A warning as it is shown: a sentence without its full stop, and what to do about it. */
export function warningNotice(warning: Warning): Notice {
  const remedy = remedyOf(warning);
  return { message: messageOf(warning), ...(remedy !== undefined && { remedy }) };
}

function remedyOf(warning: Warning): Remedy | undefined {
  switch (warning.kind) {
    case "addon-removed":
    case "etcd-problem":
    case "replaced-node-may-be-up":
      return warning.problem.remedy;
    case "s3-key-ignored":
      return "use the key services.etcd.backup_config.s3backupconfig";
    case "certificate-expires":
      return "rke cert rotate";
    case "addon-not-read":
      return `look into it: Rancher in it must have the image ${warning.image}`;
    case "kubernetes-not-written":
      return writeVersion(warning.has);
    case "webhooks-fail-closed": {
      const namespaces = new Set(warning.webhooks.map(({ service }) => service.split("/")[0]));
      const look = [...namespaces].map((one) => `kubectl -n ${shellWord(one ?? "")} get pods`).join("; ");
      return `the rollback waits for them; should they not come up, look at them: ${look}`;
    }
    case "migration": {
      const { save, after } = MIGRATION_TEXTS[warning.migration];
      const todo = [...(save ? [`save before the rollback: ${save}`] : []), ...(after ? [`afterwards: ${after}`] : [])];
      return todo.length > 0 ? todo.join("; ") : undefined;
    }
    default:
      return undefined;
  }
}

function kubernetesAfterText({ after, byDefault }: { after: string; byDefault?: true | undefined }): string {
  return byDefault ? `the cluster file names none, and RKE's default is ${after}` : `the cluster file has ${after}`;
}

function messageOf(warning: Warning): string {
  switch (warning.kind) {
    case "unfinished-restore": {
      const { at, log, oldData } = warning;
      const left = oldData === undefined ? `its log: ${log}` : oldDataText(oldData);
      return `an earlier restore wiped this cluster at ${at} and did not finish; ${left}`;
    }
    case "snapshot-of-another-cluster":
      return "the snapshot is from another cluster: it does not contain this cluster's namespace kube-system";
    case "snapshot-of-other-rancher":
      return `the snapshot holds Rancher ${warning.holds}, but ${warning.image} will be started on its data, which another version wrote`;
    case "snapshot-too-new":
      return `the data in the snapshot are newer than Rancher ${warning.image}: ${MIGRATION_TEXTS[warning.migration].effect} since ${warning.since}`;
    case "snapshot-of-other-kubernetes":
      return `the snapshot is of Kubernetes ${warning.holds}, but ${kubernetesAfterText(warning)}`;
    case "no-quorum":
      return `the members of etcd did not agree on what they have: what is listed as lost was compared with the data of etcd on ${warning.on} alone, which may be old`;
    case "other-lineage":
      return "etcd was restored between the snapshot and now, or the snapshot is of another cluster: what is listed as lost are the differences between both";
    case "loss-not-compared": {
      const objects = warning.objects.map(({ kind, count }) => `${count} ${kind}`).join(", ");
      return `more objects were written since the snapshot than were compared: ${objects} count as lost by their keys alone, also where nothing in them has changed`;
    }
    case "s3-not-used": {
      const named = warning.bucket === undefined ? "" : ` (bucket ${warning.bucket})`;
      return `the cluster file saves snapshots to S3${named}: this rollback restores the checked file on the nodes, never the object of that name in S3, and does not change the bucket`;
    }
    case "s3-key-ignored":
      return `RKE ignores ${warning.key} in the cluster file and saves nothing there`;
    case "addon-image":
      return `addons in the cluster file has the image ${warning.image}: every later \`rke up\` sets that again`;
    case "addon-not-read":
      return `addons_include in the cluster file names ${warning.entry}, which cannot be read here: where it has Rancher with another image than ${warning.image}, the \`rke up\` of this rollback starts that on the restored data`;
    case "docker-not-supported": {
      const { node, docker, kubernetes } = warning;
      return `${node}: RKE does not support Docker ${docker} for Kubernetes ${kubernetes}; it goes on with this node, as the cluster file has ignore_docker_version`;
    }
    case "even-members":
      return `there will be ${warning.members} etcd members: an even number tolerates no more failures than ${warning.members - 1}`;
    case "addon-removed":
    case "etcd-problem":
    case "replaced-node-may-be-up":
      return warning.problem.message;
    case "clock-skew":
      return `${warning.node}: its clock ${skewText(warning.seconds)}`;
    case "certificate-expires": {
      const { node, name, days } = warning;
      const when = days < 0 ? `expired ${-days} days ago` : `expires in ${days} days`;
      return `${node}: the certificate ${name} ${when}`;
    }
    case "kubernetes-changes":
      return `Kubernetes ${warning.now} is running, but ${kubernetesAfterText(warning)}: the rollback installs that version`;
    case "kubernetes-not-written":
      return `the cluster file names no kubernetes_version, and RKE ${warning.rke} does not say which one it installs then: it may be another than the cluster has`;
    case "webhooks-fail-closed": {
      const named = warning.webhooks.map(({ configuration, service }) => `${configuration} (${service})`);
      return `after the restore Rancher's image and its pods can be refused until the pods of these admission webhooks serve: ${someNames(named.slice(0, NAMED), named.length)}`;
    }
    case "newer-rancher":
      return `Rancher ${warning.after} is newer than the running ${warning.now}: this does not roll back an upgrade`;
    case "migration":
      return `going back from Rancher ${warning.from}: ${MIGRATION_TEXTS[warning.migration].effect}`;
    case "old-data-deleted": {
      const { why, id, keptAt, nodes } = warning;
      const who = why.by === "rke" ? "RKE's own restore deletes" : `older than ${why.days} days: this run deletes`;
      const from = keptAt === undefined ? id : `${date(keptAt)} (${id})`;
      return `${who} the old data that an in-place restore kept on ${from}, on ${nodes.join(", ")}`;
    }
    case "downstream-not-checked":
      return `the downstream clusters were not checked, so this rollback can lose data of theirs without asking (docs/downstream.md): ${warning.why}`;
    case "downstream-not-compared": {
      const left = warning.objects.map(({ resource, of, count }) => `${count} ${resource}${of ? ` of ${of}` : ""}`);
      const objects = someNames(left.slice(0, NAMED), left.length);
      return `Rancher has more nodes and other objects of downstream clusters than were compared, so this rollback can lose data of these without asking (docs/downstream.md): ${objects}`;
    }
    case "old-data-not-opened":
      return "the downstream clusters were not checked, as the old data that are put back are not opened: Rancher forgets what became of these clusters since these data were current (docs/downstream.md)";
  }
}
