import { spawn } from "node:child_process";
import { constants } from "node:os";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Log } from "../provider.ts";
import { quoted } from "./goQuote.ts";
import type { CommandInputs } from "./inputs.ts";

interface Outputs {
  stdout: string;
  stderr: string;
}

/** Runs one command of the resource to its end; its lines are shown as they come. */
export async function runCommand(
  command: string,
  inputs: CommandInputs,
  previous: Partial<Outputs>,
  log: Log,
  stop: AbortSignal,
): Promise<Outputs> {
  const child = spawn("/bin/sh", ["-c", command], {
    ...(inputs.dir !== undefined && { cwd: inputs.dir }),
    env: { ...process.env, ...inputs.environment, ...previousOutput(inputs, previous) },
    stdio: [inputs.stdin ? "pipe" : "ignore", "pipe", "pipe"],
  });
  // Only the shell itself, as the official plugin does: what the shell started goes on.
  const kill = () => child.kill("SIGKILL");
  stop.addEventListener("abort", kill);
  if (stop.aborted) kill();
  // A command that ends before it has read its input is judged by its exit code.
  child.stdin?.on("error", () => {}).end(inputs.stdin);

  const { logging = "stdoutAndStderr" } = inputs;
  let both = "";
  const collect = (stream: Readable, shown: boolean): (() => string) => {
    let text = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      both += chunk;
    });
    if (shown) createInterface({ input: stream, crlfDelay: Infinity }).on("line", (line) => log.status("info", line));
    return () => text;
  };
  const stdout = collect(child.stdout as Readable, logging === "stdout" || logging === "stdoutAndStderr");
  const stderr = collect(child.stderr as Readable, logging === "stderr" || logging === "stdoutAndStderr");

  const problem = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error: NodeJS.ErrnoException) => resolve(startWords(error, inputs.dir)));
    child.on("close", (code, signal) => resolve(signal ? `signal: ${signalWords(signal)}` : exitWords(code)));
  });
  stop.removeEventListener("abort", kill);
  if (problem !== undefined) throw new Error(`${problem}: running ${quoted(command)}:\n${both}`);
  return { stdout: stdout().replace(/\n$/, ""), stderr: stderr().replace(/\n$/, "") };
}

function previousOutput(
  { addPreviousOutputInEnv = true }: CommandInputs,
  { stdout, stderr }: Partial<Outputs>,
): Record<string, string> {
  if (!addPreviousOutputInEnv) return {};
  return { ...(stdout && { PULUMI_COMMAND_STDOUT: stdout }), ...(stderr && { PULUMI_COMMAND_STDERR: stderr }) };
}

/** Node blames the program for a missing folder. */
function startWords(error: NodeJS.ErrnoException, dir: string | undefined): string {
  if (error.code === "ENOENT" && dir !== undefined) return `chdir ${dir}: no such file or directory`;
  return `fork/exec /bin/sh: ${error.message}`;
}

function exitWords(code: number | null): string | undefined {
  return code === 0 ? undefined : `exit status ${code}`;
}

function signalWords(signal: NodeJS.Signals): string {
  const words: Partial<Record<NodeJS.Signals, string>> = {
    SIGKILL: "killed",
    SIGTERM: "terminated",
    SIGINT: "interrupt",
    SIGHUP: "hangup",
    SIGSEGV: "segmentation fault",
  };
  return words[signal] ?? `signal ${constants.signals[signal]}`;
}
