import { z } from "zod";
import { answeringVersion, answeringVersionSchema } from "./answeringVersion.ts";
import type { RancherFacts, WantedRancher } from "./facts.ts";
import { type Leadership, leadership } from "./leader.ts";

/** What shows that a version runs, each by its source. */
export const rancherEvidenceSchema = z.object({
  /** The image, by the Deployment and all of its pods. */
  runs: z.string(),
  /** By Rancher's address, and the setting. */
  answers: answeringVersionSchema,
  /** The pod that leads, by the lock. */
  leads: z.string().optional(),
});
export type RancherEvidence = z.infer<typeof rancherEvidenceSchema>;

export function rancherEvidence(facts: RancherFacts, wanted: WantedRancher): RancherEvidence {
  const leader = rancherLeadership(facts, wanted);
  const setting = "error" in facts.settings ? undefined : facts.settings[0];
  return {
    runs: wanted.image,
    answers: answeringVersion(facts.answers[0] ?? {}, setting),
    ...(leader?.state === "leads" && { leads: leader.pod }),
  };
}

/** Whether the controllers run in a pod of the wanted image; undefined where that could not be read. */
export function rancherLeadership({ lock, runs }: RancherFacts, { image }: WantedRancher): Leadership | undefined {
  if ("error" in lock || "error" in runs) return undefined;
  return leadership(
    lock,
    runs.pods.filter((pod) => pod.image === image),
  );
}
