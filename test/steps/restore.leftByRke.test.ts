import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { holderName } from "../../cluster/operator.ts";
import { textFile } from "../support/folder.ts";
import { copy, DOCKER, proof, restoreStep, WHOLE } from "../support/restoreStep.ts";
import { remember, restoreRecord } from "../support/restores.ts";
import type { SnapshotNode } from "../support/snapshotNode.ts";
import { failureOf } from "../support/steps.ts";

/** A node's Docker with containers of RKE's: each is a file `container-NAME` with its state. */
const WITH_CONTAINERS = `for name; do :; done; container=$here/container-$name
case $* in
  ps*) for file in "$here"/container-*; do [ -e "$file" ] && [ "$(cat "$file")" = running ] && echo "container \${file##*/container-} Up 3 minutes"; done; exit 0 ;;
  *State.Status*) cat "$container" 2>/dev/null; exit ;;
  *State.Running*' etcd') case $(cat "$container" 2>/dev/null) in running) echo true ;; exited) echo false ;; *) exit 1 ;; esac; exit ;;
  'rm --force --volumes '*) rm "$container"; exit ;;
  'start etcd') [ ! -e "$here/container-etcd-Serve-backup" ] || exit 1; echo running >"$container"; exit ;;
esac
${DOCKER}`;

function withContainer(node: SnapshotNode | undefined, name: string, state: string): string {
  node?.program("docker", WITH_CONTAINERS);
  return textFile(join(node?.root ?? "", `container-${name}`), `${state}\n`);
}

describe("a snapshot's server that RKE has left running", () => {
  const late = { proven: proof(130), saved: copy(1) };

  test.each(["etcd-Serve-backup", "etcd-download-backup"])(
    "is removed where the RKE of this very restore has ended: %s",
    async (name) => {
      const { nodes, tools, ran, run } = restoreStep(WHOLE, late);
      remember(nodes, restoreRecord({ holder: holderName() }));
      const left = withContainer(nodes[1], name, "running");
      expect(await run()).toMatchObject({ adopted: false });
      expect([ran(), existsSync(left)]).toEqual([true, false]);
      expect(tools.said).toContain(`node2: removing ${name}, which an RKE that has ended left`);
    },
  );

  test.each([
    ["nothing of it is remembered", undefined],
    ["another restore was begun", restoreRecord({ holder: holderName(), snapshot: "other" })],
    ["another machine began it, whose RKE may be at work", restoreRecord()],
    ["it was begun in place", restoreRecord({ holder: holderName(), inPlace: { id: "rollback-1" } })],
  ])("stays where %s, and the failure says how to remove it", async (_, record) => {
    const { nodes, ran, run } = restoreStep(WHOLE, late);
    if (record) remember(nodes, record);
    const left = withContainer(nodes[1], "etcd-Serve-backup", "running");
    expect(await failureOf(run())).toMatchObject({
      happened: [expect.stringMatching(/^node2: etcd-Serve-backup is running: another RKE is at work on this cluster/)],
      remedies: [expect.stringContaining("on node2: docker rm -f etcd-Serve-backup")],
    });
    expect([ran(), existsSync(left)]).toEqual([false, true]);
  });
});

describe("etcd that RKE has stopped", { timeout: 120_000 }, () => {
  const stopping =
    "for file in @/container-etcd; do echo exited >$file; done; echo running >@/container-etcd-Serve-backup";

  test.each([
    ["is started again where nothing was wiped", "fatal etcd snapshots are not consistent", ["running\n", false]],
    ["stays stopped after a wipe that did not finish", "wiping; fatal etcd-restore failed", ["exited\n", true]],
  ])("%s", async (_, end, left) => {
    const { nodes, rke, run } = restoreStep(WHOLE);
    const root = nodes[0]?.root ?? "";
    const etcd = withContainer(nodes[0], "etcd", "running");
    textFile(rke, readFileSync(rke, "utf8").replace(WHOLE, `${stopping.replaceAll("@", root)}; ${end}`));
    await failureOf(run());
    expect([readFileSync(etcd, "utf8"), existsSync(join(root, "container-etcd-Serve-backup"))]).toEqual(left);
  });
});
