import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runRke } from "../../../cluster/rke/run.ts";
import {
  exchangeBegins,
  exchangeFound,
  exchangeUndone,
  restoreBegins,
  restoreEnded,
  settleKilledRestore,
  unfinishedWipe,
  unreadableNote,
  unseenRestore,
} from "../../../cluster/rke/unfinishedRestore.ts";
import { UnreadableRecord } from "../../../cluster/stateFolder/unreadable.ts";
import { fakeRke } from "../../support/fakeRke.ts";
import { textFile } from "../../support/folder.ts";

const WIPE = "Cleaning old kubernetes cluster";
const HOSTS = ["10.0.0.1", "10.0.0.2"].map((address) => ({ address, roles: ["etcd"] }));

const noteIn = (folder: string) => join(folder, ".rancher-rollback/restore.json");

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

describe("an unfinished exchange", () => {
  const AT = "2026-11-23T14:00:00.000Z";
  const exchange = (id: string) => ({ id, oldData: `/var/lib/etcd/.rancher-rollback/${id}/old`, copy: `safety-${id}` });
  const wipe = (id: string) => ({ oldData: exchange(id).oldData, copy: `safety-${id}` });

  test("is over once its old data are back", () => {
    const { clusterFile } = cluster();
    const at = exchangeBegins(clusterFile, exchange("one"));
    expect(unfinishedWipe(clusterFile)).toEqual({ at, ...wipe("one") });
    exchangeUndone(clusterFile, "one");
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("is not over because the old data of another one are back", () => {
    const { clusterFile } = cluster();
    exchangeFound(clusterFile, { ...exchange("one"), at: AT });
    exchangeUndone(clusterFile, "two");
    expect(unfinishedWipe(clusterFile)).toEqual({ at: AT, ...wipe("one") });
    exchangeBegins(clusterFile, exchange("two"));
    exchangeUndone(clusterFile, "two");
    expect(unfinishedWipe(clusterFile)).toEqual({ at: AT, ...wipe("one") });
    restoreEnded(clusterFile, { done: true });
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("that is found keeps the time at which this machine began it", () => {
    const { clusterFile } = cluster();
    const at = exchangeBegins(clusterFile, exchange("one"));
    exchangeFound(clusterFile, { ...exchange("one"), at: AT });
    expect(unfinishedWipe(clusterFile)?.at).toBe(at);
  });
});

describe("a note that cannot be read", () => {
  const CUT = '{"begun":{"since":"2026-11-23T14:';
  const made = (text: string) => {
    const { folder, clusterFile } = fakeRke("");
    return { clusterFile, note: textFile(noteIn(folder), text) };
  };

  test.each([
    ["is empty", "", "it is no JSON"],
    ["was cut off", CUT, "it is no JSON"],
    ["lacks what was always written", '{"begun":{"since":"2026-11-23T14:00:00.000Z"}}', "begun.log: "],
    ["tells more than this release knows", '{"wipedBy":"a later release"}', "wipedBy"],
  ])("as it %s counts as a wipe that may have been, with a remedy", (_, text, why) => {
    const { clusterFile, note } = made(text);
    expect(() => unfinishedWipe(clusterFile)).toThrow(UnreadableRecord);
    expect(() => unseenRestore(clusterFile)).toThrow(UnreadableRecord);
    expect(() => settleKilledRestore(clusterFile)).toThrow(UnreadableRecord);
    expect(unreadableNote(clusterFile)).toEqual({
      message: expect.stringMatching(
        `^the note of earlier restores, one of which may have wiped this cluster, ${note}, cannot be read: .*${why}`,
      ),
      remedy: expect.stringContaining(`rm ${note}`),
    });
  });

  test("lets no restore begin, and stays as it is", () => {
    const { clusterFile, note } = made(CUT);
    const begun = { since: "2026-11-23T15:00:00.000Z", log: "/restore.log", hosts: HOSTS };
    expect(() => restoreBegins(clusterFile, begun)).toThrow(UnreadableRecord);
    expect(restoreEnded(clusterFile, { done: false })).toBe("as-rke-left-it");
    exchangeUndone(clusterFile, "rollback-1");
    expect(readFileSync(note, "utf8")).toBe(CUT);
  });

  test("is over once a restore is done", () => {
    const { clusterFile } = made(CUT);
    restoreEnded(clusterFile, { done: true });
    expect([unreadableNote(clusterFile), unfinishedWipe(clusterFile)]).toEqual([undefined, undefined]);
  });
});
