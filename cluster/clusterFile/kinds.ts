import type { Fields } from "./fields.ts";

const SERVICES = ["etcd", "kube-api", "kube-controller", "scheduler", "kubelet", "kubeproxy"];

/**
 * Asks for what this program does not need, so that a setting of the wrong kind is a mistake before RKE is called: RKE
 * refuses the whole file for one ("cannot unmarshal", RKE v1.8.0 cluster/cluster.go ParseConfig). Only what is of one
 * kind in every RKE (types/rke_types.go).
 */
export function askForKinds(top: Fields): void {
  top.flag("ignore_docker_version");
  top.flag("enable_cri_dockerd");
  top.number("addon_job_timeout");
  top.texts("addons_include");
  for (const key of ["system_images", "cloud_provider", "restore"]) top.record(key);
  top.record("restore").flag("restore");
  top.record("authentication").texts("sans");
  top.record("authorization").textsByName("options");
  const network = top.record("network");
  network.textsByName("options");
  network.number("mtu");
  const ingress = top.record("ingress");
  for (const key of ["options", "node_selector", "extra_args"]) ingress.textsByName(key);
  top.record("monitoring").textsByName("options");
  top.record("dns").texts("upstreamnameservers");
  const upgrade = top.record("upgrade_strategy");
  upgrade.flag("drain");
  const drain = upgrade.record("node_drain_input");
  for (const key of ["force", "ignore_daemonsets", "delete_local_data"]) drain.flag(key);
  for (const key of ["grace_period", "timeout"]) drain.number(key);
  for (const registry of top.records("private_registries")) registry.flag("is_default");
  askForServices(top.record("services"));
}

function askForServices(services: Fields): void {
  for (const name of SERVICES) {
    const service = services.record(name);
    service.textsByName("extra_args");
    service.texts("extra_binds");
    service.texts("extra_env");
  }
  const etcd = services.record("etcd");
  etcd.flag("snapshot");
  for (const key of ["uid", "gid"]) etcd.number(key);
  const backup = etcd.record("backup_config");
  for (const key of ["enabled", "safe_timestamp"]) backup.flag(key);
  for (const key of ["interval_hours", "retention", "timeout"]) backup.number(key);
  services.record("kube-api").flag("always_pull_images");
  for (const key of ["fail_swap_on", "generate_serving_certificate"]) services.record("kubelet").flag(key);
}
