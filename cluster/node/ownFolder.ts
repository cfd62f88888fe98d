/** Where a node keeps what is this program's. RKE's wipe does not reach it (v1.8.0, hosts/hosts.go: /opt/rke survives). */
export const OWN_FOLDER = "/opt/rke/rancher-rollback";
