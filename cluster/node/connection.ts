import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import type { Problem } from "../problem.ts";
import { type HostKeyPolicy, SshError, ssh } from "./ssh.ts";

/** How a step asks nodes: with which trust, and where their progress goes. */
export interface Connection {
  hostKeys: HostKeyPolicy;
  /** Progress for the operator, a line at a time. */
  say: (line: string) => void;
}

/**
 * Runs a script on a node; its progress is prefixed with the node's name. @returns what it printed.
 * @param input what the script reads on standard input.
 * @throws SshError when the node cannot be asked.
 */
export async function ask(
  { hostKeys, say }: Connection,
  node: ClusterNode,
  script: string,
  timeoutSeconds: number,
  input?: string,
): Promise<string> {
  return await ssh({
    node,
    script,
    ...(input !== undefined && { input }),
    hostKeys,
    timeoutSeconds,
    say: (line) => say(`${node.name}: ${line}`),
  });
}

/** Runs a script on each node at once. @returns what those printed that could be asked, and a problem for each other one. */
export async function askAll(
  connection: Connection,
  nodes: ClusterNode[],
  script: string,
  timeoutSeconds: number,
): Promise<{ printed: string[]; problems: Problem[] }> {
  const asked = await Promise.all(
    nodes.map((node) => ask(connection, node, script, timeoutSeconds).catch(unreachable)),
  );
  return {
    printed: asked.filter((answer) => typeof answer === "string"),
    problems: asked.filter((answer) => typeof answer !== "string"),
  };
}

/** The problem of a node that could not be asked. Any other error is thrown again: it is a bug. */
export function unreachable(error: unknown): Problem {
  if (error instanceof SshError) return { message: error.message, remedy: error.remedy };
  throw error;
}
