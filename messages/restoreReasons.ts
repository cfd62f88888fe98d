import type { InPlaceFacts } from "../cluster/inPlace/facts.ts";
import type { Reason } from "../cluster/inPlace/way.ts";
import { silentDocker } from "../cluster/node/dockerAnswers.ts";
import { type Problem, type Remedy, setRemedy } from "../cluster/problem.ts";

type Of<K extends Reason["kind"]> = Extract<Reason, { kind: K }>;

const DIFFERENT: Record<Of<"hosts-differ">["what"], string> = {
  "etcd-image": "images of etcd",
  "restore-tool": "restore tools",
  "kubernetes-image": "versions of Kubernetes",
};

const KEYS: Record<Of<"key-changed">["key"], string> = {
  ca: "the cluster's CA",
  "service-account": "the key that signs tokens of service accounts",
  encryption: "the keys that encrypt secrets in etcd",
};

const TEXTS: { [K in Reason["kind"]]: (reason: Of<K>) => string } = {
  "asked-for": ({ restoreWith }) => `restoreWith is ${restoreWith}`,
  "cluster-not-read": ({ restoreWith, why }) => `restoreWith is ${restoreWith}, and the cluster was not read: ${why}`,
  "hosts-ready": ({ hosts, tool }) =>
    `${hosts === 1 ? "the etcd host has" : `all ${hosts} etcd hosts have`} ${tool} and enough disk space for a second copy of etcd's data`,
  "exchange-begun": ({ nodes }) => `an earlier run has begun to exchange the data of etcd: ${nodes.join(", ")}`,
  "old-data-kept": ({ snapshot, hosts }) => `the old data of the restore of ${snapshot} are on all ${hosts} etcd hosts`,
  "node-replaced": ({ node }) => `${node} is replaced: RKE sets up the new node`,
  "rke-without-state": ({ rke }) => `RKE ${rke} keeps no state file that could be compared`,
  "host-not-read": ({ why }) => why,
  "no-container": ({ node }) => `${node}: there is no container etcd`,
  "component-missing": ({ node, components }) =>
    `${node}: there ${components.length > 1 ? "are no containers" : "is no container"} ${components.join(", ")}`,
  "no-data": ({ node }) => `${node}: etcd has no data`,
  "data-elsewhere": ({ node, path = "an unknown place" }) => `${node}: etcd keeps its data in ${path}`,
  "log-elsewhere": ({ node, path }) => `${node}: etcd keeps its log in ${path}`,
  "argument-missing": ({ node, argument }) => `${node}: etcd was started without --${argument}`,
  mount: ({ node, path }) => `${node}: ${path} is a mount or a link, which cannot be exchanged by rename`,
  "no-restore-tool": ({ node, image }) => `${node}: ${image} has no tool that restores snapshots`,
  "no-hash": ({ node, version }) =>
    `${node}: etcd ${version} has no hash of its data (endpoint hashkv, etcd 3.3 and later), by which they are proven`,
  "unsafe-to-kill": ({ node, version }) => `${node}: etcd ${version} can lose data when it is killed (etcd#13766)`,
  "no-room": ({ node, path, freeMiB, neededMiB }) =>
    `${node}: there are ${freeMiB} MiB in ${path}, ${neededMiB} MiB are needed for a second copy of etcd's data`,
  "hosts-differ": ({ what, values }) => `the etcd hosts have different ${DIFFERENT[what]}: ${values.join(", ")}`,
  "other-kubernetes": ({ holds, runs = "none" }) =>
    `the snapshot has ${holds ? `Kubernetes ${holds}` : "an unknown Kubernetes version"}, the cluster runs ${runs}`,
  "no-local-state": () => "there is no state file of RKE to compare the snapshot's with",
  "key-changed": ({ key }) => `since the snapshot was saved, ${KEYS[key]} changed: RKE brings back the earlier one`,
};

/** Why etcd is restored in this way, as a sentence without its full stop. */
export function reasonText(reason: Reason): string {
  // Each text takes what its own reason has.
  return (TEXTS[reason.kind] as (reason: Reason) => string)(reason);
}

/** Why nothing is restored where in place is demanded. */
export function impossibleInPlace(against: Reason[]): Problem {
  return {
    message: `etcd cannot be restored in place: ${against.map(reasonText).join("; ")}`,
    remedy: rkeInstead(against, "let RKE restore it"),
  };
}

/** Why RKE does not restore where the preview has announced that etcd would be restored in place. */
export function impossibleNow(against: Reason[]): Problem {
  return {
    message: `etcd can no longer be restored in place, although the preview planned it: ${against.map(reasonText).join("; ")}`,
    remedy: rkeInstead(against, "let RKE restore it, which wipes the cluster"),
  };
}

/** RKE needs every etcd host, too. */
function rkeInstead(against: Reason[], what: string): Remedy {
  const silent = against.flatMap((reason) => (reason.kind === "host-not-read" ? [reason.node] : []));
  if (silent.length > 0) return `look at ${silent.join(", ")}; run this again once every etcd host answers`;
  return setRemedy(what, "restoreWith", "rke");
}

/** Why an exchange that was cut off can neither be finished nor put back on a host. */
export function withoutContainer(node: string, { dockerSaid }: Pick<InPlaceFacts, "dockerSaid">): Problem {
  if (dockerSaid !== undefined) return silentDocker(node, dockerSaid);
  const remedy = `bring it back on ${node}: docker ps -a --filter name=etcd`;
  return { message: reasonText({ kind: "no-container", node }), remedy };
}
