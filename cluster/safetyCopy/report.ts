import { z } from "zod";

export const safetyCopySchema = z.object({
  name: z.string(),
  /** Saved by etcd, or made of the data of a member that does not answer. */
  kind: z.enum(["live", "cold"]),
  nodes: z.array(z.string()),
  bytes: z.number(),
  sha256: z.string(),
  /** Whether RKE's state file is in it: a restore of it then brings back encryption keys and certificates, too. */
  state: z.boolean(),
  /** On the operator's machine: the cluster file, RKE's state, the kubeconfig, the Rancher Deployment. */
  folder: z.string(),
  rancherImage: z.string(),
});
export type SafetyCopyReport = z.infer<typeof safetyCopySchema>;
