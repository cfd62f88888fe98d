import { spawn } from "node:child_process";
import { join } from "node:path";
import type { StepOptions } from "../../steps/main.ts";
import { afterwards, program } from "./folder.ts";

/** All that an operator must find in the text of a failure. */
export const LABELS = ["FAILED", "what happened:", "done:", "not done:", "point of no return:", "next:"];

/** What a restore reads that has no host to ask for the lock. */
const NO_LOCK = '{"id":"aaaaaaaa","hosts":[]}';

export interface StepEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

/**
 * Runs steps/main.ts as a process of its own, as Pulumi does, with programs from a folder before all others. What it
 * has printed is in `soFar` while it runs.
 */
export async function stepProcess(programs: string, args: string[], soFar?: StepEnd): Promise<StepEnd> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../steps/main.ts"), ...args], {
    env: { ...process.env, PATH: `${programs}:${process.env.PATH}` },
  });
  afterwards(() => child.kill("SIGKILL"));
  const end: StepEnd = soFar ?? { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    end.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    end.stderr += text;
  });
  child.stdin.end(NO_LOCK);
  return await new Promise((resolve) => child.on("close", (code) => resolve({ ...end, code })));
}

/** The options of a step that is called in this process; what it says is collected in `said`. */
export function stepOptions(over: Partial<StepOptions>): StepOptions & { said: string[] } {
  const said: string[] = [];
  return {
    clusterFile: "",
    stack: "prod",
    knownHostsFile: undefined,
    allowUnknownHostKeys: false,
    silenceSeconds: 60,
    timeoutSeconds: 60,
    node: undefined,
    snapshot: "base",
    rest: [],
    input: async () => NO_LOCK,
    say: (line) => said.push(line),
    said,
    ...over,
  };
}

/** A fake `ssh` that runs every script on this machine; nodes at the addresses given refuse. */
export function fakeSsh(folder: string, refusing: string[] = []): void {
  const refuse = refusing.map((address) => `*@${address}) echo "connect to host ${address}: refused" >&2; exit 255 ;;`);
  program(join(folder, "ssh"), `for word; do case $word in ${refuse.join(" ")} esac; done\nexec sh -s`);
}
