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
  /** Why an object is no work of anybody's; by its name in the key and by the fields that the rule shows. */
  noise?: (object: { namespace?: string; name: string; field: (path: string) => unknown[] }) => string | undefined;
}

/** What a key holds: an object of a kind, or something that nobody misses, and why. */
export type KeyMeaning = { kind: Kind; namespace?: string; name: string } | { noise: string };

/** Of CRs without a spec, such as Rancher's older ones, all but status counts; of those with one, the spec. */
const SPEC: Rule = { same: ["spec", "metadata.labels", "metadata.deletionTimestamp"] };
const WHOLE: Rule = {};
/** Of Kubernetes' own in protobuf: field 2 is the spec, 3 the status; field 1 the metadata, of which what matters counts. */
const PROTO_SPEC: Rule = { same: ["2"] };

const MADE_BY_VERSION = "written by each version of Rancher";
const FOLLOWS = "follows from other objects";
const HEARTBEAT = "a heartbeat or a lock";
const REFRESHED = "downloaded or refreshed by Rancher itself";
const CLUSTER_PARTS = "a part of a downstream cluster";

function rancher(one: string, rule: Rule = SPEC, more: Partial<Kind> = {}): Kind {
  return { one, many: plural(one), of: "Rancher", rule, ...more };
}

function kubernetes(one: string, rule: Rule = WHOLE, more: Partial<Kind> = {}): Kind {
  return { one, many: plural(one), of: "Kubernetes", rule, ...more };
}

function plural(one: string): string {
  if (/(s|x|ss)$/.test(one)) return `${one}es`;
  return /[^aeiou]y$/.test(one) ? `${one.slice(0, -1)}ies` : `${one}s`;
}

const displayName: Pick<Kind, "names"> = { names: ["spec.displayName"] };
const named: Rule = { show: ["spec.displayName"], ...SPEC };
const builtIn = (path: string) => ({
  noise: ({ field }: Parameters<NonNullable<Kind["noise"]>>[0]) =>
    field(path).includes(true) ? MADE_BY_VERSION : undefined,
});
const creators: Partial<Kind> = {
  noise: ({ name }) => (name.startsWith("creator-") ? "comes with its cluster or project" : undefined),
};
const MEMBER: Rule = { same: ["userName", "userPrincipalName", "groupName", "groupPrincipalName", "roleTemplateName"] };

/** Settings that Rancher writes itself (rancher/rancher pkg/settings). */
const OWN_SETTINGS =
  /^(server-version|server-image|agent-image|cacerts|install-uuid|.*-version|k8s-version.*|rke-.*|ui-.*|.*-images?)$/;

/**
 * Rancher's own, by plural (rancher/rancher v2.0.0 to v2.12.0: generated controllers, pkg/crds). Text: nobody misses it, and
 * why.
 */
