import type { Remedy } from "../cluster/problem.ts";
import { answeringInWords } from "../cluster/rancher/problems.ts";
import { someNames } from "../cluster/text.ts";
import { date, dateAndTime, duration } from "../cluster/time.ts";
import { reasonText } from "../messages/restoreReasons.ts";
import type { Newer, RollbackPlan } from "../plan/plan.ts";

/** Parts of a plan as text, for the screen and for the report. */

export function snapshotLines({ snapshot }: RollbackPlan): string[] {
  const { name, run, takenAt, bytes, provenOn, source, sourceNotAsked, holds } = snapshot;
  const age = takenAt ? [`taken ${dateAndTime(takenAt)}`] : provenOn.length > 0 ? ["age unknown"] : [];
  const size = bytes === undefined ? [] : [mebibytes(bytes)];
  return [
    [run > 1 ? `${name} (run ${run})` : name, ...age, ...size].join(", "),
    provenOn.length > 0 ? `intact on ${provenOn.join(", ")}` : "not found intact on any node yet",
    ...contentLines(holds),
    ...(source ? [`nodes without it fetch it from ${source}`] : []),
    ...(sourceNotAsked ? [`fetched by an earlier run; ${sourceNotAsked} is not asked again`] : []),
  ];
}

/** What an opened snapshot holds; none where neither is known. */
export function contentLines({ rancher, kubernetes }: RollbackPlan["snapshot"]["holds"] = {}): string[] {
  if (!rancher && !kubernetes) return [];
  return [`holds Rancher ${rancher ?? "unknown"} and Kubernetes ${kubernetes ?? "unknown"}`];
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}

/** How many kinds are listed; the plan as JSON has all. */
const KINDS = 14;
/** How many objects of a kind are named. */
const NAMED = 5;

/** All that is lost as a sentence without its full stop, and what is known of it, by kind, behind some words about that. */
export function dataLoss({ lost }: RollbackPlan): {
  all: string;
  known: string;
  kinds: [kind: string, lost: string][];
} {
  const since = lost.seconds === undefined ? "since the snapshot was taken" : `of the last ${duration(lost.seconds)}`;
  const all = `every change ${since}, in Rancher and in Kubernetes`;
  const { exact } = lost;
  if (exact && !("unknown" in exact)) {
    if (exact.kinds.length === 0)
      return { all, known: "nothing was created, changed or deleted since then", kinds: [] };
    const more = exact.kinds.length - KINDS;
    return {
      all,
      known: "since then, by opening the snapshot (what was created will be gone, what was deleted will be back)",
      kinds: [
        ...exact.kinds.slice(0, KINDS).map((line): [string, string] => [line.kind, exactText(line)]),
        ...(more > 0 ? [["other kinds", `${more}, see the plan as JSON`] as [string, string]] : []),
      ],
    };
  }
  return {
    all,
    known: "created since then",
    kinds: [
      ["namespaces", newerText(lost.namespaces)],
      ["workloads", newerText(lost.workloads)],
      ["Rancher users", newerText(lost.rancherUsers)],
      ["Rancher clusters", newerText(lost.rancherClusters)],
      ...(exact ? [["changed or deleted", `unknown (${exact.unknown})`] as [string, string]] : []),
    ],
  };
}

/**
 * What is lost of the objects whose kind or name has one of these words, a line each. Of how many the names are kept, the
 * plan says; of a name that may be among the others it cannot be told.
 */
export function lostObjects({ lost: { exact } }: RollbackPlan, words: string[]): string[] {
  if (!exact || "unknown" in exact) return [`unknown: ${exact?.unknown ?? "the plan is of an earlier release"}`];
  const has = (text: string) => words.some((word) => text.toLowerCase().includes(word.toLowerCase()));
  const lines = exact.kinds.flatMap(({ kind, created, changed, deleted }) =>
    Object.entries({ created, changed, deleted }).flatMap(([what, { count, names }]) => {
      const more = count - names.length;
      return [
        ...names.filter((name) => has(kind) || has(name)).map((name) => `${kind} ${what}: ${name}`),
        ...(more > 0 && (has(kind) || names.some(has))
          ? [`${kind} ${what}: ${more} more, whose names are not kept`]
          : []),
      ];
    }),
  );
  return lines.length > 0 ? lines : [`no lost object matches ${words.join(", ")}`];
}

type ExactLoss = Exclude<NonNullable<RollbackPlan["lost"]["exact"]>, { unknown: string }>["kinds"][number];

function exactText({ created, changed, deleted, namespaces }: ExactLoss): string {
  const parts = Object.entries({ created, changed, deleted }).flatMap(([what, { count, names }]) =>
    count > 0 ? [`${count} ${what} (${someNames(names.slice(0, NAMED), count)})`] : [],
  );
  return `${parts.join(", ")}${namespaces > 1 ? `, in ${namespaces} namespaces` : ""}`;
}

