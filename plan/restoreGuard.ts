import { hasRole } from "../cluster/clusterFile/node.ts";
import { existingNodes } from "../cluster/clusterFile/replacement.ts";
import { unreadableNote } from "../cluster/history/note.ts";
import { finishedRestore } from "../cluster/history/restores.ts";
import type { Way } from "../cluster/inPlace/way.ts";
import type { Problem } from "../cluster/problem.ts";
import type { Warning } from "../messages/warnings.ts";
import type { Settings } from "../settings/settings.ts";
import { addonChecks, addonWarnings, removedAddonChecks } from "./addons.ts";
import { notAccepted, uncheckedWarnings } from "./downstream.ts";
import { openedNow, readNodes } from "./onNodes.ts";
import { notAsHeld } from "./rancherVersion.ts";
import { consentProblems, hasBegun } from "./restoring.ts";

/** What rules out a restore; the warnings say what was not checked. */
export interface GuardReading {
  problems: Problem[];
  warnings: Warning[];
  /** How etcd would be restored now; absent where that is not known, or the restore has begun. */
  way?: Way | undefined;
}

/** Checks what the operator has confirmed against the cluster as it is now, right before a restore begins. */
export type Guard = (settings: Settings) => Promise<GuardReading>;

/**
 * What the preview says of the confirmation, of Rancher's version, of the add-ons and of the downstream clusters, read again
 * from the cluster file, the etcd hosts and the control planes; changes nothing. A restore that has begun already may continue
 * for a day, and is not asked about downstream clusters again. A reading that fails says nothing against a restore, and is a
 * warning.
 */
export async function readGuard(settings: Settings): Promise<GuardReading> {
  const read = await readNow(settings).catch(
    (error: Error): GuardReading => ({ problems: [], warnings: uncheckedWarnings({ unknown: error.message }) }),
  );
  return {
    ...read,
    problems: [...addonChecks(settings), ...read.problems],
    warnings: [...addonWarnings(settings), ...read.warnings],
  };
}

async function readNow(settings: Settings): Promise<GuardReading> {
  const unreadable = unreadableNote(settings.cluster.path);
  if (unreadable) return { problems: [unreadable], warnings: [] };
  const asked = existingNodes(settings).filter((node) => hasRole(node, "etcd") || hasRole(node, "controlplane"));
  const read = await readNodes(settings, asked);
  const ended = consentProblems(settings, read.restoring);
  if (ended.length > 0 || finishedRestore(read.restoring.records, settings)) return { problems: ended, warnings: [] };
  const opened = await openedNow(settings, read);
  const { content, downstream } = opened;
  const held = [...notAsHeld(content, settings), ...removedAddonChecks(settings, opened)];
  if (hasBegun(settings, read.restoring)) return { problems: held, warnings: [] };
  const way = read.restoring.decision?.way;
  return {
    problems: [...held, ...notAccepted(downstream, settings)],
    warnings: uncheckedWarnings(downstream, way),
    way,
  };
}
