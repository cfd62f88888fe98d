import { describe, expect, test } from "vitest";
import { endedConsent } from "../../../cluster/inPlace/endedConsent.ts";
import type { InPlaceFacts } from "../../../cluster/inPlace/facts.ts";
import { restoreRecord } from "../../support/restores.ts";
import { someFacts } from "./someFacts.ts";

const BEGAN = Date.parse("2026-11-23T14:00:00.000Z");
const DAY_MS = 24 * 3_600_000;
const ASKED = { snapshot: "base", run: 1 };
const BY_RKE = restoreRecord({ startedAt: new Date(BEGAN).toISOString() });
const IN_PLACE = { ...BY_RKE, inPlace: { id: "rollback-1" } };
const LATER = restoreRecord({ snapshot: "later", startedAt: new Date(BEGAN + 1000).toISOString() });

const found = (hasNew: boolean, hasOld: boolean): Partial<InPlaceFacts> => ({
  exchanges: [{ id: "rollback-1", hasNew, hasOld, oldKiB: 500 }],
});
const NONE = {};
const PREPARED = found(true, false);
const EXCHANGED = found(false, true);
const HALF = { ...found(true, true), hasMember: false };

const hosts = (...facts: Partial<InPlaceFacts>[]) =>
  facts.map((one, at) => ({ node: `node${at + 1}`, facts: someFacts(one) }));

describe("the confirmation of a restore that did not finish", () => {
  test("is good for 24 hours, by whatever clock the restore began", () => {
    const endedIn = (ms: number) => endedConsent([BY_RKE], ASKED, [], BEGAN + ms);
    expect([endedIn(-DAY_MS), endedIn(0), endedIn(DAY_MS - 1)]).toEqual([undefined, undefined, undefined]);
    expect(endedIn(DAY_MS)).toBe(BY_RKE);
  });

  test.each([
    { snapshot: "base", run: 2 },
    { snapshot: "other", run: 1 },
  ])("is not that of another one: %j", (asked) => {
    expect(endedConsent([BY_RKE], asked, [], BEGAN + DAY_MS)).toBeUndefined();
  });

  test("is of no interest once it is finished", () => {
    const finished = { ...BY_RKE, finishedAt: BY_RKE.startedAt };
    expect(endedConsent([finished], ASKED, [], BEGAN + DAY_MS)).toBeUndefined();
  });

  test.each([BY_RKE, IN_PLACE])("ends also where another restore came after it", (record) => {
    expect(endedConsent([record, LATER], ASKED, hosts(NONE, NONE), BEGAN + DAY_MS)).toBe(record);
  });

  test.each<[string, ReturnType<typeof hosts>, boolean]>([
    ["has exchanged one host", hosts(EXCHANGED, PREPARED), true],
    ["has exchanged one host by half", hosts(HALF, NONE), true],
    ["may have exchanged a host without a container of etcd", hosts(NONE, { container: undefined } as never), true],
    ["has exchanged all hosts, so that it only has to be finished", hosts(EXCHANGED, EXCHANGED), false],
    ["has exchanged no host, so that it has wiped nothing", hosts(PREPARED, NONE), false],
    ["is not read yet", [], false],
  ])("of one in place that %s: %#", (_, read, isEnded) => {
    expect(endedConsent([IN_PLACE], ASKED, read, BEGAN + DAY_MS) === IN_PLACE).toBe(isEnded);
  });

  test("of one in place ends where a host cannot be asked whether it was exchanged", () => {
    const unreachable = { node: "node2", facts: { unreachable: { message: "node2 is off", remedy: "" } } };
    const read = [...hosts(NONE), unreachable as never];
    expect(endedConsent([IN_PLACE], ASKED, read, BEGAN + DAY_MS)).toBe(IN_PLACE);
  });
});
