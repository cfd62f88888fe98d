import { z } from "zod";
import { connectionSchema } from "../downstream/connections.ts";

export const verifiedSchema = z.object({
  rancherVersion: z.string(),
  kubernetesVersion: z.string().optional().describe("absent where the API server did not say it"),
  etcdMembers: z.int(),
  nodesReady: z.int(),
  downstream: z.array(connectionSchema).optional().describe("the clusters that Rancher manages"),
});
export type Verified = z.infer<typeof verifiedSchema>;
