import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { clusterUp, type LabCluster, labDown, saveSnapshot, withLabLock } from "../../lab/cluster/cluster.ts";
import { getEngine } from "../../lab/engine/engine.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { failUpgrade, PRIOR, rancherWithUsers } from "../../lab/rehearsals/failedUpgrade.ts";
import { Phases } from "../../lab/rehearsals/phases.ts";
import { accessConfig, RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import { onTerminal } from "../../lab/rehearsals/terminal.ts";
import { asciicast, merged } from "./asciicast.ts";
import { FOLDER, writeSession } from "./session.ts";

const STACK = "prod";
const SNAPSHOT = "before-upgrade";
const SIZE = { columns: 100, rows: 36 };

/** `npm run record`: rolls back a failed upgrade in the lab, on a terminal, and keeps recording and reports in `docs/session`. */
async function recordSession(): Promise<void> {
  const phases = new Phases(6);
  const engine = await phases.run("the Pulumi engine", getEngine);
  const cluster = await phases.run("a real cluster", (say) => clusterUp("a", say));
  const stacks = join(cluster.dir, "pulumi");
  rmSync(stacks, { recursive: true, force: true });
  await phases.run("Rancher with data of users in it", (say) => rancherWithUsers(cluster, say));
  await phases.run(`snapshot ${SNAPSHOT}`, (say) => saveSnapshot(cluster, SNAPSHOT, say));
  await phases.run("an upgrade that fails", (say) => failUpgrade(cluster, say));
  const config = { ...accessConfig(cluster), snapshot: SNAPSHOT, rancherVersion: PRIOR };
  await (await RollbackStack.open(STACK, stacks, engine)).configure(config);

  const report = join(stacks, "report");
  const rollback = new CommandLine(STACK, stacks, engine);
  const { chunks, typed } = await phases.run("rancher-rollback apply, on a terminal", async () => {
    const answers = [{ to: `To confirm, type ${SNAPSHOT}: `, typed: SNAPSHOT }];
    const seen = await onTerminal({
      ...rollback.process(["apply", "--report", report]),
      ...SIZE,
      answers,
      timeout: 20 * 60_000,
    });
    const printed = seen.chunks.map(({ text }) => text).join("");
    if (seen.code !== 0) throw new Error(`apply ended with ${seen.code}:\n${printed.slice(-4000)}`);
    return seen;
  });

  mkdirSync(FOLDER, { recursive: true });
  const cast = asciicast({
    ...SIZE,
    title: "rancher-rollback apply --stack prod, on the lab",
    chunks: merged(chunks).map(({ seconds, text }) => ({ seconds, text: neutral(text, cluster) })),
    typed,
  });
  writeFileSync(join(FOLDER, "apply.cast"), cast);
  writeFileSync(join(FOLDER, "report.json"), neutral(readFileSync(join(report, "report.json"), "utf8"), cluster));
  await writeSession();
  await labDown(console.log);
}

/** Replaces names and paths of this machine by an operator's. */
function neutral(text: string, { dir }: LabCluster): string {
  // The display truncates long lines.
  const cut = Array.from(dir, (_, at) => `${dir.slice(0, at + 1)}…`).findLast((beginning) => text.includes(beginning));
  return text
    .replaceAll(dir, "/home/ops/rancher")
    .replaceAll(cut ?? dir, "/home/ops/…")
    .replaceAll(join(import.meta.dirname, "../.."), "/home/ops/rancher-rollback")
    .replaceAll(`${userInfo().username}@${hostname()}`, "ops@console")
    .replaceAll(`"user": ${JSON.stringify(userInfo().username)}`, '"user": "ops"')
    .replaceAll(`"host": ${JSON.stringify(hostname())}`, '"host": "console"');
}

await withLabLock("npm run record", console.log, recordSession);
