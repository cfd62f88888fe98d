import { readFileSync } from "node:fs";
import { join } from "node:path";
import { sshTo } from "../cluster/ssh.ts";
import { Problem } from "../machine/problem.ts";

/** Runs a script of this folder on a node. @returns what it prints. @throws Problem where it fails. */
export async function onNode(node: { name: string; address: string }, script: string, word = ""): Promise<string> {
  const text = readFileSync(join(import.meta.dirname, script), "utf8");
  const { code, stdout, stderr } = await sshTo(node, `sh -s -- ${word}`, text);
  if (code === 0) return stdout;
  throw new Problem(`${script} ${word} failed on ${node.name}: ${stderr.trim().slice(-600)}`);
}
