import type { Engine } from "../docker/docker.ts";
import { label } from "../docker/docker.ts";
import { allowForwarding, bridge, rejectForwarding } from "./firewall.ts";

/** Every address of the lab is in 198.18.0.0/15, the range that is set aside for tests of networks. */
export const ranges = {
  nodes: "198.18.0.0/24",
  gateway: "198.18.0.1",
  services: "198.19.0.0/17",
  dns: "198.19.0.10",
  pods: "198.19.128.0/17",
};

/** The nodes' network, closed towards everything outside before a first node can be on it. */
export async function networkUp(engine: Engine): Promise<void> {
  const made = await engine.try(["network", "inspect", label]);
  if (made.code !== 0) {
    const name = ["--opt", `com.docker.network.bridge.name=${bridge}`];
    const addresses = ["--subnet", ranges.nodes, "--gateway", ranges.gateway];
    await engine.docker(["network", "create", "--label", label, ...name, ...addresses, label]);
  }
  await rejectForwarding();
}

export async function networkDown(engine: Engine): Promise<void> {
  await engine.try(["network", "rm", label]);
  await allowForwarding();
}
