import { attempt, type CommandOptions, type CommandResult, run } from "../machine/process.ts";

/** A docker engine: the one that was here already, or the lab's own. */
export interface Engine {
  kind: "own" | "found";
  /** Runs a docker command that must succeed and gives what it printed. */
  docker(args: string[], options?: CommandOptions): Promise<string>;
  /** Runs a docker command, whatever its exit code. */
  try(args: string[], options?: CommandOptions): Promise<CommandResult>;
  /** The command line of a docker command, for those who need the process itself. */
  commandLine(args: string[]): { command: string; args: string[]; env: NodeJS.ProcessEnv };
}

/** What tells the lab's containers, networks and images from anyone else's. */
export const label = "rancher-rollback-lab";

export function engineAt(kind: Engine["kind"], client: string, environment: NodeJS.ProcessEnv): Engine {
  // The classic builder: the newer one is a plugin that Debian does not have.
  const env = { ...process.env, ...environment, DOCKER_BUILDKIT: "0" };
  return {
    kind,
    docker: (args, options = {}) => run(client, args, { ...options, env }),
    try: (args, options = {}) => attempt(client, args, { ...options, env }),
    commandLine: (args) => ({ command: client, args, env }),
  };
}
