import { duration, stopwatch } from "../../cluster/time.ts";

export type Progress = (line: string) => void;

/** A line with the time since this program began in front of it, below an empty one where it begins with one. */
export function printWithTime(line: string): void {
  console.log(line.replace(/^(\n?)/, `$1${stopwatch(process.uptime())}  `));
}

/** Runs one step and says how long it took. */
export async function timed<T>(progress: Progress, what: string, step: () => Promise<T>): Promise<T> {
  const start = performance.now();
  progress(`${what} ...`);
  const result = await step();
  progress(`${what}: ${duration((performance.now() - start) / 1000)}`);
  return result;
}

/** Asks again and again until the answer is yes, so many times in a row; says whether it ever was. */
export async function waitFor(
  condition: () => Promise<boolean>,
  timeout: number,
  pause = 500,
  times = 1,
): Promise<boolean> {
  const end = performance.now() + timeout;
  for (let inARow = 0; ; ) {
    inARow = (await condition()) ? inARow + 1 : 0;
    if (inARow === times) return true;
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
