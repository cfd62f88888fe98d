import { parseRestored } from "../../cluster/inPlace/exchange.ts";
import { ask, unreachable } from "../../cluster/node/connection.ts";
import type { Problem } from "../../cluster/problem.ts";
import { relay } from "../../cluster/snapshot/relay.ts";
import type { Host, Work } from "./phases.ts";

/**
 * Runs a script on every etcd host that restores the snapshot there. RKE saves a snapshot on each host by itself, so that
 * those of one name may differ by seconds; it restores the first host's everywhere (RKE v1.8.0 cluster/etcd.go), and so
 * does this: a host with another one gets the first host's on standard input, through this machine.
 */
export async function onEachWithSnapshot(
  { hosts, input, tools }: Work,
  script: (host: Host, received: boolean) => string,
  timeoutSeconds: number,
): Promise<{ answers: { host: Host; printed: string }[]; problems: Problem[] }> {
  const { nodes } = input.proven;
  const { hostKeys } = tools;
  const provenOn = (host: Host) => nodes.find(({ node }) => node === host.node.name);
  const [first] = hosts;
  const source = first && provenOn(first);
  const sayOf = (host: Host) => (line: string) => tools.say(`${host.node.name}: ${line}`);
  const asked = await Promise.all(
    hosts.map(async (host) => {
      const isSame = !source || provenOn(host)?.sha256 === source.sha256;
      const printed = isSame
        ? ask(tools, host.node, script(host, false), timeoutSeconds)
        : relay(
            { node: first.node, file: source.file, hostKeys, timeoutSeconds },
            { node: host.node, script: script(host, true), succeeded, say: sayOf(host), hostKeys, timeoutSeconds },
          );
      return { host, answer: await printed.catch(unreachable) };
    }),
  );
  return {
    answers: asked.flatMap(({ host, answer }) => (typeof answer === "string" ? [{ host, printed: answer }] : [])),
    problems: asked.flatMap(({ answer }) => (typeof answer === "string" ? [] : [answer])),
  };
}

function succeeded(printed: string): boolean {
  return !("failed" in parseRestored(printed));
}
