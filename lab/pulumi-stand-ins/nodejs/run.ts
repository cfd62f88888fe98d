import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import { engineAddress } from "../engineLog.ts";

/** The program's exit code when it has already reported what is wrong. */
const REPORTED = 32;

/** Runs the program to its end, by the runner in the program's own @pulumi/pulumi. */
export async function runProgram(request: messages.RunRequest, stop: AbortSignal): Promise<messages.RunResponse> {
  const info = request.getInfo();
  const options = info?.getOptions()?.toJavaScript() ?? {};
  if (!info || options.typescript !== false)
    return new messages.RunResponse().setError(
      "the lab's language host runs only programs whose Pulumi.yaml says runtime.options.typescript: false; install the official Pulumi CLI for others",
    );
  const folder = info.getProgramDirectory();
  const runner = createRequire(join(folder, "package.json")).resolve("@pulumi/pulumi/cmd/run");
  const code = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, [runner, ...argumentsOf(request, info)], {
      cwd: folder,
      env: { ...process.env, ...configOf(request) },
      stdio: ["ignore", "inherit", "inherit"],
      signal: stop,
      killSignal: "SIGINT",
    });
    child.on("error", (error) => (error.name === "AbortError" ? undefined : reject(error)));
    child.on("close", resolve);
  });
  if (code === REPORTED) return new messages.RunResponse().setBail(true);
  return new messages.RunResponse().setError(code === 0 ? "" : `Program exited with non-zero exit code: ${code}`);
}

function argumentsOf(request: messages.RunRequest, info: messages.ProgramInfo): string[] {
  const flags = {
    monitor: request.getMonitorAddress(),
    engine: engineAddress(),
    organization: request.getOrganization(),
    project: request.getProject(),
    "root-directory": info.getRootDirectory(),
    stack: request.getStack(),
    pwd: info.getProgramDirectory(),
    parallel: String(request.getParallel()),
  };
  const given = Object.entries(flags).filter(([, value]) => value !== "");
  return [
    ...given.flatMap(([flag, value]) => [`--${flag}`, value]),
    ...(request.getDryrun() ? ["--dry-run"] : []),
    info.getEntryPoint(),
    ...request.getArgsList(),
  ];
}

function configOf(request: messages.RunRequest): Record<string, string> {
  const config = request.getConfigMap().toObject(false);
  return {
    PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config.map(([key, value]) => [shortKey(key), value]))),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList().map(shortKey)),
  };
}

/** project:config:name is an old way to write project:name. */
function shortKey(key: string): string {
  return key.replace(/^([^:]+):config:/, "$1:");
}
