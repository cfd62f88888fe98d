import { type Kind, type KnownObject, kubernetes, type Noise, noise, rancher, SPEC, WHOLE } from "./kind.ts";
import type { Rule } from "./open.ts";

const displayName: Pick<Kind, "names"> = { names: ["spec.displayName"] };
const named: Rule = { show: ["spec.displayName"], ...SPEC };
const role = (one: string) =>
  rancher(
    one,
    { show: ["builtin", "displayName"] },
    {
      names: ["displayName"],
      noise: ({ field }) => (field("builtin").includes(true) ? "made-by-version" : undefined),
    },
  );
/** Rancher brings its drivers along: people only switch them on or off. */
const driver = (path: string) => ({
  noise: ({ field, before, now }: KnownObject) => {
    const [was, is] = [before("spec.active"), now("spec.active")];
    const isSwitched = was.length > 0 && is.length > 0 && was[0] !== is[0];
    return field(path).includes(true) && !isSwitched ? "made-by-version" : undefined;
  },
});
/** What Rancher's releases bring, by name. */
const brought = (names: RegExp): Partial<Kind> => ({ own: [names, "made-by-version"] });
const creators: Partial<Kind> = { own: [/^creator-/, "comes-with-parent"] };
const MEMBER: Rule = { same: ["userName", "userPrincipalName", "groupName", "groupPrincipalName", "roleTemplateName"] };

/** Whether a field is at its default. Of what was not asked about, not even the name is known, and it counts. */
function isUnset(field: (path: string) => unknown[], path: string): boolean {
  return field("metadata.name").length > 0 && field(path).every((one) => one === null);
}

/**
 * Settings that Rancher writes itself, or its image's environment (rancher/rancher pkg/settings/setting.go, package/Dockerfile):
 * before v2.5.12 and v2.6.3 their source is not stored.
 */
const OWN_SETTINGS =
  /^((?!tls-min-).*-version|.*-images?|.*-default-branch|.*-install-script|(internal-)?cacerts|internal-server-url|install-uuid|first-login|k8s-version.*|kdm-branch|rke-.*|cli-url-.*|ui-(index|path|dashboard-index|dashboard-path|k8s-.*))$/;

const DEFAULT_PROJECTS = ["default", "system"].map(
  (one) => `metadata.labels.authz.management.cattle.io/${one}-project`,
);
export const PROJECT = rancher(
  "project",
  { show: ["spec.displayName", ...DEFAULT_PROJECTS], ...SPEC },
  {
    ...displayName,
    noise: ({ field }) => (DEFAULT_PROJECTS.some((path) => field(path).length > 0) ? "comes-with-cluster" : undefined),
  },
);

const TOKEN_KIND = "metadata.labels.authn.management.cattle.io/kind";
/** Sessions and machines have such objects too, most of them. */
export const API_KEY = rancher(
  "API key",
  {
    show: ["isDerived", TOKEN_KIND, "description"],
    same: ["description", "enabled", "ttl", "token", "userId"],
  },
  {
    noise: ({ field }) => {
      const [kinds, isDerived] = [field(TOKEN_KIND), field("isDerived")];
      // A token that was not asked about may be any kind.
      if (kinds.length === 0 && isDerived.length === 0) return undefined;
      const [kind = "kubeconfig"] = kinds;
      return kind === "kubeconfig" && isDerived.includes(true) ? undefined : "session";
    },
  },
);

/**
 * Rancher's own, by plural (rancher/rancher v2.0.0 to v2.12.0: generated controllers, pkg/crds). Text: why
 * its loss does not count.
 */
