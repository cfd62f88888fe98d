import { describe, expect, test } from "vitest";
import { exchangeBegins } from "../../cluster/history/note.ts";
import { holderName } from "../../cluster/operator.ts";
import { earlierWipe } from "../../cluster/rke/earlierWipe.ts";
import { thisHolder } from "../../cluster/stateFolder/machine.ts";
import { isHeldByAnother } from "../../steps/heldLock.ts";
import { textFile } from "../support/folder.ts";
import { finishedRecord, remember, restoreRecord } from "../support/restores.ts";
import { failureOf } from "../support/steps.ts";
import { HOSTS, holders, ID, LAPTOP, lockedElsewhere, lockFileOf } from "./lockedCluster.ts";

const BEGUN = restoreRecord({ holder: LAPTOP });

describe("the lock that a run of this very rollback has taken on another machine", () => {
  test("is taken over where no restore has begun there, and says so", async () => {
    for (const go of ["lock", "check"] as const) {
      const { nodes, mine } = lockedElsewhere();
      await (go === "lock" ? mine.lock() : mine.check());
      expect(holders(nodes)).toEqual(HOSTS.map(holderName));
      // The first host is locked alone, before the others.
      const together = go === "lock" ? ["node1", "node2, node3"] : ["node1, node2, node3"];
      expect(mine.warned).toEqual(
        together.map(
          (names) =>
            `${names}: the lock is taken over from a run of this rollback on another machine, ${LAPTOP}; should that be alive, it fails before its wipe`,
        ),
      );
    }
  });

  test("is taken over where the restore that began there is finished or has failed, or was begun by somebody else", async () => {
    const failed = restoreRecord({ holder: LAPTOP, failedAt: "2026-11-23T03:05:00.000Z" });
    for (const record of [finishedRecord({ holder: LAPTOP }), failed, restoreRecord({ holder: "ops@desk" })]) {
      const { nodes, mine } = lockedElsewhere();
      await mine.check([], async () => [record]);
      expect(holders(nodes)).toEqual(HOSTS.map(holderName));
    }
  });

  test("is left where a restore that began there is not known to have ended, with what to type once it has", async () => {
    for (const go of ["lock", "check"] as const) {
      const { nodes, mine } = lockedElsewhere();
      if (go === "lock") remember(nodes, BEGUN);
      expect(await failureOf(go === "lock" ? mine.lock() : mine.check([], async () => [BEGUN]))).toMatchObject({
        kind: "locked",
        happened: [
          `${LAPTOP} began the restore of base at ${BEGUN.startedAt}, and is not known to have ended it: its run, or its RKE, may be alive`,
        ],
        remedies: [
          {
            text: "continue it there; or, only if no process of it runs there any more, release its lock (or, on each etcd host: rm /opt/rke/rancher-rollback/lock) and run this again",
            command: `unlock --of ${ID}`,
          },
        ],
      });
      expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, LAPTOP]);
    }
  });

  test("is left to that machine, too, where it had another name or user when it began the restore", async () => {
    const { nodes, mine } = lockedElsewhere(LAPTOP, "0123456789abcdef");
    const begun = restoreRecord({ holder: "root@laptop.vpn", machine: "0123456789abcdef" });
    expect(await failureOf(mine.check([], async () => [begun]))).toMatchObject({ kind: "locked" });
    expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, LAPTOP]);
  });

  test("is given back where a restore begins there while it is taken over, and none begins here", async () => {
    const { nodes, mine } = lockedElsewhere();
    const readings = [[], [BEGUN]];
    const failure = await failureOf(mine.check([], async () => readings.shift() ?? []));
    expect(failure).toMatchObject({ kind: "locked", remedies: [{ command: `unlock --of ${ID}` }] });
    expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, LAPTOP]);
    expect(mine.warned).toEqual([]);
  });

  test("is not released by a run whose own restore is finished, while one that began there may be alive", async () => {
    const { nodes, mine } = lockedElsewhere();
    remember(nodes, finishedRecord({ number: 1 }));
    remember(nodes, restoreRecord({ snapshot: "safety-1", number: 2, holder: LAPTOP }));
    expect(await failureOf(mine.lock())).toMatchObject({
      kind: "locked",
      remedies: [{ command: `unlock --of ${ID}` }],
    });
    expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, LAPTOP]);
  });

  test("is released by a run that had noted its exchange as unfinished, once another machine has finished that", async () => {
    const { nodes, mine } = lockedElsewhere();
    exchangeBegins(mine.clusterFile, { id: "one", oldData: "/old" });
    remember(nodes, finishedRecord({ holder: LAPTOP, inPlace: { id: "one" } }));
    expect(await mine.lock()).toMatchObject({ hosts: [], restored: { holder: LAPTOP } });
    expect(holders(nodes)).toEqual(["", "", ""]);
    expect(earlierWipe(mine.clusterFile)).toEqual({ state: "not-reached" });
  });

  test("is its own under another host name, by what is kept beside the cluster file, and not in another folder", async () => {
    const { nodes, mine } = lockedElsewhere();
    const { machine } = thisHolder(mine.clusterFile);
    for (const [id, isOwn] of [
      [machine, true],
      ["0123456789abcdef", false],
    ] as const) {
      for (const node of nodes) {
        const lock = { id: ID, holder: isOwn ? LAPTOP : holderName(), machine: id, stack: "prod", snapshot: "base" };
        textFile(lockFileOf(node), JSON.stringify({ ...lock, since: BEGUN.startedAt }));
      }
      expect(await isHeldByAnother({ id: ID, hosts: HOSTS }, mine)).toBe(!isOwn);
    }
  });

  test("stops the restore of a run that had it, where another machine has taken it over meanwhile", async () => {
    const { nodes, mine } = lockedElsewhere();
    expect(await failureOf(mine.check(HOSTS))).toMatchObject({
      kind: "locked",
      happened: HOSTS.map((name) => `${name}: ${LAPTOP} has taken over the lock of this rollback while it ran`),
    });
    expect(await isHeldByAnother({ id: ID, hosts: HOSTS }, mine)).toBe(true);
    expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, LAPTOP]);
  });

  test("is left to that machine at the end of a run that had it, and is released by one that went on with it", async () => {
    const { nodes, mine } = lockedElsewhere();
    await mine.unlock(HOSTS.slice(0, 2));
    expect(holders(nodes)).toEqual([LAPTOP, LAPTOP, ""]);
    expect(mine.notices).toEqual([
      {
        message: `node1, node2: ${LAPTOP} has taken over the lock of this rollback while it ran, and keeps it`,
        remedy: "find out who runs it there, and let one machine alone go on with it",
      },
    ]);
    await mine.unlock();
    expect(holders(nodes)).toEqual(["", "", ""]);
  });

  test("is its own where a user on this machine has it", async () => {
    const { mine } = lockedElsewhere(holderName());
    await mine.check(HOSTS, async () => [BEGUN]);
    expect(mine.warned).toEqual([]);
    expect(await isHeldByAnother({ id: ID, hosts: HOSTS }, mine)).toBe(false);
  });
});
