import { join, resolve } from "node:path";
import { folders } from "../machine/folders.ts";
import { flag, given, value } from "../machine/options.ts";
import { Problem } from "../machine/problem.ts";

/** What takes its turn in each round, in this order. `undo` is an apply in place that is undone. */
export const TURNS = ["by-hand", "ansible", "rke", "in-place", "undo"] as const;
export type Turn = (typeof TURNS)[number];

export const USAGE = `usage: npm run bench -- [OPTION ...]
  --quick             one round, the runbook by hand and in place alone: under 10 minutes
  --rounds N          how often each way is measured, 3 if not given
  --turns A,B         only these: ${TURNS.join(", ")}; the previews are measured in the turn by hand
  --into FOLDER       where benchmarks.md and benchmarks/ are written: docs, with --quick a folder of the lab
  --keep              the cluster stays when all is done
  --big               instead: a database of 2 GiB, restored in place and by etcdctl alone; half an hour, 30 GB of disk
  --scale             instead: simulated nodes, up to 200, and 100 stacks; a quarter of an hour, without the lab and without root
  --page              measures nothing: writes the page and the plots again from the results that are there`;

export interface ScaleSizes {
  /** How many nodes, one cluster after the other. */
  sizes: number[];
  stacks: { count: number; parallel: number };
}

export interface BenchOptions {
  rounds: number;
  turns: Turn[];
  /** How often a command that restores nothing is measured where its turn comes. */
  dryRuns: number;
  /** Of the page; results and plots are in its folder `benchmarks`. */
  into: string;
  keep: boolean;
  /** A large database, and nothing else. */
  big: boolean;
  /** Many simulated nodes and stacks, and nothing else; their sizes. */
  scale?: ScaleSizes;
  pageOnly: boolean;
}

const DOCS = join(import.meta.dirname, "../../docs");
const SCALE: ScaleSizes = { sizes: [3, 10, 50, 200], stacks: { count: 100, parallel: 10 } };
const QUICK_SCALE: ScaleSizes = { sizes: [3, 10], stacks: { count: 10, parallel: 10 } };
const QUICK_TURNS: Turn[] = ["by-hand", "in-place"];

/**
 * @returns undefined where only the usage is asked for.
 * @throws Problem for what it does not understand.
 */
export function benchOptions(words: string[]): BenchOptions | undefined {
  const flags = { quick: flag, keep: flag, big: flag, scale: flag, page: flag, help: flag };
  const options = { ...flags, rounds: value, turns: value, into: value };
  const { quick, rounds, turns, into, keep, big, scale, page, help } = given(USAGE, { args: words, options }).values;
  if (help) return undefined;
  if (big && scale) throw new Problem("--big and --scale are a run each");
  const isComplete = !quick && turns === undefined;
  return {
    rounds: rounds === undefined ? (quick ? 1 : 3) : count(rounds),
    dryRuns: quick ? 1 : 3,
    turns: turns === undefined ? (quick ? QUICK_TURNS : [...TURNS]) : named(turns),
    // What is committed is a whole run.
    into: into !== undefined ? resolve(into) : isComplete || page ? DOCS : join(folders.cache, "bench"),
    ...{ keep, big, pageOnly: page },
    ...(scale && { scale: quick ? QUICK_SCALE : SCALE }),
  };
}

function count(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new Problem(`--rounds is a number from 1 to 99, not "${text}"`);
}

function named(text: string): Turn[] {
  const names = text.split(",");
  const unknown = names.find((name) => !TURNS.includes(name as Turn));
  if (unknown !== undefined) throw new Problem(`--turns knows ${TURNS.join(", ")}, not "${unknown}"`);
  return TURNS.filter((turn) => names.includes(turn));
}
