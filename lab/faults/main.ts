import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { clusterUp, forgetRollbacks, holdLab, Problem, saveSnapshot } from "../cluster/cluster.ts";
import { tryKubectl } from "../cluster/kubectl.ts";
import { freshRancher } from "../cluster/users.ts";
import { getEngine } from "../engine/engine.ts";
import { run } from "../machine/process.ts";
import { PRIOR } from "../rehearsals/failedUpgrade.ts";
import { labConfig } from "../rehearsals/rollbackStack.ts";
import { FAULTS, type Fault } from "./fault.ts";
import { outcomesSchema, page } from "./outcome.ts";
import { AFTER, BEFORE, tryFault } from "./tryFault.ts";

// `npm run faults [-- --only in-place-kill]`: disturbs rollbacks of the lab, and writes docs/faults.json and docs/faults.md.
const docs = join(import.meta.dirname, "../../docs");
const say = (line: string) => console.log(line);

try {
  await tryAll(faultsOf(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** @throws Problem for what it does not understand. */
function faultsOf(words: string[]): Fault[] {
  const { only, rest } = optionsOf(words);
  const found = rest.length > 0 ? [] : FAULTS.filter(({ id }) => id.startsWith(only));
  if (found.length > 0) return found;
  throw new Problem(`usage: npm run faults [-- --only BEGINNING], of ${FAULTS.map(({ id }) => id).join(", ")}`);
}

function optionsOf(words: string[]): { only: string; rest: string[] } {
  const options = { only: { type: "string", default: "" } } as const;
  const { values, positionals } = parseArgs({ args: words, options, strict: false, allowPositionals: true });
  const unknown = Object.keys(values).filter((key) => key !== "only");
  return { only: String(values.only), rest: [...positionals, ...unknown] };
}

async function tryAll(faults: Fault[]): Promise<void> {
  const release = await holdLab("npm run faults", say);
  const folder = mkdtempSync(join(tmpdir(), "rancher-rollback-faults-"));
  try {
    await tryOnLab(faults, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    release();
  }
}

async function tryOnLab(faults: Fault[], folder: string): Promise<void> {
  const engine = await getEngine(say);
  const cluster = await clusterUp("a", say);
  await freshRancher(cluster, PRIOR, say);
  const snapshot = `faults-${process.pid}`;
  await tryKubectl(cluster, ["delete", "namespace", BEFORE, AFTER, "--ignore-not-found"]);
  await tryKubectl(cluster, ["create", "namespace", BEFORE]);
  await saveSnapshot(cluster, snapshot, say);
  for (const fault of faults) {
    await tryKubectl(cluster, ["create", "namespace", AFTER]);
    // Each is a rollback of a new stack: what the one before it has left is not its affair.
    await forgetRollbacks(cluster);
    say(`\n=== ${fault.id}: ${fault.title}, at: ${fault.at ?? "before up"}`);
    const config = labConfig(cluster, snapshot, PRIOR);
    const outcome = await tryFault({ target: { cluster, engine }, fault, config, folder: join(folder, "stack"), say });
    say(JSON.stringify(outcome, undefined, 2));
    await note(outcome);
  }
}

/** Written after each, so that what was found is kept whatever becomes of the next. */
async function note(outcome: (typeof outcomesSchema)["_output"]["outcomes"][number]): Promise<void> {
  const file = join(docs, "faults.json");
  const earlier = existsSync(file) ? outcomesSchema.parse(JSON.parse(readFileSync(file, "utf8"))).outcomes : [];
  const kept = earlier.filter(({ id }) => id !== outcome.id);
  const ids = FAULTS.map(({ id }) => id);
  const outcomes = [...kept, outcome].sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id));
  const commit = (await run("git", ["rev-parse", "--short", "HEAD"], { cwd: docs })).trim();
  const all = { measuredAt: new Date().toISOString(), commit, outcomes };
  writeFileSync(file, `${JSON.stringify(all, undefined, 2)}\n`);
  writeFileSync(join(docs, "faults.md"), page(all));
}
