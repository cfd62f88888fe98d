import { script } from "../script.ts";

/**
 * Helper containers of RKE's that do not end by themselves: the server of the snapshot, and a download from it, which may hang
 * (services/etcd.go v0.2.0 to v1.8.0). An RKE that fails or is killed after it has started the server leaves it running.
 */
export const LASTING_HELPERS = ["etcd-Serve-backup", "etcd-download-backup"];

export const REMOVE_HELPERS_SCRIPT = script(
  import.meta.dirname,
  "removeHelpers.sh",
)({ helpers: LASTING_HELPERS.join(" ") });
