import { readFileSync } from "node:fs";
import type { LabCluster } from "../cluster/cluster.ts";
import { labToken } from "../cluster/rancherApi.ts";
import { Problem } from "../machine/problem.ts";
import { outageOf } from "./outage.ts";
import { Probe } from "./probe.ts";
import type { Measured } from "./results.ts";

/** What a command's own course tells of its time. */
export type Timed = Pick<Measured, "total" | "whole" | "steps">;

/** For how long Rancher must answer without a gap to be back. */
const STEADY_SECONDS = 15;
/** For how long after the command that is waited for. */
const LIMIT_SECONDS = 180;

/**
 * Watches Rancher beside a command.
 * @param right the version that must answer in the end.
 * @param work is given the time of its beginning, ms since 1970.
 * @throws Problem where Rancher does not come back to stay.
 */
export async function measure<T extends Timed>(
  cluster: LabCluster,
  right: string,
  work: (began: number) => Promise<T>,
): Promise<T & Pick<Measured, "outage">> {
  const began = Date.now();
  const ca = readFileSync(cluster.rancherCaFile, "utf8");
  const probe = new Probe({ url: cluster.rancherUrl, ca, token: labToken }, began);
  let timed: T;
  try {
    timed = await work(began);
    await probe.untilSteady(right, STEADY_SECONDS, LIMIT_SECONDS);
  } finally {
    await probe.stop();
  }
  const outage = outageOf(await probe.stop(), right);
  if (outage) return { ...timed, outage };
  throw new Problem(
    `Rancher does not answer with ${right} for ${STEADY_SECONDS} s, ${LIMIT_SECONDS} s after the command`,
  );
}

/** Since a time in ms since 1970. */
export function secondsSince(began: number): number {
  return (Date.now() - began) / 1000;
}
