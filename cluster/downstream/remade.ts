import { isNoise } from "../opened/loss.ts";
import type { OpenedSnapshot } from "../opened/open.ts";
import { PROJECT } from "../opened/rancherKinds.ts";
import type { ClusterFacts, SideFacts } from "./facts.ts";
import { BACKUP_RESTORES, COMPLETED, idOf, PROJECTS } from "./questions.ts";

/** The nodes that Rancher has objects of on both sides, but other ones: these were deleted and made again. */
export function remadeNodes(before: SideFacts, now: SideFacts, { opened, live }: OpenedSnapshot): string[] {
  if ("unknown" in live) return [];
  return [...now.machines].flatMap(([key, { name, by }]) => {
    const isRemade = opened.keys.get(key)?.created !== live.keys.get(key)?.created;
    return by !== "kubernetes" && before.machines.has(key) && isRemade ? [name] : [];
  });
}

/** The projects that were created since, but those that come with a cluster. */
export function createdProjects({ id }: ClusterFacts, { opened, live, answers }: OpenedSnapshot): string[] {
  if ("unknown" in live) return [];
  const created = [...live.keys.keys()].filter((key) => key.startsWith(`${PROJECTS}${id}/`) && !opened.keys.has(key));
  return created.flatMap((key) => {
    const [name, answer] = [idOf(key), answers.get(key)];
    return isNoise(PROJECT, { name }, answer) ? [] : [String(answer?.live["spec.displayName"]?.[0] ?? name)];
  });
}

/** The restores of rancher-backup that began since, and those that it continues with what is in the snapshot. */
export function backupRestores({ opened, live, answers }: OpenedSnapshot): string[] {
  const isRestore = (key: string) => key.startsWith(BACKUP_RESTORES);
  const now = "unknown" in live ? [] : [...live.keys].filter(([key]) => isRestore(key));
  const unfinished = [...opened.keys.keys()].filter((key) => {
    const answer = isRestore(key) ? answers.get(key) : undefined;
    return answer !== undefined && !answer.opened[COMPLETED]?.[0];
  });
  return [
    ...now.filter(([key, { created }]) => opened.keys.get(key)?.created !== created).map(([key]) => idOf(key)),
    ...unfinished.map((key) => `${idOf(key)} (unfinished in the snapshot)`),
  ];
}
