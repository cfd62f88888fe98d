import { MANAGEMENT, type RancherKind } from "./rancherKinds.ts";

/** What the preview calls them → an object of that kind. */
export const KUBERNETES: Record<string, { apiVersion: string; kind: string; more: object }> = {
  "config maps": { apiVersion: "v1", kind: "ConfigMap", more: { data: { a: "1" } } },
  secrets: { apiVersion: "v1", kind: "Secret", more: { stringData: { password: "hunter2-never-shown" } } },
  services: { apiVersion: "v1", kind: "Service", more: { spec: { ports: [{ port: 80 }], clusterIP: "None" } } },
  "volume claims": {
    ...{ apiVersion: "v1", kind: "PersistentVolumeClaim" },
    more: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
  },
  "limit ranges": { apiVersion: "v1", kind: "LimitRange", more: { spec: { limits: [] } } },
  workloads: {
    ...{ apiVersion: "apps/v1", kind: "Deployment" },
    more: {
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "x" } },
        template: { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "x", image: "x" }] } },
      },
    },
  },
  permissions: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", more: { rules: [] } },
  "network policies": {
    ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
    more: { spec: { podSelector: {} } },
  },
  "pod templates": {
    ...{ apiVersion: "v1", kind: "PodTemplate" },
    more: { template: { spec: { containers: [{ name: "x", image: "x" }] } } },
  },
  "resource quotas": { apiVersion: "v1", kind: "ResourceQuota", more: { spec: { hard: { pods: "99" } } } },
};

export interface SeededOfRancher {
  of: RancherKind;
  /** Without metadata and status; what counts of it differs between the rounds. */
  object: (name: string, round: number) => object;
  /** What the preview calls the object of a name, where that is not its name. */
  shown?: (name: string) => string;
  /** One that is created since, and that nobody misses. */
  unmissed?: { name: string; labels?: Record<string, string>; object: object };
}

const shown = (name: string) => `The ${name}`;
const management = (kind: string, plural: string, isNamespaced = false): RancherKind => [
  ...([MANAGEMENT, "v3", kind, plural] as const),
  isNamespaced,
];

/** What the stand-in for Rancher defines and uses itself. */
const SETTING = management("Setting", "settings");
const USER = management("User", "users");
export const STANDARD: RancherKind[] = [SETTING, USER];

/** What the preview calls them → those of Rancher's kinds whose rules differ, as Rancher v2.5 to v2.9 stores them. */
export const RANCHER: Record<string, SeededOfRancher> = {
  "sign-in providers": {
    of: management("AuthConfig", "authconfigs"),
    object: (_, round) => ({
      ...{ type: "githubConfig", enabled: true, clientSecret: "hunter2-client" },
      accessMode: round === 1 ? "unrestricted" : "restricted",
    }),
    unmissed: { name: "cognito", object: { type: "cognitoConfig", enabled: false } },
  },
  "node templates": {
    of: management("NodeTemplate", "nodetemplates", true),
    object: (name, round) => ({
      amazonec2Config: { instanceType: "t3.large", secretKey: `hunter2-${round}` },
      spec: { displayName: shown(name), driver: "amazonec2" },
    }),
    shown,
  },
  projects: {
    of: management("Project", "projects", true),
    object: (name, round) => ({
      spec: { displayName: shown(name), clusterName: "local", description: `round ${round}` },
    }),
    shown,
    unmissed: {
      name: "p-dflt1",
      labels: { "authz.management.cattle.io/default-project": "true" },
      object: { spec: { displayName: "Default", clusterName: "local" } },
    },
  },
  settings: {
    of: SETTING,
    object: (_, round) => ({ value: `hunter2-${round}`, default: "", customized: true }),
    unmissed: { name: "from-environment", object: { value: "1", default: "", source: "env" } },
  },
  users: {
    of: USER,
    object: (name, round) => ({
      ...{ username: shown(name), enabled: round === 1, password: "hunter2-hash" },
      principalIds: [`local://${name}`],
    }),
    shown,
    unmissed: {
      name: "u-system",
      object: { displayName: "System account for Cluster local", principalIds: ["system://local"] },
    },
  },
  "API keys": {
    of: management("Token", "tokens"),
    object: (_, round) => ({ isDerived: true, userId: "u-1", token: "hunter2-token", ttl: round }),
    unmissed: { name: "token-session", object: { isDerived: false, userId: "u-1", token: "hunter2-session" } },
  },
  "global permissions": {
    of: management("GlobalRoleBinding", "globalrolebindings"),
    object: (name, round) => ({ userName: name, globalRoleName: round === 1 ? "user" : "admin" }),
  },
  "cluster memberships": {
    of: management("ClusterRoleTemplateBinding", "clusterroletemplatebindings", true),
    object: (name, round) => ({
      ...{ userName: name, clusterName: "local" },
      roleTemplateName: round === 1 ? "cluster-member" : "cluster-owner",
    }),
    unmissed: {
      name: "creator-cluster-owner",
      object: { userName: "u-1", clusterName: "local", roleTemplateName: "cluster-owner" },
    },
  },
  "global roles": {
    of: management("GlobalRole", "globalroles"),
    object: (name, round) => ({
      ...{ displayName: shown(name), builtin: false },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: round === 1 ? ["get"] : ["get", "list"] }],
    }),
    shown,
    unmissed: { name: "settings-manage", object: { displayName: "Manage Settings", builtin: true, rules: [] } },
  },
  "feature flags": {
    of: management("Feature", "features"),
    object: (_, round) => ({ spec: { value: round === 1 } }),
    unmissed: { name: "harvester", object: { spec: {} } },
  },
  "node drivers": {
    of: management("NodeDriver", "nodedrivers"),
    object: (name, round) => ({
      spec: { displayName: shown(name), builtin: false, active: true, url: `https://example.com/${round}` },
    }),
    shown,
    unmissed: {
      name: "harvester",
      object: { spec: { displayName: "harvester", builtin: true, active: true, url: "local://" } },
    },
  },
  "cluster drivers": {
    of: management("KontainerDriver", "kontainerdrivers"),
    object: (_, round) => ({ spec: { builtIn: false, active: round === 1, url: "https://example.com" } }),
    unmissed: { name: "harvester", object: { spec: { builtIn: true, active: true, url: "" } } },
  },
  "Git repositories of fleet": {
    of: ["fleet.cattle.io", "v1alpha1", "GitRepo", "gitrepos", true],
    object: (_, round) => ({ spec: { repo: "https://example.com/repo", branch: `branch-${round}` } }),
  },
  "restrictions of fleet": {
    of: ["fleet.cattle.io", "v1alpha1", "GitRepoRestriction", "gitreporestrictions", true],
    object: (_, round) => ({ allowedRepoPatterns: [`https://example.com/${round}`] }),
  },
  "chart repositories": {
    of: ["catalog.cattle.io", "v1", "ClusterRepo", "clusterrepos", false],
    object: (_, round) => ({ spec: { url: `https://example.com/${round}` } }),
    unmissed: { name: "rancher-charts", object: { spec: { gitRepo: "https://example.com", gitBranch: "release" } } },
  },
  // A kind that the preview has no words for.
  rancherusernotifications: {
    of: management("RancherUserNotification", "rancherusernotifications"),
    object: (_, round) => ({ message: `round ${round}` }),
  },
};

/** What the lab has to define for them. */
export const DEFINED: RancherKind[] = Object.values(RANCHER)
  .map(({ of }) => of)
  .filter((of) => !STANDARD.includes(of));
