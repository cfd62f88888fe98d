import { posix } from "node:path";

/** One file names another, or a package. */
export interface Import {
  from: string;
  /** A path from the project's folder, or what stands there of a package. */
  to: string;
  /** What is taken of it, as it is written. */
  names: string;
  /** Nothing of it is there when the program runs. */
  isType: boolean;
}

const STATIC = /^(?:import|export)( type)? (?:([^;="()]*) from )?"([^"]+)"/gm;
const DYNAMIC = /\bimport\("([^"]+)"\)/g;
/** A script has it put in the place of that line (cluster/script.ts). */
const SOURCED = /^\. (\S+)$/gm;

/** @param files path from the project's folder → text, as the formatter leaves it. */
export function importsOf(files: Map<string, string>): Import[] {
  return [...files].flatMap(([from, text]) => {
    const one = (to: string, names = "", isType = false) => ({ from, to: resolved(from, to), names, isType });
    if (from.endsWith(".sh")) return [...text.matchAll(SOURCED)].map(([, to = ""]) => one(to));
    return [
      ...[...text.matchAll(STATIC)].map(([, type, names = "", to = ""]) => one(to, names.trim(), type !== undefined)),
      ...[...text.matchAll(DYNAMIC)].map(([, to = ""]) => one(to)),
    ];
  });
}

function resolved(from: string, to: string): string {
  return to.startsWith(".") ? posix.join(posix.dirname(from), to) : to;
}

/**
 * Groups of files that import each other in a circle, the shortest one of each such circle.
 * @param groupOf undefined for a file that is in none.
 */
export function circles(imports: Import[], groupOf: (path: string) => string | undefined): string[][] {
  const next = new Map<string, Set<string>>();
  for (const { from, to } of imports) {
    const [group, other] = [groupOf(from), groupOf(to)];
    if (group === undefined || other === undefined || group === other) continue;
    next.set(group, (next.get(group) ?? new Set()).add(other));
  }
  const found: string[][] = [];
  for (const group of [...next.keys()].sort()) {
    if (found.some((circle) => circle.includes(group))) continue;
    const others = [...(next.get(group) ?? [])].map((other) => way(other, (one) => next.get(one) ?? [], group));
    const [shortest] = others.filter((one) => one !== undefined).sort((one, other) => one.length - other.length);
    if (shortest) found.push([group, ...shortest]);
  }
  return found;
}

/** The shortest way from one to another, both included; undefined where there is none. */
export function way(from: string, next: (one: string) => Iterable<string>, ...to: string[]): string[] | undefined {
  const isEnd = new Set(to);
  const before = new Map<string, string | undefined>([[from, undefined]]);
  // Grows while it is walked.
  for (const one of before.keys()) {
    if (isEnd.has(one)) return wayTo(one, before);
    for (const other of next(one)) if (!before.has(other)) before.set(other, one);
  }
  return undefined;
}

function wayTo(one: string, before: Map<string, string | undefined>): string[] {
  const earlier = before.get(one);
  return earlier === undefined ? [one] : [...wayTo(earlier, before), one];
}
