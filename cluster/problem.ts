import { z } from "zod";
import { shellWord } from "./shell.ts";

/** A sentence, or one with its nodes, or with a command to which its reader's stack is added. */
const remedyPart = z
  .union([
    z.string(),
    z.object({
      text: z.string(),
      on: z.array(z.string()).describe("the nodes to do it on; empty: the node that the message names"),
    }),
    z.object({ text: z.string(), pulumi: z.string().describe("such as `config set run 2`") }),
    z.object({
      text: z.string(),
      command: z.string().describe("of rancher-rollback, such as `snapshots --open base`"),
    }),
  ])
  .meta({ id: "RemedyPart" });
export type RemedyPart = z.infer<typeof remedyPart>;

/** What the operator can do about a problem. With an id, published schemas have it once. */
export const remedySchema = z
  .union([remedyPart, z.array(remedyPart).describe("several, to do or to choose from in this order")])
  .meta({ id: "Remedy" });
export type Remedy = z.infer<typeof remedySchema>;

/** Something that is wrong, with the node or the setting where there is one, and what to do about it. No secrets. */
export const problemSchema = z.object({ message: z.string(), remedy: remedySchema });
export type Problem = z.infer<typeof problemSchema>;

/** What the operator should know of, though it stops nothing; some need no action. No secrets. */
export const noticeSchema = problemSchema.partial({ remedy: true });
export type Notice = z.infer<typeof noticeSchema>;

/** For a list of problems: this one, where it is one. */
export function problemIf(isWrong: boolean, message: string, remedy: Remedy): Problem[] {
  return isWrong ? [{ message, remedy }] : [];
}

export function problemOf(whose: string, { message, remedy }: Problem): Problem {
  return { message: `${whose}: ${message}`, remedy };
}

/** Each problem once: what several checks have found is one. */
export function distinct(problems: Problem[]): Problem[] {
  return [...new Map(problems.map((problem) => [problem.message, problem])).values()];
}

export const failedCheckSchema = problemSchema.extend({
  check: z
    .enum([
      "node-reachable",
      "docker-answers",
      "docker-version",
      "rke-at-work",
      "snapshot-whole",
      "room",
      "state-in-zip",
      "rke-restore-folder",
      "certificate-bundle",
      "same-snapshot",
      "kubernetes-version",
      "kubernetes-default",
      "restore-way",
      "consent",
      "restored-before",
      "earlier-restores",
      "rancher-version",
      "rancher-registry",
      "addons",
      "downstream-cluster",
      "replacement-machine",
      "replaced-node",
    ])
    .optional()
    .describe("which check it is; absent in plans of earlier releases"),
  of: z.string().optional().describe("the node or the downstream cluster, where it is that of one"),
  passes: z.literal(true).optional().describe("it ends by itself, and a restore that continues waits for that"),
});
export type FailedCheck = z.infer<typeof failedCheckSchema>;

/** Problems as those of a check. @param of the node or the downstream cluster that was checked. */
export function checkFailed(check: FailedCheck["check"], problems: Problem[], of?: string): FailedCheck[] {
  return problems.map((problem) => ({ ...problem, check, ...(of !== undefined && { of }) }));
}

/** For a file that RKE writes beside the cluster file. */
export const COPY_FROM_LAST_UP = "copy it from where `rke up` was run last";
/** For a snapshot that is not there, or too old. */
export const SEE_RECURRING = "look at the recurring snapshots: services.etcd.backup_config in the cluster file";

/** A remedy to look at something where it is, by a command. */
export function lookAt(command: string): string {
  return `look at the node: ${command}`;
}

/** A remedy for paths that cannot be written: whether their disks have room. */
export function seeRoom(...paths: string[]): string {
  return `df -h ${[...new Set(paths)].map(shellWord).join(" ")}`;
}

/** A remedy that is for a node, as that of this one. */
export function remedyOn(node: string, remedy: Remedy): Remedy {
  return isForNodes(remedy) ? { ...remedy, on: [node] } : remedy;
}

/** The remedies of problems, each once, with all the nodes that it is for. */
export function remediesOf(problems: Pick<Problem, "remedy">[]): Remedy[] {
  const remedies = new Map<string, Remedy>();
  for (const { remedy } of problems) {
    const key = isForNodes(remedy) ? remedy.text : JSON.stringify(remedy);
    const before = remedies.get(key);
    const on = before && isForNodes(before) ? before.on : [];
    remedies.set(key, isForNodes(remedy) ? { ...remedy, on: [...new Set([...on, ...remedy.on])] } : remedy);
  }
  return [...remedies.values()];
}

function isForNodes(remedy: Remedy): remedy is Extract<Remedy, { on: string[] }> {
  return typeof remedy === "object" && "on" in remedy;
}

export function setRemedy(text: string, setting: string, value: string): RemedyPart {
  return { text, pulumi: `config set ${setting} ${shellWord(value)}` };
}
