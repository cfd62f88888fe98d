import { expect, test } from "vitest";
import { heldLines } from "../../../cli/commands/unlock.ts";
import { parseLock } from "../../../cluster/lock/lock.ts";

const OPTIONS = { stack: "prod", of: undefined };
const heldBy = (written: string) => {
  const { held } = parseLock(`held ${written}\n`);
  return held ? [{ node: "node1", lock: held }, { node: "node2" }, { node: "node3", lock: held }] : [];
};

test("a lock comes with the commands that continue, abandon or release it", () => {
  const lock = {
    id: "1a2b3c4d",
    holder: "ann@laptop",
    stack: "other",
    snapshot: "base",
    since: "2026-11-23T03:00:00Z",
  };
  expect(heldLines(heldBy(JSON.stringify(lock)), OPTIONS).slice(-4)).toEqual([
    "lock 1a2b3c4d:",
    "  to continue its rollback: rancher-rollback apply --stack other",
    "  to abandon it: rancher-rollback abort --stack other",
    "  only if stack other is lost and its rollback is certainly dead: rancher-rollback unlock --stack prod --of 1a2b3c4d",
  ]);
});

test.each([
  ["keep out", "unreadable"],
  ['{"id":"mine"}', "mine"],
])("a lock that somebody has written as %s comes with no command that would not release it", (written, id) => {
  expect(heldLines(heldBy(written), OPTIONS).slice(3)).toEqual([
    `lock ${id}:`,
    "  no command releases it; only if its rollback is certainly dead, on node1, node3: rm /opt/rke/rancher-rollback/lock",
  ]);
});
