import yargs from "yargs";
import { answerSchema } from "../../cli/answers.ts";
import { commands } from "../../cli/commandLine.ts";

/** What the help has no room for, by command. */
const MORE: Record<string, string> = {
  init: `Writes \`Pulumi.yaml\`, in which every setting is described, and \`Pulumi.STACK.yaml\`, an example with comments to edit. A file that is
there stays as it is. In a folder below such a \`Pulumi.yaml\` the commands find it, and paths in the config are relative to its folder.`,
  plan: `Reads the cluster and the stack, and changes neither. \`--report DIR\` also writes the report there: \`report.html\`, \`report.md\` (for a
comment on a merge request), \`report.json\` ([schema](../report.schema.json)) and \`metrics.prom\`; with several stacks, each in \`DIR/STACK\`. A run
that was refused because of wrong settings writes no report.`,
  apply: `Shows the same preview as \`plan\` and asks for confirmation on a terminal. Without a terminal, confirm with
\`--accept-data-loss-of NAME\` or the setting \`acceptDataLossOf\`. It does what the preview showed: if the cluster (unless \`readCluster\` is false), the
cluster file or the stack's state has changed in the meantime, it refuses. The stack's file is read once: an edit during the run counts for the next
run.

Ctrl-C stops before the next step, and the next \`apply\` continues from there; so do a lost terminal and SIGTERM. A second Ctrl-C stops at once. A
running RKE finishes what it started, and the next \`apply\` waits for it.

With several \`--stack\`, all are previewed, then confirmed, then rolled back, \`--parallel N\` at a time. If a preview fails or is not confirmed, none
of them starts; if a run fails, no further one starts. The exit code is 0 when all are done or had nothing to do, else 1.`,
  undo: `Rolls back to the safety copy of the stack's last rollback, with the Rancher version that ran then, and with the same preview, checks and
confirmation. Both settings are written to the stack's file, so that a later \`apply\` does not roll back again. If the config is not kept in that file,
change it there too.`,
  verify: `Reads etcd from every member, the nodes, the containers, the Rancher Deployment and Rancher's own answer, once. Exit code 0: the cluster
matches the settings; 1: it does not, and everything that differs is listed. \`--junit FILE\` writes the result for a CI system as well: a suite of
five tests, containers, etcd, nodes, Rancher, its leader. Where the cluster cannot be looked at at all, because the stack or its settings are wrong,
no file is written.`,
  unlock: `Every etcd host has the lock. It stays after a failed or stopped rollback, which continues with it. \`abort\` releases the lock of a rollback
that is given up; only where its stack is lost, release the lock by its id. Exit code 1: a host is not reachable, or is still locked.`,
  abort: `For a rollback that failed or was stopped and will not be continued. Stop a run that is still at work first, with Ctrl-C: its next step would
take the lock again. Reads the id of the stack's lock from its state and releases that lock, and no other, on every etcd host. First it waits for
an RKE that an earlier run left running. If a restore was killed before it wiped anything, it restores RKE's state file, and starts kubelet again
on the nodes where that restore had stopped it. It refuses while a restore has started to wipe the cluster and has not finished: \`apply\`
finishes it, \`undo\` returns to the safety copy. Exit code 1: it was refused, a host may still be locked, or kubelet may still be stopped on a
node.`,
  report: `Each run keeps its report beside the cluster file, in \`.rancher-rollback/runs\`. A run that was killed leaves only \`report.json\`, as far as
it got; this command creates the other files from it.`,
  doctor: `Checks the programs on this machine, the backend's passphrase and the settings, RKE, its state file and the room on the disk, and connects
to every node (Docker, how it becomes root, clock, room), the Kubernetes API and Rancher. Without \`--stack\` it checks this machine alone. Without
Pulumi, or where the stack cannot be opened, it takes the settings from the stack's file, without the secrets. Each finding is ok, a warning or
a failure. Exit code 0: no failure; 1: a rollback is not possible yet.`,
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
    : "With `--json` it prints one object per event, one a line ([schema](../events.schema.json)).";
  return `# rancher-rollback ${name}\n\n\`\`\`text\n${help.trimEnd()}\n\`\`\`\n\n${more}\n\n${schema}\n`;
}
