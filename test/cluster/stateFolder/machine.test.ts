import { join } from "node:path";
import { expect, test } from "vitest";
import { holderName } from "../../../cluster/operator.ts";
import { isOwn, thisHolder } from "../../../cluster/stateFolder/machine.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

test("a machine is known by what is beside its cluster file, and stays the same", () => {
  const [file, other] = [join(tempFolder(), "cluster.yml"), join(tempFolder(), "cluster.yml")];
  const mine = thisHolder(file);
  expect(mine).toEqual({ holder: holderName(), machine: expect.stringMatching(/^[0-9a-f]{16}$/) });
  expect(thisHolder(file)).toEqual(mine);
  expect(isOwn({ ...mine, holder: "ops@renamed" }, file)).toBe(true);
  expect(isOwn(mine, other)).toBe(false);
});

test("one that is not written down, here or there, is known by the names of the user and the machine", () => {
  const file = join(tempFolder(), "cluster.yml");
  expect([holderName(), "ops@laptop"].map((holder) => isOwn({ holder }, file))).toEqual([true, false]);
  // A folder in which nothing can be kept.
  const full = tempFolder();
  textFile(join(full, ".rancher-rollback"), "");
  expect(thisHolder(join(full, "cluster.yml"))).toEqual({ holder: holderName() });
  expect(isOwn({ holder: holderName(), machine: "0123456789abcdef" }, join(full, "cluster.yml"))).toBe(true);
});
