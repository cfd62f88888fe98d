import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { program, textFile, until } from "./folder.ts";
import type { SnapshotNode } from "./snapshotNode.ts";

/** Lets every node's docker wait, once, at a command line that a shell pattern matches. */
export function hold(nodes: SnapshotNode[], pattern: string) {
  for (const { bin, root } of nodes) {
    renameSync(join(bin, "docker"), join(bin, "docker-itself"));
    const wait = `[ -e held ] || { : >held; while [ -e held ] && [ ! -e go ]; do sleep 0.1; done; }`;
    program(join(bin, "docker"), `case "$*" in ${pattern}) (cd '${root}'; ${wait}) ;; esac\nexec docker-itself "$@"`);
  }
  return {
    held: () => until(() => nodes.every(({ root }) => existsSync(join(root, "held")))),
    letGo: () => nodes.forEach(({ root }) => void textFile(join(root, "go"), "")),
  };
}

/** The failure of a step whose cluster folder another one in this process holds. */
export const refused = (what: string) => ({
  kind: "busy",
  happened: [expect.stringMatching(`^another run holds this cluster folder: process ${process.pid} since .*Z ${what}`)],
  remedies: ["wait until that run has ended"],
});
