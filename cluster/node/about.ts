import { X509Certificate } from "node:crypto";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { lineOf, linesOf, script } from "../script.ts";

/** The operator's clock before a node was asked and after it had answered, ms since 1970. */
export interface Asked {
  from: number;
  to: number;
}

/** What a preview warns of on a node. */
export interface NodeAbout {
  clockSkewSeconds?: number;
  certificates: { name: string; notAfter: number }[];
}

const about = script(import.meta.dirname, "about.sh");

/** Asks a node for that; changes nothing. For root. */
export function aboutLines({ prefixPath = "" }: Pick<ClusterNode, "prefixPath">): string {
  return about({ prefix_path: prefixPath });
}

export function parseAbout(printed: string, asked: Asked): NodeAbout {
  const clock = lineOf(printed, "clock");
  return {
    ...(clock && { clockSkewSeconds: clockSkew(Number(clock), asked) }),
    certificates: linesOf(printed, "certificate").flatMap((line) => {
      const [name = "", pem = ""] = line.split(" ");
      try {
        return [{ name, notAfter: Date.parse(new X509Certificate(Buffer.from(pem, "base64")).validTo) }];
      } catch {
        return [];
      }
    }),
  };
}

/** In seconds. Certificates and leases compare the clocks of machines. */
const MOST_SKEW = 2;

export function isSkewed(seconds: number): boolean {
  return Math.abs(seconds) > MOST_SKEW;
}

/**
 * How many seconds a node's clock is ahead of this machine's, behind where negative: the least that it must be, as it said
 * this whole second, rounded down, at some time while it was asked.
 */
export function clockSkew(clock: number, { from, to }: Asked): number {
  const ahead = clock - to / 1000;
  const behind = clock + 1 - from / 1000;
  return Math.round(Math.max(ahead, 0) + Math.min(behind, 0));
}
