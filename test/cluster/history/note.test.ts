import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { exchangeBegins, exchangeFound, exchangeUndone, unreadableNote } from "../../../cluster/history/note.ts";
import {
  restoreBegins,
  restoreEnded,
  settleKilledRestore,
  unfinishedWipe,
  unseenRestore,
} from "../../../cluster/rke/unfinishedWipe.ts";
import { UnreadableRecord } from "../../../cluster/stateFolder/unreadable.ts";
import { fakeRke } from "../../support/fakeRke.ts";
import { textFile } from "../../support/folder.ts";

describe("an unfinished exchange", () => {
  const AT = "2026-11-23T14:00:00.000Z";
  const exchange = (id: string) => ({ id, oldData: `/var/lib/etcd/.rancher-rollback/${id}/old`, copy: `safety-${id}` });
  const wipe = (id: string) => ({ oldData: exchange(id).oldData, copy: `safety-${id}` });

  test("is over once its old data are back", () => {
    const { clusterFile } = fakeRke("");
    const at = exchangeBegins(clusterFile, exchange("one"));
    expect(unfinishedWipe(clusterFile)).toEqual({ at, ...wipe("one") });
    exchangeUndone(clusterFile, "one");
    expect(unfinishedWipe(clusterFile)).toBeUndefined();
  });

  test("is not over because the old data of another one are back", () => {
    const { clusterFile } = fakeRke("");
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
    const { clusterFile } = fakeRke("");
    const at = exchangeBegins(clusterFile, exchange("one"));
    exchangeFound(clusterFile, { ...exchange("one"), at: AT });
    expect(unfinishedWipe(clusterFile)?.at).toBe(at);
  });
});

describe("a note that cannot be read", () => {
  const CUT = '{"begun":{"since":"2026-11-23T14:';
  const made = (text: string) => {
    const { folder, clusterFile } = fakeRke("");
    return { clusterFile, note: textFile(join(folder, ".rancher-rollback/restore.json"), text) };
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
    const begun = { since: "2026-11-23T15:00:00.000Z", log: "/restore.log", hosts: [] };
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