const MANAGEMENT: Record<string, Kind | string> = {
  users: rancher(
    "user",
    {
      show: ["username", "displayName", "principalIds[]"],
      same: ["username", "displayName", "description", "enabled", "password", "principalIds"],
    },
    {
      names: ["username", "displayName"],
      noise: ({ field }) => {
        const principals = field("principalIds[]").map(String);
        const isSystem = principals.length > 0 && principals.every((one) => one.startsWith("system://"));
        return isSystem || /^System account for /.test(String(field("displayName")[0] ?? ""))
          ? "a system account, which comes with a cluster or project"
          : undefined;
      },
    },
  ),
  tokens: rancher(
    "API key",
    {
      show: ["isDerived", "metadata.labels.authn.management.cattle.io/kind", "description"],
      same: ["description", "enabled", "ttl", "token", "userId"],
    },
    {
      noise: ({ field }) => {
        const [kind = "kubeconfig"] = field("metadata.labels.authn.management.cattle.io/kind");
        return kind === "kubeconfig" && field("isDerived").includes(true)
          ? undefined
          : "a session or a machine's token";
      },
    },
  ),
  projects: rancher(
    "project",
    {
      show: [
        "spec.displayName",
        "metadata.labels.authz.management.cattle.io/default-project",
        "metadata.labels.authz.management.cattle.io/system-project",
      ],
      ...SPEC,
    },
    {
      ...displayName,
      noise: ({ field }) =>
        ["default", "system"].some(
          (which) => field(`metadata.labels.authz.management.cattle.io/${which}-project`).length > 0,
        )
          ? "comes with its cluster"
          : undefined,
    },
  ),
  clusters: rancher("cluster", named, displayName),
  nodes: rancher(
    "node of a cluster",
    { show: ["spec.requestedHostname", "status.nodeName"], ...SPEC },
    {
      many: "nodes of clusters",
      names: ["spec.requestedHostname", "status.nodeName"],
    },
  ),
  nodepools: rancher("node pool"),
  clusterroletemplatebindings: rancher("cluster membership", MEMBER, creators),
  projectroletemplatebindings: rancher("project membership", MEMBER, creators),
  globalrolebindings: rancher("global permission", { same: ["userName", "groupPrincipalName", "globalRoleName"] }),
  globalroles: rancher(
    "global role",
    { show: ["builtin", "displayName"] },
    { names: ["displayName"], ...builtIn("builtin") },
  ),
  roletemplates: rancher(
    "role",
    { show: ["builtin", "displayName"] },
    { names: ["displayName"], ...builtIn("builtin") },
  ),
  authconfigs: rancher("sign-in provider"),
  settings: rancher(
    "setting",
    { show: ["source"], same: ["value"] },
    {
      noise: ({ name, field }) => {
        if (OWN_SETTINGS.test(name)) return MADE_BY_VERSION;
        return field("source").includes("env") ? "set by the environment" : undefined;
      },
    },
  ),
  features: rancher("feature flag", { same: ["spec.value"] }),
  nodetemplates: rancher("node template", named, displayName),
  clustertemplates: rancher("cluster template", named, displayName),
  clustertemplaterevisions: rancher("cluster template revision", named, displayName),
  nodedrivers: rancher("node driver", { show: ["spec.builtin", "spec.displayName"], same: ["spec"] }, displayName),
  kontainerdrivers: rancher("cluster driver", { show: ["spec.builtIn"], same: ["spec"] }),
  catalogs: rancher("catalog"),
  clustercatalogs: rancher("cluster catalog"),
  projectcatalogs: rancher("project catalog"),
  multiclusterapps: rancher("multi-cluster app"),
  globaldnses: rancher("global DNS entry"),
  globaldnsproviders: rancher("global DNS provider"),
  notifiers: rancher("notifier", named, displayName),
  clusteralertgroups: rancher("alert group", named, displayName),
  clusteralertrules: rancher("alert rule", named, displayName),
  projectalertgroups: rancher("project alert group", named, displayName),
  projectalertrules: rancher("project alert rule", named, displayName),
  clusterloggings: rancher("cluster logging"),
  projectloggings: rancher("project logging"),
  clusterscans: rancher("cluster scan"),
  etcdbackups: rancher("snapshot record of a cluster", SPEC, { many: "snapshot records of clusters" }),
  podsecuritypolicytemplates: rancher("pod security policy template", WHOLE),
  podsecurityadmissionconfigurationtemplates: rancher("pod security admission template", WHOLE),
  fleetworkspaces: rancher("fleet workspace"),
  userattributes: "rewritten at each login",
  preferences: "preferences of the user interface",
  ...noise("a cache of sign-in providers", "groups groupmembers principals samltokens"),
  ...noise(REFRESHED, "catalogtemplates catalogtemplateversions templates templateversions templatecontents"),
  ...noise(REFRESHED, "rkeaddons rkek8sserviceoptions rkek8ssystemimages"),
  ...noise(MADE_BY_VERSION, "dynamicschemas composeconfigs listenconfigs cisconfigs cisbenchmarkversions"),
  ...noise(MADE_BY_VERSION, "clustermonitorgraphs projectmonitorgraphs monitormetrics"),
  ...noise(FOLLOWS, "multiclusterapprevisions clusterevents managedcharts clusterregistrationtokens"),
};

