import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import type { Problem } from "../problem.ts";
import { type HostKeyPolicy, SshError, ssh } from "./ssh.ts";

/** How a step asks nodes: with which trust, and where their progress goes. */
export interface Connection {
  hostKeys: HostKeyPolicy;
  /** Progress for the operator, a line at a time. */
  say: (line: string) => void;
}

/** A connection whose progress nobody hears. */
export function silently(hostKeys: HostKeyPolicy): Connection {
  return { hostKeys, say: () => {} };
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

/** What hosts printed, and why the others could not be asked: each by its host, and by itself. */
export interface Answers<H> {
  answers: { host: H; printed: string }[];
  failed: { host: H; problem: Problem }[];
  problems: Problem[];
}

/** Runs a script on each node at once. */
export async function askAll(
  connection: Connection,
  nodes: ClusterNode[],
  script: string,
  timeoutSeconds: number,
): Promise<Answers<ClusterNode>> {
  return await askEach(nodes, (node) => ask(connection, node, script, timeoutSeconds));
}

export async function askEach<H>(hosts: H[], asking: (host: H) => Promise<string>): Promise<Answers<H>> {
  const asked = await Promise.all(hosts.map(async (host) => ({ host, answer: await asking(host).catch(unreachable) })));
  const failed = asked.flatMap(({ host, answer }) => (typeof answer === "string" ? [] : [{ host, problem: answer }]));
  return {
    answers: asked.flatMap(({ host, answer }) => (typeof answer === "string" ? [{ host, printed: answer }] : [])),
    failed,
    problems: failed.map(({ problem }) => problem),
  };
}

/** The problem of a node that could not be asked. Any other error is thrown again: it is a bug. */
export function unreachable(error: unknown): Problem {
  if (error instanceof SshError) return { message: error.message, remedy: error.remedy };
  throw error;
}
