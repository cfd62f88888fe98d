import { z } from "zod";
import { problemSchema } from "../problem.ts";

export const verificationCheckSchema = z.object({
  check: z
    .enum(["containers", "etcd-members", "kubernetes-nodes", "rancher-serves", "rancher-leads"])
    .describe(
      "containers: of each node; etcd-members: what each of them answers; kubernetes-nodes: what Kubernetes knows of them",
    ),
  problems: z.array(problemSchema).describe("empty where all is as it must be"),
  skipped: z
    .enum(["others-failed"])
    .optional()
    .describe("why it was not checked; others-failed: it needs all others to pass"),
});
export type VerificationCheck = z.infer<typeof verificationCheckSchema>;
