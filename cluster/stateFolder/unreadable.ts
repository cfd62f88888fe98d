import { readFileSync } from "node:fs";
import type { z } from "zod";
import type { Problem, Remedy } from "../problem.ts";
import { systemErrorText } from "../systemError.ts";

/** A file beside the cluster file decides about a wipe, and cannot be read: no restore goes on without what it says. */
export class UnreadableRecord extends Error {
  readonly path: string;
  readonly problem: Problem;
  /** @param what what the file is, such as `the note of earlier restores`. */
  constructor(path: string, { what, why, remedy }: { what: string; why: string; remedy: Remedy }) {
    const message = `${what}, ${path}, cannot be read: ${why}`;
    super(message);
    this.path = path;
    this.problem = { message, remedy };
  }
}

/**
 * What such a file says; undefined where there is none.
 * @throws UnreadableRecord where it is cut off, of another release or not for this user.
 */
export function readRecord<T>(
  path: string,
  schema: z.ZodType<T>,
  about: { what: string; remedy: Remedy },
): T | undefined {
  try {
    const read = schema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (read.success) return read.data;
    const [{ path: at, message }] = read.error.issues as [z.core.$ZodIssue];
    throw new UnreadableRecord(path, { ...about, why: [...(at.length > 0 ? [at.join(".")] : []), message].join(": ") });
  } catch (error) {
    if (error instanceof UnreadableRecord) throw error;
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    const why = error instanceof SyntaxError ? "it is no JSON" : systemErrorText(error);
    throw new UnreadableRecord(path, { ...about, why });
  }
}
