import { stopwatch } from "../../cluster/time.ts";
import { labDown, Problem, withLabLock } from "../cluster/cluster.ts";
import { bench } from "./bench.ts";
import { benchOptions, USAGE } from "./options.ts";
import { writePage } from "./page.ts";
import { readResults, resultsFile } from "./results.ts";

const started = performance.now();

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}

/** `npm run bench`. @returns the exit code: 1 where something failed. */
async function main(words: string[]): Promise<number> {
  const options = benchOptions(words);
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  const { into, keep, pageOnly } = options;
  if (pageOnly) {
    if (!writePage(into)) throw new Problem(`there are no results: ${resultsFile(into)}`);
    return 0;
  }
  await withLabLock("npm run bench", progress, async () => {
    await bench(options, progress);
    if (!keep) await labDown(progress);
  });
  console.log(`\nWritten: ${into}/benchmarks.md, ${into}/benchmarks/`);
  const results = readResults(into);
  const isWhole = results?.failedLooks.length === 0 && results.turns.every(({ result }) => result === "measured");
  return isWhole ? 0 : 1;
}

function progress(line: string): void {
  console.log(line.replace(/^(\n?)/, `$1${stopwatch((performance.now() - started) / 1000)}  `));
}
