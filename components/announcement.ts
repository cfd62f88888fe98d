import * as pulumi from "@pulumi/pulumi";
import type { Replacement } from "../cluster/clusterFile/replacement.ts";
import { consentFor, type RestoreRecord } from "../cluster/history/restores.ts";
import type { Way } from "../cluster/inPlace/way.ts";
import { jsonIn } from "../cluster/json.ts";
import { rememberProof } from "../cluster/opened/provenSnapshots.ts";
import { type Notice, setRemedy } from "../cluster/problem.ts";
import { replaceSynced } from "../cluster/stateFolder/keep.ts";
import { planFile } from "../cluster/stateFolder/path.ts";
import type { Audience } from "../messages/commands.ts";
import { type Refused, refusalText } from "../messages/refusal.ts";
import { repetition } from "../messages/repetition.ts";
import { warningNotice } from "../messages/warnings.ts";
import { type RestoreHistory, readHistory } from "../plan/history.ts";
import { planSchema, type RollbackPlan } from "../plan/plan.ts";
import { readPlan } from "../plan/readPlan.ts";
import { type Guard, readGuard } from "../plan/restoreGuard.ts";
import type { Settings } from "../settings/settings.ts";

/** What a rollback tells its caller, before anything is done: its plan, in a preview, what it warns of, or why it is refused. */
export type Announced =
  | { kind: "plan"; plan: RollbackPlan }
  | { kind: "warned"; notice: Notice }
  | ({ kind: "refused" } & Refused);
export type Announce = (announced: Announced) => void;

/** The hooks of a rollback's resources. The engine calls them in a preview and in an update, only for steps that will run. */
export interface RestoreHooks {
  /** Before anything of the rollback runs: what can lose data, of downstream clusters too, is confirmed (design law 5). */
  lockHook: pulumi.ResourceHook;
  /**
   * Before the restore: in a preview it announces what will be lost. Without a restore the cluster is not even read. In
   * an update that goes on with an earlier one's lock, it asks what the hook before the lock would have.
   */
  restoreHook: pulumi.ResourceHook;
  /** Before the step that fetches the snapshot onto a node. @param urn of that step, once it has one. */
  pullHook: (node: string, urn: Promise<string>) => pulumi.ResourceHook;
  /** Before a replacement node is made: it joins the cluster by a restore, so one must be due. */
  nodeHook: pulumi.ResourceHook;
  /** Before an instance is made for a node that the cluster file has already: it would be another one beside it. */
  secondHook: (replacement: Replacement) => pulumi.ResourceHook;
  /**
   * How etcd would be restored by what was read before the lock of this update; where it goes on with an earlier one's lock,
   * by what the last preview has announced. Undefined where neither is known.
   */
  way: () => Promise<Way | undefined>;
  /** What to throw where something else than a hook finds what speaks against the rollback; it is announced by that. */
  refuse: Refuse;
}

/** Announces why a rollback is refused. @returns what to throw: a RunError, which Pulumi shows without a stack trace. */
export type Refuse = (refused: Refused) => Error;

/** Whoever shows the engine's own text reads it there. @param audience who that is. */
export function refuseTo(announce: Announce, audience: Audience): Refuse {
  return (refused) => {
    announce({ kind: "refused", ...refused });
    return new pulumi.RunError(refusalText(refused, audience));
  };
}

/** Whom a rollback tells what, and what it checks before it locks anything. */
export interface AnnouncementArgs {
  settings: Settings;
  announce: Announce;
  /** Who reads why it is refused. */
  audience: Audience;
  /** What speaks against the restore before an update locks anything; by default it reads the etcd hosts. */
  guard?: Guard | undefined;
}

export function announceRestore(name: string, args: AnnouncementArgs): RestoreHooks {
  const { settings, announce, audience, guard = readGuard } = args;
  // Inside a hook isDryRun() is always false.
  const dryRun = pulumi.runtime.isDryRun();
  let asked: Promise<RestoreHistory> | undefined;
  const history = async () => {
    asked ??= readHistory(settings);
    return await asked;
  };
  const refusal = refuseTo(announce, audience);
  let guarded: Promise<Way | undefined> | undefined;
  const guardOnce = async () => {
    guarded ??= refuseProblems({ settings, guard, announce }, refusal);
    await guarded;
  };
  let takesLock = false;
  const pulls = new Map<string, { urn: Promise<string>; runs: boolean }>();
  const knownPulls = async () =>
    await Promise.all([...pulls].map(async ([node, { urn, runs }]) => ({ node, urn: await urn, runs })));
  const confirmed = async () => {
    takesLock = true;
    if (dryRun) return;
    if (isAccepted(settings)) return await guardOnce();
    // The lock step itself restores nothing that was restored before; it only releases this stack's lock.
    const known = await history();
    if (!known.restored) throw refusal(notConfirmed(settings, uncertainty(known)));
  };
  const hook = (own: string, run: () => void | Promise<void>) =>
    new pulumi.ResourceHook(`${name}-${own}`, run, { onDryRun: true });
  return {
    refuse: refusal,
    way: async () => (await guarded) ?? announcedWay(settings),
    lockHook: hook("lock", confirmed),
    restoreHook: hook("restore", async () => {
      if (dryRun) return await announcePlan(settings, announce, { takesLock, pulls: await knownPulls() });
      if (!isAccepted(settings)) throw refusal(notConfirmed(settings));
      await guardOnce();
    }),
    pullHook: (node, urn) => {
      const pull = { urn, runs: false };
      pulls.set(node, pull);
      return hook(`pull-${node}`, () => {
        pull.runs = true;
      });
    },
    nodeHook: hook("node", async () => {
      const { restored } = await history();
      if (restored) throw refusal(notDue(restored));
    }),
    secondHook: (replacement) =>
      hook(`second-${replacement.node.name}`, async () => {
        throw refusal(secondMachine(replacement));
      }),
  };
}

