import { type Kind, kubernetes, type Noise, noise, PROTO_SPEC, WHOLE } from "./kind.ts";

const workload = kubernetes("workload", PROTO_SPEC, { byHand: true });

/** As Kubernetes makes names up (apimachinery pkg/util/rand): without vowels, which tells them from words. */
const RANDOM = "[b-df-hj-np-tv-z0-9]{5}";
/** Ids that Rancher gives to clusters, projects and users; behind `u-` there may be a hash in base32. */
const CLUSTER_ID = `(local|c-${RANDOM}|c-m-[a-z0-9]{8})`;
const RANCHER_ID = `(${CLUSTER_ID}|(${CLUSTER_ID}-)?p-${RANDOM}|u-(${RANDOM}|[a-z2-7]{10})|user-${RANDOM})`;

const OWN_NAMESPACE = new RegExp(`^(${RANCHER_ID}|cattle-.*|fleet-(default|local|system)|cluster-fleet-.*)$`);

/** As Rancher names the roles and bindings that stand for memberships (rancher/rancher pkg/rbac), and those of its own parts. */
const OWN_PERMISSION = new RegExp(
  [
    `^(${RANCHER_ID}(-.*)?|(c|g)?rb-(${RANDOM}|[a-z2-7]{10})|(cluster)?rolebinding-${RANDOM}`,
    "crt-.*-cluster-owner|r-cluster-.*|(cluster|project)-(owner|member)(-.*)?|globaladmin-.*",
    "cattle-.*|system:.*|rancher-(webhook|operator).*|fleet-(agent|controller).*)$",
  ].join("|"),
);
/** Field 11 of the metadata are the labels, of whose entries 1 is the key. */
const LABELS = "1.11.1";
const permission = kubernetes(
  "permission",
  { show: [LABELS] },
  {
    own: [OWN_PERMISSION, "membership"],
    noise: ({ field }) => {
      const isLabelled = field(LABELS).some((one) =>
        /^(authz\.\w+\.cattle\.io\/|cattle\.io\/creator$)/.test(String(one)),
      );
      return isLabelled ? "membership" : undefined;
    },
  },
);
const TOKEN = new RegExp(`-token-${RANDOM}$`);

/**
 * Kubernetes' own, by the words after `/registry/`: most plurals, and those that differ from them (kubernetes
 * pkg/kubeapiserver/default_storage_factory_builder.go).
 */
export const CORE: Record<string, Kind | Noise> = {
  ...Object.fromEntries(["deployments", "daemonsets", "statefulsets", "cronjobs"].map((name) => [name, workload])),
  jobs: kubernetes("job", PROTO_SPEC, {
    noise: ({ name }) => (/-\d{8,10}$/.test(name) ? "cron-job" : undefined),
  }),
  namespaces: kubernetes("namespace", PROTO_SPEC, { byHand: true, own: [OWN_NAMESPACE, "rancher"] }),
  "services/specs": kubernetes("service", PROTO_SPEC),
  ingress: kubernetes("ingress", PROTO_SPEC),
  persistentvolumeclaims: kubernetes("volume claim", PROTO_SPEC, { byHand: true }),
  persistentvolumes: kubernetes("volume", PROTO_SPEC),
  storageclasses: kubernetes("storage class"),
  configmaps: kubernetes("config map", WHOLE, {
    noise: ({ namespace, name }) => {
      if (
        /^(kube-root-ca\.crt|extension-apiserver-authentication|cattle-controllers|.*-leader(-.*)?|.*-lock)$/.test(name)
      )
        return "heartbeat";
      if (namespace !== "kube-system") return undefined;
      return /^(rke-|full-cluster-state$|coredns$|coredns-autoscaler$)/.test(name) ? "rke-up" : undefined;
    },
  }),
  secrets: kubernetes("secret", WHOLE, {
    noise: ({ namespace = "", name }) => {
      if (TOKEN.test(name)) return "token";
      if (/-(machine-plan|machine-state|rke-state)$/.test(name)) return "cluster-part";
      if (namespace.startsWith("fleet-") && name.endsWith("-kubeconfig")) return "cluster-part";
      const isOwn = /^(stv-aggregation|serving-cert|tls-rancher-internal.*|cattle-webhook-.*|helm-operation-.*)$/.test(
        name,
      );
      if (isOwn && /^(cattle-.*|kube-system)$/.test(namespace)) return "rancher";
      return namespace === "kube-system" && name === "full-cluster-state" ? "rke-up" : undefined;
    },
  }),
  serviceaccounts: kubernetes("service account", WHOLE, {
    noise: ({ name }) => (name === "default" ? "comes-with-namespace" : undefined),
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
    "follows",
    "pods replicasets controllerrevisions services/endpoints endpointslices volumeattachments csinodes",
  ),
  ...noise("follows", "ranges/serviceips ranges/servicenodeports ipaddresses servicecidrs"),
  ...noise("heartbeat", "events leases masterleases"),
  ...noise("kubernetes", "certificatesigningrequests flowschemas prioritylevelconfigurations"),
};

export const HELM = kubernetes("Helm release", WHOLE);
