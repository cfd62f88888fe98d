import { shellWord } from "../../cluster/shell.ts";
import { labDown, withLabLock } from "../cluster/cluster.ts";
import { likeOperators } from "../cluster/plans.ts";
import { exitCodeOf } from "../machine/problem.ts";
import { disaster } from "./disaster.ts";
import { failedUpgrade } from "./failedUpgrade.ts";
import { ownRehearsal } from "./from.ts";
import { type RehearsalOptions, rehearsalOptions, type Scenario, USAGE } from "./options.ts";

type Rehearsal = () => Promise<string[]>;

const REHEARSALS: Record<Scenario, Rehearsal[]> = {
  "failed-upgrade": [failedUpgrade],
  disaster: [() => disaster("existing"), () => disaster("ec2")],
  "disaster-existing": [() => disaster("existing")],
  "disaster-ec2": [() => disaster("ec2")],
};

process.exitCode = await exitCodeOf(() => main(process.argv.slice(2)));

/** `npm run rehearse`. @returns the exit code. */
async function main(words: string[]): Promise<number> {
  const options = rehearsalOptions(words);
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const { asked, keep } = options;
  const isOwn = typeof asked !== "string";
  const rehearsals = isOwn ? [ownRehearsal(asked.clusterFile, asked.snapshot)] : REHEARSALS[asked];
  try {
    await rehearse(rehearsals, `npm run rehearse -- ${isOwn ? "--from" : asked}`, keep);
    return 0;
  } catch (error) {
    // The engine's error repeats its whole display, which has just scrolled by; its end is what failed.
    console.error(`\nThe rehearsal FAILED:\n${(error as Error).message.split("\n").slice(-40).join("\n")}`);
    console.error(afterFailure(asked));
    return 1;
  }
}

async function rehearse(rehearsals: Rehearsal[], what: string, keep: boolean): Promise<void> {
  const summary: string[] = [];
  const say = (line: string) => console.log(`  ${line}`);
  await withLabLock(what, say, async () => {
    for (const one of rehearsals) summary.push(...(await one()), "");
    if (!keep) await labDown(say);
  });
  console.log(`\nThe rehearsal passed.\n${summary.join("\n").trimEnd()}`);
  if (keep) console.log(`The cluster stays: npm run lab -- status, npm run lab -- down`);
}

function afterFailure(asked: RehearsalOptions["asked"]): string {
  const isOwn = typeof asked !== "string";
  const cluster = isOwn ? `--cluster ${likeOperators} ` : "";
  const again = isOwn ? `--from ${shellWord(asked.clusterFile)} --snapshot ${shellWord(asked.snapshot)}` : asked;
  return [
    "The cluster stays as it is, for a look:",
    "  npm run lab -- status",
    `  npm run lab -- ${cluster}kubectl get pods -A`,
    `  npm run lab -- ${cluster}ssh NODE docker ps`,
    `To go on: npm run rehearse -- ${again} --keep`,
    `To clean up${isOwn ? ", the copies of your snapshot and state file too" : ""}: npm run lab -- down`,
  ].join("\n");
}
