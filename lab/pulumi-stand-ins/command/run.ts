import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { Log } from "../provider.ts";

/** The inputs of a command, as far as the program and the tests of the engine set them. */
export interface CommandInputs {
  create?: string;
  update?: string;
  delete?: string;
  dir?: string;
  environment?: Record<string, string>;
  stdin?: string;
  logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
}

export interface Outputs {
  stdout: string;
  stderr: string;
}

/** Runs one command of the resource to its end; its lines are shown as they come. */
export async function runCommand(
  command: string,
  inputs: CommandInputs,
  previous: Outputs,
  log: Log,
  stop: AbortSignal,
): Promise<Outputs> {
  const child = spawn("/bin/sh", ["-c", command], {
    ...(inputs.dir !== undefined && { cwd: inputs.dir }),
    env: { ...process.env, ...inputs.environment, ...inEnvironment(previous) },
    stdio: [inputs.stdin ? "pipe" : "ignore", "pipe", "pipe"],
  });
  // Only the shell itself, as the official plugin does: what the shell started goes on.
  const kill = () => child.kill("SIGKILL");
  stop.addEventListener("abort", kill);
  if (stop.aborted) kill();
  // A command that ends before it has read its input is judged by its exit code.
  child.stdin?.on("error", () => {}).end(inputs.stdin);

  const outputs: Outputs = { stdout: "", stderr: "" };
  let both = "";
  const { logging = "stdoutAndStderr" } = inputs;
  for (const from of ["stdout", "stderr"] as const) {
    const stream = child[from] as Readable;
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      outputs[from] += chunk;
      both += chunk;
    });
    if (logging === from || logging === "stdoutAndStderr") createInterface(stream).on("line", log.info);
  }

  const problem = await new Promise<string | undefined>((resolve) => {
    child.on("error", (error) => resolve(`cannot be started in ${inputs.dir}: ${error.message}`));
    child.on("close", (code, signal) =>
      resolve(code === 0 ? undefined : signal ? `signal: ${signal}` : `exit status ${code}`),
    );
  });
  stop.removeEventListener("abort", kill);
  if (problem !== undefined) throw new Error(`${problem}: running ${JSON.stringify(command)}:\n${both}`);
  return { stdout: outputs.stdout.replace(/\n$/, ""), stderr: outputs.stderr.replace(/\n$/, "") };
}

function inEnvironment({ stdout, stderr }: Outputs): Record<string, string> {
  return { ...(stdout && { PULUMI_COMMAND_STDOUT: stdout }), ...(stderr && { PULUMI_COMMAND_STDERR: stderr }) };
}
