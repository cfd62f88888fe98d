import { join } from "node:path";
import { folders } from "../machine/folders.ts";
import { attempt, type CommandResult } from "../machine/process.ts";

/** One key opens every node of the lab; the nodes' own keys are known from the start. */
export const sshKey = join(folders.run, "id_ed25519");
export const knownHosts = join(folders.run, "known_hosts");

export function sshTo(node: { address: string }, command: string, input?: string): Promise<CommandResult> {
  const options = { timeout: 10 * 60_000, ...(input !== undefined && { input }) };
  return attempt("ssh", [...sshArguments(node), command], options);
}

export function sshArguments(node: { address: string }): string[] {
  const options = {
    BatchMode: "yes",
    ConnectTimeout: "5",
    IdentitiesOnly: "yes",
    IdentityFile: sshKey,
    LogLevel: "ERROR",
    StrictHostKeyChecking: "yes",
    UserKnownHostsFile: knownHosts,
  };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  return ["-F", "none", ...flags, `root@${node.address}`];
}
