import type { Engine } from "../docker/docker.ts";
import { engineNow } from "../docker/dockerEngine.ts";
import { rejectedPackets } from "../machine/firewall.ts";
import { lockHolder } from "../machine/lock.ts";
import { clusterNames, clusterOf, isHealthy, rancherVersion } from "./cluster.ts";
import { power } from "./nodes.ts";
import { isPlanned, likeOperators } from "./plans.ts";
import { s3Now } from "./s3.ts";

/** Says what runs and how it is; the exit code is 0 when every cluster that is there is healthy. */
export async function status(say: (line: string) => void): Promise<number> {
  const holder = await lockHolder();
  if (holder) say(`being changed by ${holder}`);
  const engine = await engineNow();
  if (!engine) {
    say("the lab is down");
    return 1;
  }
  const rejected = await rejectedPackets();
  say(`engine    ${engine.kind === "own" ? "the lab's own, private" : "the one that was here"}`);
  say(`network   ${rejected === undefined ? "down" : `closed: ${rejected} packets to the outside were turned away`}`);
  const s3 = await s3Now();
  say(`S3        ${s3 ? `MinIO on ${s3.endpoint}, bucket ${s3.bucket}` : "down"}`);
  const results = [];
  const names = isPlanned(likeOperators) ? [...clusterNames, likeOperators] : clusterNames;
  for (const name of names) results.push(await clusterStatus(engine, name, say));
  return results.includes("broken") || results.every((result) => result === "absent") ? 1 : 0;
}

async function clusterStatus(engine: Engine, name: string, say: (line: string) => void): Promise<string> {
  const cluster = await clusterOf(name);
  const states = await Promise.all(cluster.nodes.map((node) => power(engine, name, node)));
  if (states.every((state) => state === "absent")) {
    say(`cluster ${name} down`);
    return "absent";
  }
  const healthy = states.every((state) => state === "on") && (await isHealthy(cluster));
  say(`cluster ${name} ${healthy ? "healthy" : "not healthy"}`);
  cluster.nodes.forEach((node, index) => {
    say(`  ${node.name}   ${node.address}  ${states[index]}`);
  });
  const version = await rancherVersion(cluster);
  say(`  Rancher ${version ? `${version} on ${cluster.rancherUrl}` : "does not answer"}`);
  return healthy ? "healthy" : "broken";
}
