import { z } from "zod";
import type { RancherAnswer } from "./answer.ts";
import { versionsWithUi } from "./releases.ts";

/** The paths of Rancher's address, and its setting. */
const VERSION_SOURCES = ["rancherversion", "version-txt", "server-version"] as const;

/** The versions that may be answering, and what shows it. */
export const answeringVersionSchema = z.object({
  versions: z.array(z.string()).describe("several where they cannot be distinguished, none where nothing shows it"),
  sources: z.array(z.enum(VERSION_SOURCES)).describe("what shows it"),
});
export type AnsweringVersion = z.infer<typeof answeringVersionSchema>;

/** The version that answers, as well as it can be known; `setting` is that of the cluster, where it could be read. */
export function answeringVersion(
  { version, ui, trouble }: RancherAnswer,
  setting: string | undefined,
): AnsweringVersion {
  if (version !== undefined) return { versions: [version], sources: ["rancherversion"] };
  if (trouble) return { versions: [], sources: [] };
  const versions = ui === undefined ? [] : versionsWithUi(ui);
  if (setting && (versions.length === 0 || versions.includes(setting))) {
    const sources: AnsweringVersion["sources"] = ["server-version"];
    return { versions: [setting], sources: versions.length > 0 ? ["version-txt", ...sources] : sources };
  }
  return { versions, sources: versions.length > 0 ? ["version-txt"] : [] };
}
