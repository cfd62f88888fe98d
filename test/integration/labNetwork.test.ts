import { afterAll, beforeAll, expect, test } from "vitest";
import { clusterUp, type LabCluster, ssh } from "../../lab/cluster/cluster.ts";
import { bridge, rejectedPackets } from "../../lab/machine/firewall.ts";
import { run } from "../../lab/machine/process.ts";

/** An address set aside for documentation: no one is there, and nothing may ever be sent there. */
const outside = "203.0.113.1";
const counter = ["-s", "198.18.0.0/24", "!", "-o", bridge, "-m", "comment", "--comment", "rancher-rollback-lab-test"];

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await clusterUp("a", console.log);
  // Sees whatever was let through towards another interface, before its source address is rewritten.
  await run("iptables", ["-w", "-t", "mangle", "-I", "POSTROUTING", ...counter]);
});

afterAll(async () => {
  await run("iptables", ["-w", "-t", "mangle", "-D", "POSTROUTING", ...counter]);
});

test("what a node sends outside is turned away at once and never leaves the machine", async () => {
  await expectRefused(`bash -c 'exec 3<>/dev/tcp/${outside}/443'`);
});

test("what a container on a node sends outside never leaves the machine either", async () => {
  await expectRefused(
    `docker run --rm --entrypoint bash rancher/hyperkube:v1.20.15-rancher2 -c 'exec 3<>/dev/tcp/${outside}/443'`,
  );
});

test("a node asks no one for a name, not even by way of the machine's engine", async () => {
  const before = await escaped();
  const byFile = await ssh(cluster, "node1", "getent hosts rancher.example");
  // The engine's resolver is at this address in every container; it must find no server to ask.
  const byEngine = await ssh(
    cluster,
    "node1",
    "echo 'nameserver 127.0.0.11' >/tmp/resolv && unshare --mount sh -c 'mount --bind /tmp/resolv /etc/resolv.conf && getent hosts rancher.example'",
  );
  expect([byFile.code, byEngine.code]).toEqual([2, 2]);
  expect(await escaped()).toBe(before);
});

test("an image that a node lacks is not pulled", async () => {
  const before = await escaped();
  const pull = await ssh(cluster, "node1", "docker pull rancher/rancher:v9.9.9");
  expect(pull.code).not.toBe(0);
  expect(await escaped()).toBe(before);
});

async function expectRefused(command: string): Promise<void> {
  const [rejected, through] = [await rejectedPackets(), await escaped()];
  const attempt = await ssh(cluster, "node1", command);
  expect(attempt.stderr).toContain("Connection refused");
  expect(await rejectedPackets()).toBeGreaterThan(Number(rejected));
  expect(await escaped()).toBe(through);
}

/** Packets of the lab's nodes on their way out by another interface than the lab's: there must be none. */
async function escaped(): Promise<number> {
  const listing = await run("iptables", ["-w", "-t", "mangle", "-nvxL", "POSTROUTING"]);
  const line = listing.split("\n").find((text) => text.includes("rancher-rollback-lab-test"));
  return Number(line?.trim().split(/\s+/)[0]);
}