function newerText(newer: Newer): string {
  if ("unknown" in newer) return `unknown (${newer.unknown})`;
  if (newer.count === 0) return "none";
  return `${newer.count} (${someNames(newer.names, newer.count)})`;
}

export function etcdText({ etcd, notRead }: RollbackPlan): string {
  if (notRead !== undefined) return "unknown";
  if (etcd.members === undefined) return "does not answer, see the warnings";
  const problems = etcd.problems.length;
  const health = problems === 0 ? "healthy" : `${problems} problem${problems > 1 ? "s" : ""}, see the warnings`;
  return `${etcd.members} members, leader ${etcd.leader ?? "none"}, ${health}`;
}

/** The image that runs, what answers at Rancher's address, and whether setting the image will change anything. */
export function rancherText({ rancher: { now, answers, after }, snapshot: { holds } }: RollbackPlan): {
  image: string;
  answers: string;
  remedy?: Remedy;
  step?: string;
} {
  return {
    image: now ?? "unknown",
    ...("unknown" in answers
      ? { answers: answers.unknown, ...(answers.remedy !== undefined && { remedy: answers.remedy }) }
      : { answers: answeringInWords(answers) }),
    ...(holds?.rancherImage === after && { step: "the restore itself brings this image back" }),
  };
}

export function kubernetesText({ kubernetes }: RollbackPlan): { now: string; after: string } {
  return {
    now: kubernetes.now ?? `unknown (${kubernetes.unknown ?? "not read"})`,
    after: kubernetes.after
      ? `${kubernetes.after}${kubernetes.byDefault ? " (RKE's default)" : ""}`
      : "RKE's default version",
  };
}

export function certificateText({ firstCertificateToExpire: first }: RollbackPlan): string | undefined {
  return first && `the first expires on ${date(first.notAfter)}: ${first.name} on ${first.node}`;
}

export function expectedTimeText({ expectedSeconds, restore }: RollbackPlan): string {
  const lab = "as measured in the lab; longer on slower machines";
  const all = `about ${duration(expectedSeconds < 120 ? expectedSeconds : Math.round(expectedSeconds / 60) * 60)}`;
  return restore
    ? `Rancher is away for about ${duration(restore.expectedSeconds)}, ${all} in all, ${lab}`
    : `${all}, ${lab}`;
}

export function replacedLines({ replaced }: RollbackPlan): string[] {
  return replaced.map(({ unresponsive, node, machine }) => {
    const what = machine.kind === "ec2" ? ec2Text(machine) : machine.address;
    return `${unresponsive} → ${node === what ? what : `${node} (${what})`}`;
  });
}

/** Without `user` in the settings it is the dead node's, and an AMI has one of its own: read it before the instance is made. */
function ec2Text({ instanceType, user }: { instanceType: string; user?: string | undefined }): string {
  const login = user === undefined ? "" : `, logged in to as ${user}: its AMI must have this user`;
  return `a new EC2 instance, ${instanceType}${login}`;
}

/** When the point of no return will be passed, a sentence without its full stop. */
export function plannedPointText({ pointOfNoReturn: point }: RollbackPlan): string {
  const unchanged = "a failure before that leaves the cluster as it was";
  switch (point.when) {
    case "exchange":
      return `when etcd's data are exchanged for the restored ones, on all etcd hosts; ${unchanged}, and the old data are kept after it`;
    case "rename-back":
      return `when etcd's data are exchanged for the old ones, on all etcd hosts; ${unchanged}, and the present data are kept after it`;
    case "start":
      return `when RKE starts the restore: ${point.rke} logs nothing before it wipes`;
    case "cleaning":
      return 'when RKE logs "Cleaning old kubernetes cluster"; a failure before that leaves the cluster unchanged';
  }
}

/** How etcd will be restored, a sentence without its full stop, and why so; undefined for plans that do not say it. */
export function restoreText({ restore }: RollbackPlan): { how: string; reasons: string[] } | undefined {
  if (!restore) return undefined;
  const { way, reasons } = restore;
  const kept = `kept on every etcd host ${keptText(restore.oldDataKeptDays)}`;
  const how = {
    "in-place": `etcd in place: the snapshot is restored next to the live data while the cluster runs, then the two are exchanged; the old data are ${kept}`,
    "rename-back": `etcd's old data, renamed back: all that was before the rollback returns, and what was written since is ${kept}`,
    rke: "RKE's own restore",
    unknown: "etcd in place or RKE's own restore: known once the cluster is read",
  };
  return { how: how[way ?? "unknown"], reasons: reasons.map(reasonText) };
}

function keptText(days = 0): string {
  return days === 0 ? "until the next restore in place" : `for ${days} ${days === 1 ? "day" : "days"}`;
}
