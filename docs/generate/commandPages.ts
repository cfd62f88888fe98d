import yargs from "yargs";
import { answerSchema } from "../../cli/answers.ts";
import { commands } from "../../cli/commandLine.ts";

/** Words that the help has no room for, by command. */
const MORE: Record<string, string> = {
  plan: `Reads the cluster and the stack, and changes neither. With \`--report DIR\` the report lies there as \`report.html\`, \`report.md\`
(for a comment on a merge request) and \`report.json\` ([schema](../report.schema.json)), with \`metrics.prom\`; with several stacks, each in
\`DIR/STACK\`. A run that was refused for wrong settings leaves none.`,
  apply: `Previews first, shows the same screen as \`plan\`, and asks on a terminal; elsewhere \`--accept-data-loss-of NAME\` (or the setting
\`acceptDataLossOf\`) is the answer. What is done is what was previewed: when the cluster (unless \`readCluster\` is false), the cluster file or the stack's
state has changed meanwhile, it refuses. The stack's file is read once: an edit during the run counts for the next.

Ctrl-C once stops before the next step, and the next \`apply\` goes on from there; so does a lost terminal or SIGTERM. Ctrl-C twice stops at once; RKE, once it is at work, ends what it
began all the same, and the next \`apply\` waits for it.

Several \`--stack\` are all previewed, then asked for, then rolled back, \`--parallel N\` at once. A failed preview, or one that
is not confirmed, lets none of them begin; a failed run stops the start of further ones. There is one exit code: 0 when all have done or had nothing to do, else 1.`,
  undo: `Takes the safety copy that the stack's last rollback has saved for a snapshot to restore, with the Rancher version that ran then, and
rolls back to it with the same preview, checks and question. The two settings are written into the stack's file, so that a later
\`apply\` does not roll back again. Where the config is not kept in that file, change it there too.`,
  verify: `Reads etcd from every member, the nodes, the containers, the Rancher Deployment and Rancher's own answer, once. Exit code 0: all is
as the settings say, 1: it is not, with everything that differs.`,
  unlock: `The lock lies on every etcd host, and stays after a failed or stopped rollback, which continues with it. A rollback that is given up
releases it with \`abort\`; only where its stack is lost, the lock must be taken away by its id. Exit code 1: a host could not be asked, or is still locked after that.`,
  abort: `For a rollback that failed or was stopped and will not be continued. It reads the id of this stack's lock from the stack's state and
releases that lock, and no other one, on every etcd host. First it waits for an RKE that an earlier run left at work. Where a restore was killed
before it wiped anything, it puts RKE's state file back and starts kubelet again on the nodes where the restore had stopped it. It refuses while a restore has begun to wipe the cluster and has not finished: \`apply\` finishes it,
\`undo\` returns to the safety copy. Exit code 1: it was refused, a host may still
carry the lock, or kubelet may not run on a node.`,
  report: `Each run leaves its report beside the cluster file, in \`.rancher-rollback/runs\`. Of a run that was killed only
\`report.json\` lies there, as far as it came; this command makes the others of it.`,
  doctor: `Looks for the programs on this machine, reads the settings, and asks every node, the Kubernetes API and Rancher.`,
};

const ANSWERS = new Set<string>(answerSchema.options.map(({ shape }) => shape.command.value));

/** The text of each command's page, by the command's name. */
export async function commandPages(): Promise<Record<string, string>> {
  const pages = Object.entries(MORE).map(async ([name, more]) => [name, page(name, await help(name), more)] as const);
  return Object.fromEntries(await Promise.all(pages));
}

async function help(name: string): Promise<string> {
  return await new Promise((resolve) => {
    const parser = commands(yargs(), () => async () => {});
    void parser.parse([name, "--help"], (_error: unknown, _args: unknown, output: string) => resolve(output));
  });
}

function page(name: string, help: string, more: string): string {
  const schema = ANSWERS.has(name)
    ? "With `--json` it prints one object ([schema](../answers.schema.json))."
    : "With `--json` it tells what happens as one object a line ([schema](../events.schema.json)).";
  return `# rancher-rollback ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n\n${more}\n\n${schema}\n`;
}
