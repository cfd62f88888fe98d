import { realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { systemErrorText } from "../cluster/systemError.ts";
import { problemLines } from "../messages/commands.ts";
import { say } from "./answers.ts";
import { UsageError } from "./usage.ts";

export interface OutputFile {
  path: string;
  /** Such as `--metrics`. */
  option: string;
}

/**
 * The file that an option names, with links followed.
 * @throws UsageError where something else than a file is there, which would be replaced.
 */
export function outputFile(option: string, typed: string | undefined): OutputFile | undefined {
  if (typed === undefined) return undefined;
  const path = resolve(typed);
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    if (there && !there.isFile()) {
      throw UsageError.of({ message: `${option} ${typed} is not a regular file`, remedy: otherFile(option) });
    }
    return { path: there ? realpathSync(path) : path, option };
  } catch (error) {
    throw error instanceof UsageError ? error : UsageError.of(unwritten({ path, option }, error));
  }
}

/** Writes a file that an option names; the result of the command is told, whatever becomes of it. */
export async function writeOrSay(file: OutputFile, write: (path: string) => void | Promise<void>): Promise<boolean> {
  try {
    await write(file.path);
    return true;
  } catch (error) {
    // Without a command of a stack's.
    problemLines([unwritten(file, error)], { stack: "" }).forEach(say);
    return false;
  }
}

function unwritten({ path, option }: OutputFile, error: unknown) {
  return { message: `${path} was not written: ${systemErrorText(error)}`, remedy: otherFile(option) };
}

function otherFile(option: string): string {
  return `Name a file in a folder that this user can write to: ${option} FILE`;
}
