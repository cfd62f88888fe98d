import { labDown, Problem, withLabLock } from "../cluster/cluster.ts";
import { exitCodeOf } from "../machine/problem.ts";
import { printWithTime as progress } from "../machine/progress.ts";
import { bench } from "./bench.ts";
import { benchBig } from "./big.ts";
import { benchOptions, USAGE } from "./options.ts";
import { writePage } from "./page.ts";
import { type Results, resultsFile, writeResults } from "./results.ts";
import { benchScale } from "./scale/scale.ts";

process.exitCode = await exitCodeOf(() => main(process.argv.slice(2)));

/** `npm run bench`. @returns the exit code: 1 where something failed. */
async function main(words: string[]): Promise<number> {
  const options = benchOptions(words);
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const { into, keep, big, scale, rounds, pageOnly } = options;
  if (pageOnly) {
    if (!writePage(into)) throw new Problem(`there are no results: ${resultsFile(into, "results.json")}`);
    return 0;
  }
  if (scale) {
    writeResults(into, "scale.json", await benchScale(scale, rounds, progress));
    written(into);
    return 0;
  }
  const isWhole = await withLabLock("npm run bench", progress, async () => {
    const good = big ? await measureBig(into) : isComplete(await bench(options, progress));
    if (!keep) await labDown(progress);
    return good;
  });
  written(into);
  return isWhole ? 0 : 1;
}

/** Results without those of the ways to restore have no page yet. */
function written(into: string): void {
  const page = writePage(into) ? `${into}/benchmarks.md, ` : "";
  console.log(`\nWritten: ${page}${into}/benchmarks/`);
}

async function measureBig(into: string): Promise<boolean> {
  writeResults(into, "big.json", await benchBig(progress));
  return true;
}

function isComplete({ failedDryRuns, turns }: Results): boolean {
  return failedDryRuns.length === 0 && turns.every(({ result }) => result === "measured");
}
