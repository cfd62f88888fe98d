import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { besideClusterFile } from "../../../cluster/clusterFile/clusterFile.ts";
import { exchangeFound } from "../../../cluster/history/note.ts";
import { holderName } from "../../../cluster/operator.ts";
import { runRke } from "../../../cluster/rke/run.ts";
import {
  restoreBegins,
  restoreEnded,
  settleFinishedElsewhere,
  settleKilledRestore,
  unfinishedWipe,
  unseenRestore,
} from "../../../cluster/rke/unfinishedWipe.ts";
import { fakeRke } from "../../support/fakeRke.ts";
import { textFile } from "../../support/folder.ts";
import { finishedRecord, restoreRecord } from "../../support/restores.ts";

const WIPE = "Cleaning old kubernetes cluster";
const HOSTS = ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, roles: ["etcd"] }));

/** A cluster folder, and a restore in it by a fake RKE. */
function cluster() {
  const fake = fakeRke('eval "$4"');
  const restore = async (script: string) =>
    await runRke({
      command: [fake.rke, "etcd", "snapshot-restore", "--name", script],
      clusterFile: fake.clusterFile,
      silenceSeconds: 60,
      purpose: "restore",
      say: () => {},
    });
  return { ...fake, restore };
}

/** What a restore leaves whose step was killed. */
function killed({ folder, clusterFile }: { folder: string; clusterFile: string }, log: string): string {
  const path = textFile(join(folder, ".rancher-rollback/logs/killed.log"), log);
  restoreBegins(clusterFile, { since: "2026-11-23T13:59:00.000Z", log: path, hosts: HOSTS });
  return path;
}

describe("what another machine has finished", () => {
  const AT = "2026-11-23T13:59:00.000Z";
  const [own, other] = [finishedRecord({ holder: holderName() }), finishedRecord()];
  const ways = { wiped: `time="${AT}" level=info msg="${WIPE}"\n`, exchanged: undefined };

  test.each(Object.entries(ways))("is not unfinished here either where this machine had %s", (_, log) => {
    const made = cluster();
    const { clusterFile } = made;
    if (log) killed(made, log);
    else exchangeFound(clusterFile, { id: "one", at: AT, oldData: "/old" });
    const later = restoreRecord({ number: 2 });
    for (const records of [[], [own], [other, later], [later]]) {
      settleFinishedElsewhere(clusterFile, records);
      expect(unfinishedWipe(clusterFile, records)).toMatchObject({ at: AT });
    }
    expect(unfinishedWipe(clusterFile, [other])).toBeUndefined();
    expect(unfinishedWipe(clusterFile)).toBeDefined();
    settleFinishedElsewhere(clusterFile, [other]);
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("leaves RKE's state file to be put back where this machine's restore was killed before its wipe", () => {
    const made = cluster();
    const { stateFile } = besideClusterFile(made.clusterFile);
    textFile(stateFile, "before");
    killed(made, "");
    writeFileSync(stateFile, "{}");
    settleFinishedElsewhere(made.clusterFile, [other]);
    expect(settleKilledRestore(made.clusterFile)).toBe("put-back");
    expect(readFileSync(stateFile, "utf8")).toBe("before");
  });
});

describe("an unfinished restore", () => {
  test("is none where nothing was ever restored, or all was", async () => {
    const { clusterFile, restore } = cluster();
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
    const { log } = await restore("wiping; restored");
    // Until the hosts remember it: a run that is killed before that finds it done.
    expect(unseenRestore(clusterFile)?.log).toBe(log);
    restoreEnded(clusterFile, { done: true });
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("is none when it stopped before it wiped anything", async () => {
    const { clusterFile, restore } = cluster();
    await restore("fatal snapshot missing hash");
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("is one that failed after the wipe, with RKE's own time of it and its log", async () => {
    const { clusterFile, restore } = cluster();
    const { log } = await restore(`info ${WIPE}; fatal etcd-restore failed`);
    expect(unfinishedWipe(clusterFile)).toEqual({ at: "2026-11-23T14:00:00.000Z", log });
  });

  test.each([
    ["cut short by a power cut", 'time="2026-11-23T13:59:01Z" level=info msg="Restoring"\n'],
    ["empty", ""],
  ])("is one whose wipe was seen, though its log is %s afterwards", async (_, left) => {
    const { clusterFile, restore } = cluster();
    const { log } = await restore(`info ${WIPE}; fatal etcd-restore failed`);
    textFile(log, left);
    expect(settleKilledRestore(clusterFile)).toBe("as-rke-left-it");
    expect(unfinishedWipe(clusterFile)).toEqual({ at: "2026-11-23T14:00:00.000Z", log });
  });

  test("is one where RKE v0.1.x may have wiped, though its log is cut short afterwards", async () => {
    const { clusterFile, restore } = cluster();
    const connected = 'for node in $(nodes); do info "[dialer] Setup tunnel for host [$node]"; done';
    const { log } = await restore(`info Starting restoring snapshot on etcd hosts; ${connected}; fatal no etcd`);
    textFile(log, "");
    expect(unfinishedWipe(clusterFile)).toMatchObject({ log });
  });

  test("is one whose step was killed, as soon as RKE has wiped", () => {
    const made = cluster();
    const log = killed(made, "info begin\n");
    expect(unfinishedWipe(made.clusterFile)).toBeUndefined();
    textFile(log, `${readFileSync(log, "utf8")}time="2026-11-23T15:00:00+01:00" level=info msg="${WIPE}"\n`);
    expect(unfinishedWipe(made.clusterFile)).toEqual({ at: "2026-11-23T14:00:00.000Z", log });
  });

  test("is one where RKE v0.1.x was killed when it had connected to its last node, and none before that", () => {
    const made = cluster();
    const connected = (host: string) => `INFO[0001] [dialer] Setup tunnel for host [${host}]\n`;
    const log = killed(made, `INFO[0000] Starting restoring snapshot on etcd hosts\n${connected("10.0.0.2")}`);
    expect(unfinishedWipe(made.clusterFile)).toBeUndefined();
    textFile(log, `${readFileSync(log, "utf8")}${connected("10.0.0.1")}`);
    expect(unfinishedWipe(made.clusterFile)).toEqual({ at: "2026-11-23T13:59:00.000Z", log });
  });

  test("stays one when the next fails before it wipes, and is over once one is done", async () => {
    const { clusterFile, restore } = cluster();
    const { log } = await restore(`info ${WIPE}; fatal etcd-restore failed`);
    await restore("fatal node2 does not answer");
    expect(unfinishedWipe(clusterFile)?.log).toBe(log);
    await restore("wiping; restored");
    restoreEnded(clusterFile, { done: true });
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("is believed when its log is gone", () => {
    const made = cluster();
    killed(made, "");
    const gone = join(made.folder, "gone.log");
    restoreBegins(made.clusterFile, { since: "2026-11-23T13:59:00.000Z", log: gone, hosts: HOSTS });
    expect(existsSync(gone)).toBe(false);
    expect(unfinishedWipe(made.clusterFile)).toEqual({ at: "2026-11-23T13:59:00.000Z", log: gone });
  });

  test("is no matter of rke up, which wipes nothing", async () => {
    const { folder, clusterFile, rke, restore } = cluster();
    await restore(`info ${WIPE}; fatal etcd-restore failed`);
    const command = [rke, "up", "", "", "built"];
    await runRke({ command, purpose: "up", clusterFile, silenceSeconds: 60, say: () => {} });
    expect(existsSync(join(folder, ".rancher-rollback/restore.json"))).toBe(true);
  });
});