function isAccepted(settings: Settings): boolean {
  return settings.acceptDataLossOf === consentFor(settings);
}

/**
 * @returns how etcd would be restored.
 * @throws Error with what the preview says, where the guard finds something that speaks against the restore.
 */
async function refuseProblems(
  { settings, guard, announce }: Pick<AnnouncementArgs, "settings" | "announce"> & { guard: Guard },
  refusal: Refuse,
): Promise<Way | undefined> {
  const { problems, warnings, way } = await guard(settings);
  for (const warning of warnings) announce({ kind: "warned", notice: warningNotice(warning) });
  if (problems.length === 0) return way;
  throw refusal({ what: `the restore of ${settings.snapshot} is refused`, problems });
}

function notDue(done: RestoreRecord): Refused {
  const { message, remedy } = repetition(done);
  const why = `a replacement node joins the cluster by a restore, and none is due: ${message}`;
  return { problems: [{ message: why, remedy }] };
}

function secondMachine({ node: { name, address } }: Replacement): Refused {
  const message = `the cluster file has the node ${name} at ${address} already, and Pulumi knows no instance of that name: it would make another one`;
  const remedy = `where the machine at ${address} is gone, give ${address} as unresponsive in this replacement; where it is there, take this replacement out`;
  return { problems: [{ message, remedy }] };
}

async function announcePlan(
  settings: Settings,
  announce: Announce,
  asked: Parameters<typeof readPlan>[1],
): Promise<void> {
  const plan = await readPlan(settings, asked);
  // The update reads it: it may be another process.
  replaceSynced(planFile(settings.cluster.path), `${JSON.stringify(plan, undefined, 2)}\n`);
  rememberProven(settings, plan);
  announce({ kind: "plan", plan });
}

/**
 * The update is another process than its preview, except where `rancher-rollback` runs both. Who asks for RKE's own restore
 * has been told of it.
 */
function announcedWay({ cluster, snapshot, run, restoreWith }: Settings): Way | undefined {
  if (restoreWith === "rke") return undefined;
  const { data } = planSchema.safeParse(jsonIn(planFile(cluster.path)));
  const isOfThis = data?.snapshot.name === snapshot && data.snapshot.run === run;
  return isOfThis ? data.restore?.way : undefined;
}

function rememberProven({ cluster }: Settings, { readAt, snapshot }: RollbackPlan): void {
  const { name, provenOn, bytes, holds, takenAt } = snapshot;
  if (provenOn.length === 0 || bytes === undefined) return;
  rememberProof(cluster.path, {
    name,
    how: holds ? "opened" : "hash",
    by: "plan",
    at: readAt,
    nodes: provenOn,
    unpacked: bytes,
    ...(takenAt !== undefined && { takenAt }),
    ...(holds && { holds }),
  });
}

/** A restore that was done before needs no confirmation, and whether it was may be unknown. */
function uncertainty({ unread, isRead }: RestoreHistory): string {
  if (unread.length === 0) return "";
  const which = isRead ? "certain, as these etcd hosts could not be asked" : "known, as no etcd host could be asked";
  return `. Whether it was done before is not ${which}: ${unread.map(({ message }) => message).join("; ")}`;
}

function notConfirmed(settings: Settings, unsure = ""): Refused {
  const { snapshot, acceptDataLossOf } = settings;
  const now = acceptDataLossOf === undefined ? "is not set" : `is ${acceptDataLossOf}`;
  const message = `the restore of ${snapshot} is not confirmed: acceptDataLossOf ${now}${unsure}`;
  const text = "Read the preview; if every change since that snapshot may be lost";
  return { problems: [{ message, remedy: setRemedy(text, "acceptDataLossOf", consentFor(settings)) }] };
}
