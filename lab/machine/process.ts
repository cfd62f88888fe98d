import { type SpawnOptions, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { Problem } from "./problem.ts";

export interface CommandOptions {
  cwd?: string;
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

/** Runs a command to its end, whatever its exit code. */
export function attempt(command: string, args: string[], options: CommandOptions = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const spawnOptions: SpawnOptions = { stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"] };
    if (options.cwd !== undefined) spawnOptions.cwd = options.cwd;
    if (options.env !== undefined) spawnOptions.env = options.env;
    const child = spawn(command, args, spawnOptions);
    let late = false;
    const timer = options.timeout
      ? setTimeout(() => {
          late = true;
          child.kill("SIGKILL");
        }, options.timeout)
      : undefined;
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      const stream = child[name];
      if (!stream) continue;
      stream.setEncoding("utf8").on("data", (text: string) => {
        output[name] += text;
      });
      if (options.onLine) createInterface({ input: stream }).on("line", options.onLine);
    }
    // A command that ends before it has read its input is judged by its exit code.
    child.stdin?.on("error", () => {}).end(options.input);
    child.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      reject(error.code === "ENOENT" ? new Problem(`"${command}" is not installed or not on the PATH`) : error);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (late) output.stderr += `\n${command} gave no end within ${Number(options.timeout) / 1000} s and was killed`;
      else if (signal) output.stderr += `\n${command} was ended by ${signal}`;
      resolve({ code: code ?? 128, ...output });
    });
  });
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
