import type { Settings } from "../settings/settings.ts";

/**
 * What the operator asked for, and nothing else: neither replacements nor any other setting restores a cluster again.
 * Frozen: stacks have these words in their state, and with other words a new release would ask every cluster for another
 * restore.
 */
export function restoreTriggers({ snapshot, run }: Pick<Settings, "snapshot" | "run">): string[] {
  return [`snapshot ${snapshot}`, `run ${run}`];
}
