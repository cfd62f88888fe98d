import { z } from "zod";
import { OWN_FOLDER } from "../node/ownFolder.ts";
import { asRoot } from "../node/privilege.ts";
import type { Problem } from "../problem.ts";
import { lineOf, script } from "../script.ts";
import { failureOf } from "../scriptProblems/scriptProblems.ts";
import { snapshotOf } from "./list.ts";
import { snapshotNameMistake } from "./name.ts";
import type { PullScript } from "./pull.ts";
import { type S3Source, s3Values } from "./source.ts";
import { takenAt } from "./takenAt.ts";

/** An object that can be a snapshot, by its name. */
export const s3ObjectSchema = z.object({
  name: z.string().describe("the snapshot's"),
  file: z.string().describe("the object's, in the folder"),
  bytes: z.int().describe("of the object, which may be a zip"),
  takenAt: z.iso
    .datetime()
    .optional()
    .describe("by its name, else when it was uploaded; absent where that is not possible"),
  uploadedAt: z.iso.datetime(),
});
export type S3Object = z.infer<typeof s3ObjectSchema>;

const list = script(import.meta.dirname, "listS3.sh");

export function listS3Script(source: S3Source): PullScript {
  const { values, input } = s3Values(source);
  return { script: asRoot(list({ ...values, state: OWN_FOLDER })), ...(input !== undefined && { input }) };
}

/** The newest first; what can be none by its name is left out. */
export function parseS3List(printed: string): { objects: S3Object[] } | { failed: Problem } {
  const failed = failureOf(printed);
  if (failed) return { failed };
  if (lineOf(printed, "listed") === undefined) {
    return { failed: { message: "the listing ended without a result", remedy: "look at the node" } };
  }
  const objects = [...printed.matchAll(/^\s*(\d{4}-\d\d-\d\d) (\d\d:\d\d) +(\d+) +s3:\/\/\S.*\/(.+)$/gm)].map(
    ([, day, time, bytes, file = ""]): S3Object => {
      const uploaded = Date.parse(`${day}T${time}Z`);
      const taken = takenAt(file, uploaded / 1000);
      const uploadedAt = new Date(uploaded).toISOString();
      const about = { name: snapshotOf(file), file, bytes: Number(bytes), uploadedAt };
      return { ...about, ...(taken !== undefined && { takenAt: taken }) };
    },
  );
  const possible = objects.filter(({ name }) => snapshotNameMistake(name) === undefined);
  return { objects: possible.sort((one, other) => ((one.takenAt ?? "") > (other.takenAt ?? "") ? -1 : 1)) };
}
