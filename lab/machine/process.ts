import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { execa } from "execa";
import { Problem } from "./problem.ts";

export interface CommandOptions {
  cwd?: string;
  /** The whole environment. */
  env?: NodeJS.ProcessEnv;
  input?: string;
  /** Receives every line of both outputs as it comes. */
  onLine?: (line: string) => void;
  /** The command is killed after this many milliseconds. */
  timeout?: number;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a command to its end, whatever its exit code.
 * @throws Problem when there is no such program.
 */
export async function attempt(
  command: string,
  args: string[],
  { input, onLine, ...options }: CommandOptions = {},
): Promise<CommandResult> {
  const child = execa(command, args, {
    ...options,
    ...(input === undefined ? { stdin: "ignore" } : { input }),
    extendEnv: options.env === undefined,
    reject: false,
    stripFinalNewline: false,
    killSignal: "SIGKILL",
    // RKE and Docker are not cut off when this process ends.
    cleanup: false,
  });
  if (onLine) {
    const outputs = (["stdout", "stderr"] as const).map(async (from) => {
      for await (const line of child.iterable({ from })) onLine(line);
    });
    await Promise.all(outputs);
  }
  const { exitCode = 128, code, cause, timedOut, signal, stdout, stderr } = await child;
  if (code === "ENOENT") throw new Problem(`"${command}" is not installed or not on the PATH`);
  if (code !== undefined) throw cause;
  const ended = timedOut
    ? `\n${command} did not end within ${Number(options.timeout) / 1000} s and was killed`
    : signal && `\n${command} was ended by ${signal}`;
  return { code: exitCode, stdout, stderr: stderr + (ended ?? "") };
}

/** Starts a program that outlives this process; all that it prints goes to a log. */
export async function launchDetached(
  program: string,
  args: string[],
  { log, env }: { log: string; env: NodeJS.ProcessEnv },
): Promise<void> {
  const output = await open(log, "a");
  const child = spawn(program, args, { detached: true, stdio: ["ignore", output.fd, output.fd], env });
  child.on("error", () => {});
  child.unref();
  await output.close();
}

/** Runs a command that must succeed and gives its standard output. */
export async function run(command: string, args: string[], options: CommandOptions = {}): Promise<string> {
  const result = await attempt(command, args, options);
  if (result.code !== 0) {
    const said = lastLines(result.stderr.trim() || result.stdout.trim(), 15);
    throw new Problem(`"${shorten([command, ...args].join(" "))}" failed with exit code ${result.code}:\n${said}`);
  }
  return result.stdout;
}

function lastLines(text: string, count: number): string {
  return text
    .split("\n")
    .slice(-count)
    .map((line) => `  ${line}`)
    .join("\n");
}

function shorten(text: string): string {
  const line = text.replaceAll(/\s+/g, " ");
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
