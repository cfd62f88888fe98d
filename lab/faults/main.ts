import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clusterUp, forgetRollbacks, holdLab, Problem, saveSnapshot } from "../cluster/cluster.ts";
import { tryKubectl } from "../cluster/kubectl.ts";
import { freshRancher } from "../cluster/users.ts";
import { getEngine } from "../engine/engine.ts";
import { given, value } from "../machine/options.ts";
import { exitCodeOf } from "../machine/problem.ts";
import { run } from "../machine/process.ts";
import { PRIOR } from "../rehearsals/failedUpgrade.ts";
import { labConfig } from "../rehearsals/rollbackStack.ts";
import { DAMAGES } from "./damage.ts";
import { FAULTS, type Fault, momentText } from "./fault.ts";
import { type Outcomes, outcomesSchema, page } from "./outcome.ts";
import { AFTER, BEFORE } from "./state.ts";
import { genuineSnapshot, tryDamage } from "./tryDamage.ts";
import { tryFault } from "./tryFault.ts";

// `npm run faults [-- --only in-place-kill]`: disturbs rollbacks of the lab, and writes docs/faults.json and docs/faults.md.
const docs = join(import.meta.dirname, "../../docs");
const say = (line: string) => console.log(line);

/** Every damage, once for each way to restore. */
const SPOILT = (["in-place", "rke"] as const).flatMap((way) =>
  DAMAGES.map((damage) => ({ id: `damaged-${way}-${damage.id}`, way, damage })),
);
interface Chosen {
  faults: Fault[];
  damages: typeof SPOILT;
}

process.exitCode = await exitCodeOf(async () => {
  await tryAll(trialsOf(process.argv.slice(2)));
  return 0;
});

/** @throws Problem for what it does not understand. */
function trialsOf(words: string[]): Chosen {
  const ids = [...FAULTS, ...SPOILT].map(({ id }) => id).join(", ");
  const usage = `usage: npm run faults [-- --only BEGINNING,...], of ${ids}`;
  const { only = "" } = given(usage, { args: words, options: { only: value } }).values;
  const beginnings = only.split(",");
  const wanted = ({ id }: { id: string }) => beginnings.some((begins) => id.startsWith(begins));
  const chosen = { faults: FAULTS.filter(wanted), damages: SPOILT.filter(wanted) };
  if (chosen.faults.length + chosen.damages.length > 0) return chosen;
  throw new Problem(usage);
}

async function tryAll(chosen: Chosen): Promise<void> {
  const release = await holdLab("npm run faults", say);
  const folder = mkdtempSync(join(tmpdir(), "rancher-rollback-faults-"));
  try {
    await tryOnLab(chosen, join(folder, "stack"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    release();
  }
}

async function tryOnLab({ faults, damages }: Chosen, folder: string): Promise<void> {
  const engine = await getEngine(say);
  const cluster = await clusterUp("a", say);
  await freshRancher(cluster, PRIOR, say);
  const names = { genuine: `faults-${process.pid}`, damaged: `spoilt-${process.pid}` };
  await tryKubectl(cluster, ["delete", "namespace", BEFORE, AFTER, "--ignore-not-found"]);
  await tryKubectl(cluster, ["create", "namespace", BEFORE]);
  await saveSnapshot(cluster, names.genuine, say);
  const config = labConfig(cluster, names.genuine, PRIOR);
  const begin = async (title: string) => {
    say(`\n=== ${title}`);
    await tryKubectl(cluster, ["create", "namespace", AFTER]);
    // Each is a rollback of a new stack: it must not see what the one before it has left.
    await forgetRollbacks(cluster);
  };
  const genuine = await genuineSnapshot(cluster, names.genuine);
  for (const { id, way, damage } of damages) {
    await begin(`${id}: ${damage.title}`);
    await note("damages", await tryDamage({ cluster, engine, damage, genuine, names, way, config, folder, say }));
  }
  for (const fault of faults) {
    await begin(`${fault.id}: ${fault.title}, at: ${momentText(fault.at)}`);
    await note("faults", await tryFault({ cluster, engine, fault, config, folder, say }));
  }
}

/** Written after each, so that what was found is kept whatever becomes of the next. */
async function note<Kind extends keyof Outcomes>(
  kind: Kind,
  outcome: Omit<Outcomes[Kind][number], "commit">,
): Promise<void> {
  say(JSON.stringify(outcome, undefined, 2));
  const file = join(docs, "faults.json");
  const none: Outcomes = { faults: [], damages: [] };
  const all = existsSync(file) ? outcomesSchema.parse(JSON.parse(readFileSync(file, "utf8"))) : none;
  const commit = (await run("git", ["rev-parse", "--short", "HEAD"], { cwd: docs })).trim();
  const ids: string[] = [...FAULTS, ...SPOILT].map(({ id }) => id);
  const kept = all[kind].filter(({ id }) => id !== outcome.id);
  const sorted = [...kept, { ...outcome, commit }].sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
  const noted = outcomesSchema.parse({ ...all, [kind]: sorted });
  writeFileSync(file, `${JSON.stringify(noted, undefined, 2)}\n`);
  writeFileSync(join(docs, "faults.md"), page(noted));
}
