import type { InPlaceFacts } from "../cluster/inPlace/facts.ts";
import type { Reason } from "../cluster/inPlace/way.ts";
import { silentDocker } from "../cluster/node/dockerAnswers.ts";
import { type Problem, type Remedy, setRemedy } from "../cluster/problem.ts";

const DIFFERENT: Record<Extract<Reason, { kind: "hosts-differ" }>["what"], string> = {
  "etcd-image": "images of etcd",
  "restore-tool": "restore tools",
  "kubernetes-image": "versions of Kubernetes",
};

const KEYS: Record<Extract<Reason, { kind: "key-changed" }>["key"], string> = {
  ca: "the cluster's CA",
  "service-account": "the key that signs tokens of service accounts",
  encryption: "the keys that encrypt secrets in etcd",
};

/** Why etcd is restored in this way, as a sentence without its full stop. */
export function reasonText(reason: Reason): string {
  switch (reason.kind) {
    case "asked-for":
      return `restoreWith is ${reason.restoreWith}`;
    case "cluster-not-read":
      return `restoreWith is ${reason.restoreWith}, and the cluster was not read: ${reason.why}`;
    case "hosts-ready": {
      const who = reason.hosts === 1 ? "the etcd host has" : `all ${reason.hosts} etcd hosts have`;
      return `${who} ${reason.tool} and enough disk space for a second copy of etcd's data`;
    }
    case "exchange-begun":
      return `an earlier run has begun to exchange the data of etcd: ${reason.nodes.join(", ")}`;
    case "old-data-kept":
      return `the old data of the restore of ${reason.snapshot} are on all ${reason.hosts} etcd hosts`;
    case "node-replaced":
      return `${reason.node} is replaced: RKE sets up the new node`;
    case "rke-without-state":
      return `RKE ${reason.rke} keeps no state file that could be compared`;
    case "host-not-read":
      return reason.why;
    case "no-container":
      return `${reason.node}: there is no container etcd`;
    case "component-missing": {
      const [name, ...others] = reason.components;
      const are = others.length > 0 ? "there are no containers" : "there is no container";
      return `${reason.node}: ${are} ${[name, ...others].join(", ")}`;
    }
    case "no-data":
      return `${reason.node}: etcd has no data`;
    case "data-elsewhere":
      return `${reason.node}: etcd keeps its data in ${reason.path ?? "an unknown place"}`;
    case "log-elsewhere":
      return `${reason.node}: etcd keeps its log in ${reason.path}`;
    case "argument-missing":
      return `${reason.node}: etcd was started without --${reason.argument}`;
    case "mount":
      return `${reason.node}: ${reason.path} is a mount or a link, which cannot be exchanged by rename`;
    case "no-restore-tool":
      return `${reason.node}: ${reason.image} has no tool that restores snapshots`;
    case "no-hash":
      return `${reason.node}: etcd ${reason.version} has no hash of its data (endpoint hashkv, etcd 3.3 and later), by which they are proven`;
    case "unsafe-to-kill":
      return `${reason.node}: etcd ${reason.version} can lose data when it is killed (etcd#13766)`;
    case "no-room": {
      const { node, path, freeMiB, neededMiB } = reason;
      return `${node}: there are ${freeMiB} MiB in ${path}, ${neededMiB} MiB are needed for a second copy of etcd's data`;
    }
    case "hosts-differ":
      return `the etcd hosts have different ${DIFFERENT[reason.what]}: ${reason.values.join(", ")}`;
    case "other-kubernetes":
      return `the snapshot has ${reason.holds ? `Kubernetes ${reason.holds}` : "an unknown Kubernetes version"}, the cluster runs ${reason.runs ?? "none"}`;
    case "no-local-state":
      return "there is no state file of RKE to compare the snapshot's with";
    case "key-changed":
      return `since the snapshot was saved, ${KEYS[reason.key]} changed: RKE brings back the earlier one`;
  }
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
