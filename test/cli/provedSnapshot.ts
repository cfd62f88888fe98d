import { expect } from "vitest";
import { answerSchema } from "../../cli/answers.ts";
import { proofText } from "../../cli/commands/prove.ts";
import { proveNow } from "../../cli/proveNow.ts";
import type { S3Source } from "../../cluster/snapshot/source.ts";
import type { Settings } from "../../settings/settings.ts";
import { snapshotBytes } from "../support/snapshot.ts";

export const SNAPSHOT = snapshotBytes();
export const NIGHTLY = "2026-11-27T02:10:00Z_etcd";

/** What `prove` answers, and what it says. */
export async function proved(
  settings: Settings,
  asked: { snapshot?: string; source?: S3Source; maxAgeHours?: number } = {},
) {
  const proof = await proveNow(settings, { stack: "prod", say: () => {}, ...asked });
  expect(answerSchema.parse(proof)).toEqual(proof);
  const messages = proof.checks.flatMap(({ problems }) => problems.map(({ message }) => message));
  return { ...proof, messages, text: proofText(proof).join("\n") };
}
