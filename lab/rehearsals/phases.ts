import { stopwatch } from "../../cluster/time.ts";

export class Phases {
  private readonly started = Date.now();
  private readonly done: { title: string; seconds: number }[] = [];
  private readonly total: number;

  constructor(total: number) {
    this.total = total;
  }

  /** Runs one phase; its progress lines carry the time since the phase began. */
  async run<T>(title: string, work: (say: (line: string) => void) => Promise<T>): Promise<T> {
    const began = Date.now();
    console.log(`\n[${this.done.length + 1}/${this.total}] ${title}   (${clock(this.started)} since the start)`);
    const result = await work((line) => {
      for (const part of line.split("\n")) console.log(`  ${clock(began)}  ${part}`);
    });
    const seconds = (Date.now() - began) / 1000;
    this.done.push({ title, seconds });
    console.log(`  ${clock(began)}  done`);
    return result;
  }

  /** A line for each phase with its time in seconds, and the whole. */
  summary(): string[] {
    const rows = [...this.done, { title: "all", seconds: (Date.now() - this.started) / 1000 }];
    return rows.map(({ title, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${title}`);
  }
}

function clock(since: number): string {
  return stopwatch((Date.now() - since) / 1000);
}
