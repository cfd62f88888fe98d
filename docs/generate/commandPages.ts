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
confirmation. \`snapshot\`, \`rancherVersion\`, \`run: 1\` and, where it is set, \`snapshotSha256\` are written to the stack's file, so that a later
\`apply\` does not roll back again. If the config is not kept in that file, change them there too.`,
  verify: `Reads etcd from every member, the nodes, the containers, the Rancher Deployment and Rancher's own answer, once. Exit code 0: the cluster
matches the settings; 1: it does not, and everything that differs is listed. \`--junit FILE\` writes the result for a CI system as well: a suite of
five tests, containers, etcd, nodes, Rancher, its leader. Where the cluster cannot be looked at at all, because the stack or its settings are wrong,
no file is written.

It also lists what the last rollback meant for the downstream clusters, and what has become of that: \`done\`, \`OPEN\`, or \`look\` where Rancher's
list of clusters does not show it. That does not change the exit code ([details](../downstream.md#after-the-rollback)).`,
  prepare: `Saves what etcd has now in a snapshot on every etcd host, as the safety copy of a rollback is saved: by one member, proven, and copied to the
others, in RKE's own layout with RKE's state file in it, so that all copies are one file. Then it proves the snapshot as a rollback's pre-flight checks
do, opens it, and compares what it holds with the cluster. What belongs to it, the cluster file, RKE's state, the kubeconfig and the Rancher Deployment,
is kept in \`.rancher-rollback/prepared/NAME\` beside the cluster file. Finally it writes \`snapshot\` and \`rancherVersion\` into the stack's file, the
latter as the Rancher Deployment has it now, and what else they need: \`rancherImage\`, \`run\`, \`snapshotSha256\`; \`acceptHazardsOf\` is emptied, and so is
a \`snapshotSource\` that gives another snapshot: a file, an address, a node (a bucket stays). It prints what it has replaced, such as \`snapshot: OLD → NEW\`.
If the upgrade fails, \`apply\` is all that is left to type. If the config is not kept in that file, change it there too. Before that, the config needs
neither of the two.

It refuses while a rollback holds the lock, while a host or its etcd does not answer, where a disk has no room for it, and where a snapshot of that name is there. \`--name\` may not be one that
RKE's recurring snapshots (\`TIME_…\`) or Rancher's (\`c-…-r…-…\`) have, as those are removed by their age.

It also refuses in the middle of an upgrade and after one that failed, as the way back to such data would replace the one before: where the Rancher Deployment is not
rolled out (where only some pods of its image are missing, as when a node is down, it warns, as long as Rancher serves at \`rancherUrl\`), where the snapshot was written by another Rancher than the one whose image the Deployment has (by Rancher's setting \`server-version\`; tags of your own, such as
\`v2.5.8-corp1\` or \`v1.0.3\`, are no other Rancher), and, where the stack's file names a snapshot already that a host or a bucket
has, where Rancher does not serve at \`rancherUrl\`.

With \`--upload\`, RKE itself saves the snapshot, by \`rke etcd snapshot-save\`, which also uploads it into the bucket of the cluster file
(\`services.etcd.backup_config.s3backupconfig\`). Then each host has a file of its own, saved within seconds. Each is proven; what is in the bucket is
fetched onto an etcd host by its s3cmd, proven by its hash, and removed there. It refuses where the bucket has that name already, as rke-tools would not upload
it again. Without it nothing is uploaded to S3.

Exit code 1: there is a problem, and the stack's file is as it was; a snapshot that was saved stays.`,
  prove: `For a cron job: \`cd FOLDER && rancher-rollback prove --stack prod --max-age 26 --metrics FILE\`. Takes the newest snapshot on the etcd hosts,
which may be a safety copy, proves every copy of it by its own hash, restores it into a temporary etcd on an etcd host that can, counts what it holds
and compares it with the cluster. It is not proven where a copy is damaged, where it is of another cluster, where it lacks most live objects (of 10
objects or more, of Rancher or of Kubernetes, it holds less than half), where etcd does not answer, or where it is older than \`--max-age\`, by the last
heartbeat of a node in it. A heartbeat of a node whose clock is ahead, later than now or than the time in the snapshot's name or of its
file, counts for nothing, unless most of them are later than that. Where the cluster encrypts its namespaces, the snapshot cannot be
told from another cluster's by their uid, and the answer says so. An etcd host that does not answer is named, and the others are enough.

A rollback's pre-flight checks want the snapshot on every etcd host. RKE's recurring snapshots are named by the second in which each host saves its own, so
the newest is often on one host alone: the hosts without it are named, with the \`snapshotSource\` for a rollback to it. The newest snapshot
of each of those hosts must not be older than \`--max-age\` either, and one must be there; they are listed, not opened. Name a snapshot to prove that one alone.

\`--source s3\` proves the newest snapshot of the bucket in the cluster file (\`services.etcd.backup_config.s3backupconfig\`) instead, with that file's
endpoint, keys and CA; \`--source s3://BUCKET/FOLDER\` that of another folder, with the settings \`s3Endpoint\`, \`s3Region\`, \`s3AccessKey\` and
\`s3SecretKey\`. The first etcd host that can list it with its own s3cmd fetches it into a folder apart from those that RKE restores, proves it by its hash,
opens it, and removes it. It has no copies on other hosts to be compared with. Where several clusters share the folder, snapshots of others are passed over, with a
warning, until five have been fetched and opened; a folder for each cluster is better.

Holds no lock and changes nothing on the cluster. What was proven is remembered in \`.rancher-rollback/proven.json\` beside the cluster file; a warning says where that
cannot be read or written. \`--metrics\` writes [metrics](../telemetry.md), for which there are [alert rules](../alerts.rules.yml) and a [Grafana
dashboard](../grafana.dashboard.json); a job for the hosts and one for S3 need a FILE each. A run that ends with an error removes the JUnit file of the run before,
and sets its metrics to a failed proof; where there are none yet, their only label is the stack. Exit code 0: proven; 1: not proven, a file was not written, or an error.`,
  snapshots: `Lists what can be a snapshot by its name in \`/opt/rke/etcd-snapshots\` on every etcd host, and in the buckets that the cluster file (\`s3backupconfig\`) and \`snapshotSource\`
name; a bucket by the s3cmd of the first etcd host that can. No snapshot is read whole: copies are the same where the hash at
their end, or the CRC in their zip, is the same. RKE v0.2 and later save on each host for itself, so copies of one name may differ. \`--open\` restores a
snapshot into a temporary etcd on an etcd host: then it says which Rancher and Kubernetes the snapshot holds, and whether
it lacks most of the cluster's live objects. What \`plan\`, \`apply\`, \`prepare\`, \`prove\` and \`--open\` have proven is remembered on this machine in
\`.rancher-rollback/proven.json\` beside the cluster file, and holds for files that are unchanged since. Those in S3 are opened by
\`prove --source\`. The config needs neither \`snapshot\` nor \`rancherVersion\`. Holds no lock. Exit code 1: a
host is not reachable, a bucket cannot be listed, or an opened snapshot has a problem.`,
  unlock: `Every etcd host has the lock. It stays after a failed or stopped rollback, which continues with it. \`abort\` releases the lock of a rollback
that is abandoned; only where its stack is lost, or a machine that was at its restore is gone, release the lock by its id. That starts
nothing on the nodes. Exit code 1: a host is not reachable, or is still locked.`,
  abort: `For a rollback that failed or was stopped and will not be continued. Stop a run that is still at work first, with Ctrl-C: its next step would
take the lock again. Reads the id of the stack's lock from its state and releases that lock, and no other, on every etcd host. First it waits for
an RKE that an earlier run left running. If a restore was killed before it wiped anything, it restores RKE's state file, and starts kubelet again
on the nodes where that restore had stopped it; after a restore in place, first etcd on every etcd host, then the control planes. It refuses while
a restore has started to wipe the cluster or to exchange etcd's data and has not finished: \`apply\`
finishes it, \`undo\` returns to the safety copy. It refuses, too, while another machine holds the lock and may be at its restore; where that restore has
failed, or its lock is gone, and it may have wiped the cluster, \`abort\` releases the lock and starts nothing. Exit code 1: it was refused, a host may
still be locked, or what a restore stopped may still be stopped on a node.`,
  report: `Each run keeps its report beside the cluster file, in \`.rancher-rollback/runs\`. A run that was killed leaves only \`report.json\`, as far as
it got; this command creates the other files from it.`,
  doctor: `Checks the programs on this machine, the backend's passphrase and the settings, RKE, its state file and the room on the disk, and connects
to every node (Docker, how it becomes root, clock, room), the Kubernetes API and Rancher. Without \`--stack\` it checks this machine alone. Without
Pulumi, or where the stack cannot be opened, it takes the settings from the stack's file, without the secrets. Each finding is ok, a warning or
a failure. Exit code 0: no failure; 1: a rollback is not possible yet.`,
};

const ANSWERS = new Set<string>(answerSchema.options.map(({ shape }) => shape.command.value));

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
