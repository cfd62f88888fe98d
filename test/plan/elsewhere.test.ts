import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RestoreRecord } from "../../cluster/history/restores.ts";
import { holderName } from "../../cluster/operator.ts";
import { elsewhereProblems } from "../../plan/elsewhere.ts";
import { textFile } from "../support/folder.ts";
import { finishedRecord, restoreRecord } from "../support/restores.ts";
import { snapshotHosts } from "../support/snapshotHosts.ts";

const LAPTOP = "ops@laptop";
const ID = "1a2b3c4d";

/** What a preview says of a restore that the hosts remember, where the second host is locked. */
async function problems(record: RestoreRecord, { holder = LAPTOP, breakLockOf = "", takesLock = true } = {}) {
  const { settings, hosts } = snapshotHosts();
  const lock = { id: ID, holder, stack: "prod", snapshot: "base", since: record.startedAt };
  textFile(join(hosts[1]?.root ?? "", "rancher-rollback/lock"), JSON.stringify(lock));
  return await elsewhereProblems({ ...settings, ...(breakLockOf && { breakLockOf }) }, [record], { takesLock });
}

describe("a preview of a restore that another machine has begun", () => {
  test("says that it would be refused while that machine holds the lock, and what releases it", async () => {
    expect(await problems(restoreRecord({ holder: LAPTOP }))).toEqual([
      expect.objectContaining({
        check: "earlier-restores",
        message: expect.stringContaining(`${LAPTOP} began the restore of base`),
        remedy: expect.objectContaining({ command: `unlock --of ${ID}` }),
      }),
    ]);
  });

  test("says so too where no step breaks that lock, though it is to be broken: the rollback goes on with its own", async () => {
    const begun = restoreRecord({ holder: LAPTOP });
    expect(await problems(begun, { breakLockOf: ID, takesLock: false })).toHaveLength(1);
  });

  test.each<[string, RestoreRecord, Parameters<typeof problems>[1]]>([
    ["is finished", finishedRecord({ holder: LAPTOP }), {}],
    ["was begun on this machine", restoreRecord({ holder: holderName() }), { holder: holderName() }],
    ["has lost the lock to another one", restoreRecord({ holder: LAPTOP }), { holder: "ops@desk" }],
    ["is to lose its lock", restoreRecord({ holder: LAPTOP }), { breakLockOf: ID }],
  ])("says nothing of one that %s", async (_, record, over) => {
    expect(await problems(record, over)).toEqual([]);
  });
});
