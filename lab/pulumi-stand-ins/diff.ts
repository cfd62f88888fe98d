import { isObject, isSecret, type Properties, same } from "./values.ts";

export type Change = "add" | "delete" | "update";

/** What differs between two property maps: each change by its property path, such as `triggers[0]`. */
export function changesBetween(before: Properties, after: Properties): Map<string, Change> {
  const changes = new Map<string, Change>();
  compareObjects("", before, after, changes);
  return changes;
}

/** The top-level property that a path is in. */
export function rootOf(path: string): string {
  return /^[^.[]*/.exec(path)?.[0] ?? path;
}

/** Whether a path is another one or is below it. */
export function isWithin(path: string, above: string): boolean {
  return path === above || path.startsWith(`${above}.`) || path.startsWith(`${above}[`);
}

function compareObjects(path: string, before: Properties, after: Properties, changes: Map<string, Change>): void {
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    compare(join(path, key), before[key], after[key], changes);
}

function compare(path: string, before: unknown, after: unknown, changes: Map<string, Change>): void {
  if (isNothing(before) && isNothing(after)) return;
  if (isNothing(before)) changes.set(path, "add");
  else if (isNothing(after)) changes.set(path, "delete");
  // A path into a secret would tell where it differs.
  else if (isSecret(before) || isSecret(after)) {
    if (!same(before, after)) changes.set(path, "update");
  } else if (Array.isArray(before) && Array.isArray(after)) {
    for (let i = 0; i < Math.max(before.length, after.length); i++)
      compare(`${path}[${i}]`, before[i], after[i], changes);
  } else if (isObject(before) && isObject(after)) compareObjects(path, before, after, changes);
  else if (!same(before, after)) changes.set(path, "update");
}

function isNothing(value: unknown): boolean {
  return value === undefined || value === null;
}

function join(path: string, key: string): string {
  if (/[."[\]]/.test(key)) return `${path}["${key.replaceAll('"', '\\"')}"]`;
  return path ? `${path}.${key}` : key;
}
