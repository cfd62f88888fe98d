/** Keys of a cluster file whose values are no secret. The value of any other key may be one. */
const HARMLESS = new Set([
  ...["address", "port", "internal_address", "hostname_override", "user", "role", "docker_socket"],
  ...["ssh_key_path", "ssh_cert_path", "ssh_agent_auth", "cluster_name", "kubernetes_version", "plugin", "provider"],
]);

export function isHarmlessKey(key: string): boolean {
  return HARMLESS.has(key);
}
