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

/** As the options of `ssh`, and as the lines of its configuration. */
export const sshOptions = [
  ...["BatchMode=yes", "ConnectTimeout=5", "IdentitiesOnly=yes", "LogLevel=ERROR", "StrictHostKeyChecking=yes"],
  ...[`IdentityFile=${sshKey}`, `UserKnownHostsFile=${knownHosts}`],
];

export function sshArguments(node: { address: string }): string[] {
  return ["-F", "none", ...sshOptions.flatMap((option) => ["-o", option]), `root@${node.address}`];
}
