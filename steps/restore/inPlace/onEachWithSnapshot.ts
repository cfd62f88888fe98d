import { parseRestored } from "../../../cluster/inPlace/exchange.ts";
import { type Answers, ask, askEach } from "../../../cluster/node/connection.ts";
import { relay } from "../../../cluster/snapshot/relay.ts";
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
): Promise<Answers<Host>> {
  const { nodes } = input.proven;
  const { hostKeys } = tools;
  const provenOn = (host: Host) => nodes.find(({ node }) => node === host.node.name);
  const [first] = hosts;
  const source = first && provenOn(first);
  const sayOf = (host: Host) => (line: string) => tools.say(`${host.node.name}: ${line}`);
  return await askEach(hosts, (host) => {
    const isSame = !source || provenOn(host)?.sha256 === source.sha256;
    return isSame
      ? ask(tools, host.node, script(host, false), timeoutSeconds)
      : relay(
          { node: first.node, file: source.file, hostKeys, timeoutSeconds },
          { node: host.node, script: script(host, true), succeeded, say: sayOf(host), hostKeys, timeoutSeconds },
        );
  });
}

function succeeded(printed: string): boolean {
  return !("failed" in parseRestored(printed));
}
