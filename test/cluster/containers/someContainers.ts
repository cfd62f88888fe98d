export const ALL = ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"];
export const WORKER = ["nginx-proxy", "kubelet", "kube-proxy"];
/** Of every plugin; from a registry whose names say nothing. */
export const NETWORK = [
  "k8s_kube-flannel_canal-abcde_kube-system_1 registry.local/1",
  "k8s_install-cni_kube-flannel-1_kube-system_1 registry.local/2",
  "k8s_calico-node_canal-abcde_kube-system_1 registry.local/3",
  "k8s_calico-kube-controllers_calico-kube-controllers-1_kube-system_1 registry.local/4",
  "k8s_weave_weave-net-1_kube-system_1 registry.local/5",
  "k8s_weave-npc_weave-net-1_kube-system_1 registry.local/6",
];
export const BYSTANDERS = [
  "etcd rancher/coreos-etcd",
  "k8s_POD_canal-abcde_kube-system_0 rancher/pause",
  "k8s_POD_weave-net-1_kube-system_0 rancher/pause",
  "k8s_POD_cattle-7c9-1_cattle-system_uid_0 rancher/pause",
  "k8s_rancher-audit-log_cattle-7c9-1_cattle-system_uid_0 busybox",
  "k8s_cattle-server_cattle-7c9-1_other-namespace_uid_0 rancher/rancher:v2.5.9",
  "k8s_cluster-register_cattle-cluster-agent-1_cattle-system_uid_0 rancher/rancher-agent:v2.5.9",
  "k8s_web_flannel-shop-1_default_0 shop/calico-weave:1",
  "share-mnt rancher/rke-tools",
  "rancher-rollback-4711 abc123",
];

export const RANCHER = [
  "k8s_cattle-server_cattle-7c9d8-abcde_cattle-system_uid_0",
  "k8s_cattle-server_cattle-55f-x_cattle-system_uid_3",
];
