import { PassThrough, type Readable } from "node:stream";
import { ask, unreachable } from "../../cluster/node/connection.ts";
import { ssh } from "../../cluster/node/ssh.ts";
import type { Problem } from "../../cluster/problem.ts";
import { sendScript } from "../../cluster/snapshot/proof.ts";
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
  const provenOn = (host: Host) => nodes.find(({ node }) => node === host.node.name);
  const [first] = hosts;
  const source = first && provenOn(first);
  const asked = await Promise.all(
    hosts.map(async (host) => {
      const isSame = !source || provenOn(host)?.sha256 === source.sha256;
      const printed = isSame
        ? ask(tools, host.node, script(host, false), timeoutSeconds)
        : relayed(first, source.file, host, script(host, true));
      return { host, answer: await printed.catch(unreachable) };
    }),
  );
  return {
    answers: asked.flatMap(({ host, answer }) => (typeof answer === "string" ? [{ host, printed: answer }] : [])),
    problems: asked.flatMap(({ answer }) => (typeof answer === "string" ? [] : [answer])),
  };

  async function relayed(from: Host, file: string, to: Host, text: string): Promise<string> {
    const { hostKeys } = tools;
    const wire: Readable & PassThrough = new PassThrough();
    const say = (line: string) => tools.say(`${to.node.name}: ${line}`);
    const [there, here] = await Promise.allSettled([
      ssh({ node: from.node, script: sendScript(file), output: wire, hostKeys, timeoutSeconds }),
      ssh({ node: to.node, script: text, input: wire, hostKeys, timeoutSeconds, say }),
    ]);
    if (here.status === "rejected") throw here.reason;
    if (there.status === "rejected" && !here.value.includes("restored ")) throw there.reason;
    return here.value;
  }
}
