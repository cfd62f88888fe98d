import { Problem } from "./problem.ts";
import { attempt, run } from "./process.ts";

/** The bridge the nodes are on: named, so that the rule can be about it and nothing else. */
export const bridge = "rrlab0";

const rule = ["-i", bridge, "!", "-o", bridge, "-m", "comment", "--comment", "rancher-rollback-lab", "-j", "REJECT"];

/** Nothing that comes from the lab's bridge is forwarded anywhere but to the lab's bridge. */
export async function rejectForwarding(): Promise<void> {
  const iptables = await backend();
  if (!iptables) throw new Problem("the docker engine made no DOCKER-USER chain: it must not run with iptables=false");
  // First in its chain: a rule before it could let the nodes' packets go.
  const first = (await run(iptables, ["-w", "-S", "DOCKER-USER", "1"])).includes(`-i ${bridge} ! -o ${bridge}`);
  if (!first) await run(iptables, ["-w", "-I", "DOCKER-USER", "1", ...rule]);
}

export async function allowForwarding(): Promise<void> {
  const iptables = await backend();
  while (iptables && (await attempt(iptables, ["-w", "-D", "DOCKER-USER", ...rule])).code === 0);
}

/** How many packets the rule has turned away, or undefined when there is no rule. */
export async function rejectedPackets(): Promise<number | undefined> {
  const iptables = await backend();
  if (!iptables) return undefined;
  const listing = await run(iptables, ["-w", "-nvxL", "DOCKER-USER"]);
  const line = listing.split("\n").find((text) => text.includes("REJECT") && text.includes(bridge));
  return line === undefined ? undefined : Number(line.trim().split(/\s+/)[0]);
}

/** Takes away what a private engine that has ended left: its chains too, unless another engine uses the same. */
export async function removeFirewallRules(otherEngine: boolean, forwardingWasOff: boolean): Promise<void> {
  for (const iptables of ["iptables-nft", "iptables-legacy"]) {
    for (const table of ["filter", "nat"]) {
      const listing = await attempt(iptables, ["-w", "-t", table, "-S"]).catch(() => undefined);
      for (const args of removals(listing?.stdout ?? "", otherEngine))
        await attempt(iptables, ["-w", "-t", table, ...args]);
    }
    // Docker sets this policy only when it was docker that switched forwarding on.
    if (forwardingWasOff && !otherEngine)
      await attempt(iptables, ["-w", "-P", "FORWARD", "ACCEPT"]).catch(() => undefined);
  }
}

/** The commands that undo the engine's part of a table as `iptables -S` lists it: rules first, then the chains. */
export function removals(listing: string, otherEngine: boolean): string[][] {
  const ours = otherEngine ? /198\.18\.0\.0\/24|\brrlab0\b/ : /198\.18\.0\.0\/24|\brrlab0\b|\bDOCKER\b|\bDOCKER-/;
  const lines = listing.split("\n").filter((line) => ours.test(line));
  const rules = lines.filter((line) => line.startsWith("-A ")).map((line) => ["-D", ...words(line).slice(1)]);
  const chains = lines.filter((line) => line.startsWith("-N ")).map((line) => ["-X", ...words(line).slice(1)]);
  return [...rules, ...chains];
}

function words(line: string): string[] {
  return (line.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replaceAll('"', ""));
}

/** The iptables that docker writes to: a machine can have two. */
async function backend(): Promise<string | undefined> {
  for (const iptables of ["iptables", "iptables-legacy", "iptables-nft"]) {
    const found = await attempt(iptables, ["-w", "-S", "DOCKER-USER"]).catch(() => undefined);
    if (found?.code === 0) return iptables;
  }
  return undefined;
}
