import { availableParallelism } from "node:os";

/** Lets so much work be done at once, in the order in which it is asked for. */
export class Semaphore {
  private free: number;
  private readonly waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.free = atOnce;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.free > 0) this.free--;
    else await new Promise<void>((resolve) => this.waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.free++;
    }
  }
}

/**
 * How many scripts run on nodes at once. A login costs this machine's processors some tens of milliseconds: where hundreds of nodes
 * are asked at the same moment, each of them takes as long as all of them, and all run out of time together.
 */
export const scriptSlots = new Semaphore(16 * availableParallelism());