/** Other groups of Rancher's, by group and plural; a group alone stands for what of it is not named. */
const GROUPS: Record<string, Kind | string> = {
  "project.cattle.io/apps": rancher("app"),
  "project.cattle.io/pipelines": rancher("pipeline"),
  "project.cattle.io": FOLLOWS,
  "catalog.cattle.io/clusterrepos": rancher("chart repository"),
  "catalog.cattle.io/apps": "counted as a Helm release",
  "catalog.cattle.io": FOLLOWS,
  "fleet.cattle.io/gitrepos": rancher("Git repository of fleet", SPEC, { many: "Git repositories of fleet" }),
  "fleet.cattle.io/helmops": rancher("Helm operation of fleet", SPEC, { many: "Helm operations of fleet" }),
  "fleet.cattle.io/clustergroups": rancher("cluster group of fleet", SPEC, { many: "cluster groups of fleet" }),
  "fleet.cattle.io/gitreporestrictions": rancher("restriction of fleet", SPEC, { many: "restrictions of fleet" }),
  "fleet.cattle.io": FOLLOWS,
  "provisioning.cattle.io/clusters": "counted as a cluster",
  "rke.cattle.io/etcdsnapshots": rancher("snapshot record of a cluster", SPEC, {
    many: "snapshot records of clusters",
  }),
  "rke.cattle.io": CLUSTER_PARTS,
  "rke-machine.cattle.io": CLUSTER_PARTS,
  "rke-machine-config.cattle.io": CLUSTER_PARTS,
  "cluster.x-k8s.io": CLUSTER_PARTS,
  "apiextensions.k8s.io/customresourcedefinitions": kubernetes("custom resource type", SPEC),
  "apiregistration.k8s.io": "registered again at each start",
  "crd.projectcalico.org/ipamblocks": FOLLOWS,
  "crd.projectcalico.org/ipamhandles": FOLLOWS,
  "crd.projectcalico.org/blockaffinities": FOLLOWS,
};

const workload = kubernetes("workload", PROTO_SPEC);
const GENERATED_ROLE =
  /^(p-|u-|c-|crb-|grb-|rb-|r-|b-|user-|cluster-member|cluster-owner|project-|globaladmin-|cattle-|system:|rancher-|fleet-)/;
const permission = kubernetes("permission", WHOLE, {
  noise: ({ name }) => (GENERATED_ROLE.test(name) ? "made by Rancher for a membership" : undefined),
});

/**
 * Kubernetes' own, by the words after `/registry/`: most plurals, and those that differ from them (kubernetes
 * pkg/kubeapiserver/default_storage_factory_builder.go).
 */
