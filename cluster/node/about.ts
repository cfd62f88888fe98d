import { X509Certificate } from "node:crypto";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { lineOf, linesOf, script } from "../script.ts";
import type { Asked } from "./restarts.ts";

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

/** The script's output, parsed. */
export function parseAbout(printed: string, asked: Asked): NodeAbout {
  const clock = lineOf(printed, "clock");
  return {
    ...(clock && { clockSkewSeconds: skewOf(Number(clock), asked) }),
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

/** The least that a clock must be ahead which said this whole second, rounded down, at some time while it was asked. */
function skewOf(clock: number, { from, to }: Asked): number {
  const ahead = clock - to / 1000;
  const behind = clock + 1 - from / 1000;
  return Math.round(Math.max(ahead, 0) + Math.min(behind, 0));
}
