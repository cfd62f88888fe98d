import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Notice } from "../../cluster/problem.ts";
import { type Failure, StepFailure } from "../../messages/failure.ts";
import type { SkipReason } from "../../messages/stepEvents.ts";
import type { StepContext } from "../../steps/contract.ts";
import type { Tools } from "../../steps/step.ts";
import { afterwards, program } from "./folder.ts";

/** A step's tools, with what the step has said to the operator. */
interface HeardTools extends Tools {
  said: string[];
  /** What the step has warned of, and the whole of each warning. */
  warned: string[];
  notices: Notice[];
  /** The times at which the step said that the wipe began. */
  wipes: string[];
  /** Names of the safety copies that the step said are complete. */
  copies: string[];
  /** Why it was not the step's turn. */
  skips: SkipReason[];
  /** What the step said of Rancher: `stopping`, `serving`. */
  rancher: string[];
  /** How far a restore in place has come. */
  phases: string[];
  /** Paths of RKE's logs. */
  logs: string[];
}

/** The tools of a step that is called in this process. */
export function stepTools(clusterFile: string, { stack = "prod" } = {}): HeardTools {
  const none = (): string[] => [];
  const heard = {
    said: none(),
    warned: none(),
    notices: [] as Notice[],
    wipes: none(),
    copies: none(),
    skips: [] as SkipReason[],
    rancher: none(),
    logs: none(),
    phases: none(),
  };
  return {
    resource: "step",
    stack,
    clusterFile,
    hostKeys: { allowUnknown: false },
    ...heard,
    say: (line) => void heard.said.push(line),
    warn: (notice) => {
      heard.notices.push(notice);
      heard.warned.push(notice.message);
    },
    tell: (told) => {
      if (told.event === "wiping") heard.wipes.push(told.at);
      else if (told.event === "phase") heard.phases.push(told.phase);
      else if (told.event === "rke-log") heard.logs.push(told.path);
      else if (told.event === "safety-copy") heard.copies.push(told.name);
      else if (told.event === "skipped") heard.skips.push(told.reason);
      else heard.rancher.push(told.event.replace("rancher-", ""));
    },
  };
}

/** What every step gets. */
export function stepContext(clusterFile: string): StepContext {
  return { resource: "step", stack: "prod", clusterFile, hostKeys: { allowUnknown: false } };
}

/** The failure that a step ends with. Any other end is an error. */
export async function failureOf(run: Promise<unknown>): Promise<Failure> {
  const end: unknown = await run.catch((reason: unknown) => reason);
  if (end instanceof StepFailure) return end.failure;
  throw end instanceof Error ? end : new Error(`the step did not fail: ${JSON.stringify(end)}`);
}

interface StepEnd {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A process that runs steps/main.ts as Pulumi does, with programs from a folder before all others. */
export function startStep(programs: string, request: object | string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../steps/main.ts")], {
    env: { ...process.env, ...env, PATH: `${programs}:${process.env.PATH}` },
  });
  afterwards(() => child.kill("SIGKILL"));
  child.stdin.end(typeof request === "string" ? request : JSON.stringify(request));
  return child;
}

/** Runs a step to its end. What it has printed is in `soFar` while it runs. */
export async function stepProcess(
  programs: string,
  request: object | string,
  { env = {}, soFar }: { env?: NodeJS.ProcessEnv; soFar?: StepEnd } = {},
): Promise<StepEnd> {
  const child = startStep(programs, request, env);
  const end: StepEnd = soFar ?? { code: null, stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    end.stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    end.stderr += text;
  });
  return await new Promise((resolve) => child.on("close", (code) => resolve({ ...end, code })));
}

/**
 * A fake `ssh` that runs every script on this machine, with the programs in the folder ADDRESS of its own folder before all
 * others; nodes at the addresses given refuse.
 */
export function fakeSsh(folder: string, refusing: string[] = []): void {
  const refuse = refusing.map((address) => `*@${address}) echo "connect to host ${address}: refused" >&2; exit 255 ;;`);
  const own = `*@*) PATH=\${0%/*}/\${word##*@}:$PATH ;;`;
  program(join(folder, "ssh"), `for word; do case $word in ${refuse.join(" ")} ${own} esac; done\nexec sh -s`);
}