const CORE: Record<string, Kind | string> = {
  ...Object.fromEntries(["deployments", "daemonsets", "statefulsets", "cronjobs"].map((name) => [name, workload])),
  jobs: kubernetes("job", PROTO_SPEC, {
    noise: ({ name }) => (/-\d{8,10}$/.test(name) ? "made by a cron job" : undefined),
  }),
  namespaces: kubernetes("namespace", PROTO_SPEC, {
    noise: ({ name }) => (/^(c-|p-|u-|user-|cattle-|fleet-|cluster-fleet-)/.test(name) ? "made by Rancher" : undefined),
  }),
  "services/specs": kubernetes("service", PROTO_SPEC),
  ingress: kubernetes("ingress", PROTO_SPEC),
  persistentvolumeclaims: kubernetes("volume claim", PROTO_SPEC),
  persistentvolumes: kubernetes("volume", PROTO_SPEC),
  storageclasses: kubernetes("storage class"),
  configmaps: kubernetes("config map", WHOLE, {
    noise: ({ namespace, name }) => {
      if (
        /^(kube-root-ca\.crt|extension-apiserver-authentication|cattle-controllers|.*-leader(-.*)?|.*-lock)$/.test(name)
      )
        return HEARTBEAT;
      if (namespace !== "kube-system") return undefined;
      return /^(rke-|full-cluster-state$|coredns$|coredns-autoscaler$)/.test(name) ? "written by rke up" : undefined;
    },
  }),
  secrets: kubernetes("secret", WHOLE, {
    noise: ({ namespace, name }) => {
      if (/-token-[a-z0-9]{5}$/.test(name)) return "a token that Kubernetes makes";
      if (/-(machine-plan|machine-state|rke-state|kubeconfig)$/.test(name)) return CLUSTER_PARTS;
      if (/^(stv-aggregation|serving-cert|tls-rancher-internal.*|cattle-webhook-.*|helm-operation-.*)$/.test(name))
        return "made by Rancher";
      return namespace === "kube-system" && name === "full-cluster-state" ? "written by rke up" : undefined;
    },
  }),
  serviceaccounts: kubernetes("service account", WHOLE, {
    noise: ({ name }) => (name === "default" ? "comes with its namespace" : undefined),
  }),
  ...Object.fromEntries(
    ["roles", "rolebindings", "clusterroles", "clusterrolebindings"].map((name) => [name, permission]),
  ),
  controllers: kubernetes("replication controller", PROTO_SPEC),
  networkpolicies: kubernetes("network policy", PROTO_SPEC),
  poddisruptionbudgets: kubernetes("pod disruption budget", PROTO_SPEC),
  horizontalpodautoscalers: kubernetes("autoscaler", PROTO_SPEC),
  resourcequotas: kubernetes("resource quota", PROTO_SPEC),
  limitranges: kubernetes("limit range", PROTO_SPEC),
  priorityclasses: kubernetes("priority class"),
  runtimeclasses: kubernetes("runtime class"),
  podtemplates: kubernetes("pod template"),
  podsecuritypolicy: kubernetes("pod security policy"),
  validatingwebhookconfigurations: kubernetes("admission webhook"),
  mutatingwebhookconfigurations: kubernetes("admission webhook"),
  csidrivers: kubernetes("CSI driver"),
  minions: kubernetes("Kubernetes node", PROTO_SPEC),
  ...noise(
    FOLLOWS,
    "pods replicasets controllerrevisions services/endpoints endpointslices volumeattachments csinodes",
  ),
  ...noise(FOLLOWS, "ranges/serviceips ranges/servicenodeports ipaddresses servicecidrs"),
  ...noise(HEARTBEAT, "events leases masterleases"),
  ...noise("handled by Kubernetes itself", "certificatesigningrequests flowschemas prioritylevelconfigurations"),
};

const HELM = kubernetes("Helm release", WHOLE);
const CREDENTIAL = rancher("cloud credential", WHOLE);

function noise(why: string, names: string): Record<string, string> {
  return Object.fromEntries(names.split(" ").map((name) => [name, why]));
}

/** Every rule that questions about changes have. */
export const KIND_RULES: Rule[] = [
  ...new Set(
    [...Object.values(MANAGEMENT), ...Object.values(GROUPS), ...Object.values(CORE)].flatMap((one) =>
      typeof one === "string" ? [] : [one.rule],
    ),
  ),
];

/** What a key of etcd means. RKE's prefix is `/registry` in every version (RKE v1.0.0 to v1.8.0 cluster/plan.go). */
export function meaningOf(key: string): KeyMeaning {
  if (!key.startsWith("/registry/")) return { noise: "not an object of Kubernetes" };
  const words = key.slice("/registry/".length).split("/");
  const [first = "", second = ""] = words;
  if (first === "management.cattle.io") return meaning(MANAGEMENT[second] ?? rancher(second, WHOLE), words.slice(2));
  if (first.includes(".")) {
    const kind = GROUPS[`${first}/${second}`] ?? GROUPS[first];
    return meaning(kind ?? { ...kubernetes(`${second}.${first}`), many: `${second}.${first}` }, words.slice(2));
  }
  const two = CORE[`${first}/${second}`];
  if (two) return meaning(two, words.slice(2));
  const known = CORE[first];
  if (first === "secrets" && second === "cattle-global-data" && words[2]?.startsWith("cc-"))
    return meaning(CREDENTIAL, words.slice(1));
  const [, release, , version] = /^sh\.helm\.release\.v1\.((.+))\.v(\d+)$/.exec(words[2] ?? "") ?? [];
  if (first === "secrets" && release && version)
    return { kind: HELM, namespace: second, name: `${release}, revision ${version}` };
  return meaning(known ?? { ...kubernetes(first), many: first }, words.slice(1));
}

function meaning(kind: Kind | string, words: string[]): KeyMeaning {
  if (typeof kind === "string") return { noise: kind };
  const name = words.at(-1) ?? "";
  return { kind, ...(words.length > 1 && { namespace: words.slice(0, -1).join("/") }), name };
}