export const MANAGEMENT: Record<string, Kind | Noise> = {
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
          ? "system-account"
          : undefined;
      },
    },
  ),
  tokens: API_KEY,
  projects: PROJECT,
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
  globalroles: role("global role"),
  roletemplates: role("role"),
  authconfigs: rancher(
    "sign-in provider",
    { show: ["enabled"] },
    {
      noise: ({ before, now }) => {
        const known = [...before("enabled"), ...now("enabled")];
        return known.length > 0 && !known.includes(true) ? "unused-provider" : undefined;
      },
    },
  ),
  settings: rancher(
    "setting",
    { show: ["metadata.name", "source"], has: ["value"], same: ["value"] },
    {
      own: [OWN_SETTINGS, "made-by-version"],
      noise: ({ field }) => {
        if (isUnset(field, "value")) return "made-by-version";
        return field("source").includes("env") ? "environment" : undefined;
      },
    },
  ),
  features: rancher(
    "feature flag",
    { show: ["metadata.name", "spec.value"], same: ["spec.value"] },
    {
      noise: ({ field }) => (isUnset(field, "spec.value") ? "made-by-version" : undefined),
    },
  ),
  // What is of the cloud, such as amazonec2Config, is beside the spec.
  nodetemplates: rancher("node template", { show: ["spec.displayName"] }, displayName),
  clustertemplates: rancher("cluster template", named, displayName),
  clustertemplaterevisions: rancher("cluster template revision", named, displayName),
  nodedrivers: rancher(
    "node driver",
    { show: ["spec.builtin", "spec.active", "spec.displayName"], same: ["spec"] },
    { ...displayName, ...driver("spec.builtin") },
  ),
  kontainerdrivers: rancher(
    "cluster driver",
    { show: ["spec.builtIn", "spec.active"], same: ["spec"] },
    driver("spec.builtIn"),
  ),
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
  podsecurityadmissionconfigurationtemplates: rancher(
    "pod security admission template",
    WHOLE,
    brought(/^rancher-(privileged|restricted)$/),
  ),
  fleetworkspaces: rancher("fleet workspace"),
  userattributes: "login",
  preferences: "preferences",
  ...noise("sign-in-cache", "groups groupmembers principals samltokens"),
  ...noise("refreshed", "catalogtemplates catalogtemplateversions templates templateversions templatecontents"),
  ...noise("refreshed", "rkeaddons rkek8sserviceoptions rkek8ssystemimages"),
  ...noise("made-by-version", "dynamicschemas composeconfigs listenconfigs cisconfigs cisbenchmarkversions"),
  ...noise("made-by-version", "clustermonitorgraphs projectmonitorgraphs monitormetrics"),
  ...noise("follows", "multiclusterapprevisions clusterevents managedcharts clusterregistrationtokens"),
};

/** Other groups of Rancher's, by group and plural; a group alone stands for what of it is not named. */
export const GROUPS: Record<string, Kind | Noise> = {
  "project.cattle.io/apps": rancher("app"),
  "project.cattle.io/pipelines": rancher("pipeline"),
  "project.cattle.io": "follows",
  // Their branch is that of the release.
  "catalog.cattle.io/clusterrepos": rancher(
    "chart repository",
    SPEC,
    brought(/^rancher-(charts|partner-charts|rke2-charts)$/),
  ),
  "catalog.cattle.io/apps": "helm-release",
  "catalog.cattle.io": "follows",
  "fleet.cattle.io/gitrepos": rancher("Git repository of fleet", SPEC, { many: "Git repositories of fleet" }),
  "fleet.cattle.io/helmops": rancher("Helm operation of fleet", SPEC, { many: "Helm operations of fleet" }),
  "fleet.cattle.io/clustergroups": rancher("cluster group of fleet", SPEC, { many: "cluster groups of fleet" }),
  "fleet.cattle.io/gitreporestrictions": rancher("restriction of fleet", WHOLE, { many: "restrictions of fleet" }),
  "fleet.cattle.io": "follows",
  "provisioning.cattle.io/clusters": "cluster",
  "rke.cattle.io/etcdsnapshots": rancher("snapshot record of a cluster", SPEC, {
    many: "snapshot records of clusters",
  }),
  "rke.cattle.io": "cluster-part",
  "rke-machine.cattle.io": "cluster-part",
  "rke-machine-config.cattle.io": "cluster-part",
  "cluster.x-k8s.io": "cluster-part",
  "apiextensions.k8s.io/customresourcedefinitions": kubernetes(
    "custom resource type",
    SPEC,
    brought(/\.(cattle\.io|cluster\.x-k8s\.io)$/),
  ),
  "apiregistration.k8s.io": "registered-again",
  "crd.projectcalico.org/ipamblocks": "follows",
  "crd.projectcalico.org/ipamhandles": "follows",
  "crd.projectcalico.org/blockaffinities": "follows",
};

/** A Secret in `cattle-global-data`. */
export const CREDENTIAL = rancher("cloud credential", WHOLE);
