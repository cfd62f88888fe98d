import { existsSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { exchangeBegins } from "../../../cluster/history/note.ts";
import { holderName } from "../../../cluster/operator.ts";
import { textFile } from "../../support/folder.ts";
import { finishedRecord, restoreRecord } from "../../support/restores.ts";
import { someReplacement, someSettings } from "../../support/settings.ts";
import {
  ADDRESSES,
  clusterFile,
  containerOf,
  folder,
  gaveUp,
  hostsForEachTest,
  ID,
  killedInPlace,
  locked,
  lockOf,
  MINE,
  meanwhile,
  remembered,
  SINCE,
  STOPPED,
} from "./abortedHosts.ts";

hostsForEachTest();

const OTHER = "ops@laptop";

const isStopped = (address: string, name: string) => readFileSync(containerOf(address, name), "utf8") === "false\n";
const holderOf = (address: string) => JSON.parse(readFileSync(lockOf(address), "utf8")).holder;
const isLocked = (address: string) => existsSync(lockOf(address));

/** What was stopped is stopped, on every host. */
function nothingIsStarted(): void {
  expect(existsSync(join(folder, "started"))).toBe(false);
}

describe("while another machine may be at its restore and holds the lock, giving up", () => {
  test.each([
    ["is refused", {}],
    ["of one in place is refused", { inPlace: { id: "rollback-20261123T140000Z-abcdef" } }],
  ])("%s: nothing is started or released, and it says where to look", async (_, how) => {
    locked(MINE, ADDRESSES, OTHER);
    remembered(restoreRecord({ holder: OTHER, ...how }));
    for (const address of ADDRESSES) textFile(containerOf(address, "kubelet"), "false\n");
    const { aborted, said, text } = await gaveUp();
    expect(aborted).toMatchObject({ hosts: [], refused: { message: expect.stringContaining(`${OTHER} began`) } });
    expect(text).toContain("nothing was released: ops@laptop began the restore of base");
    expect(text).toContain(`rancher-rollback unlock --of ${MINE} --stack prod`);
    expect(ADDRESSES.every(isLocked)).toBe(true);
    expect(said).toEqual([]);
    nothingIsStarted();
  });

  test("is refused also where that restore begins once it has been asked for, and the lock is given back", async () => {
    locked(MINE, ADDRESSES, OTHER);
    remembered(restoreRecord({ holder: OTHER }));
    const begins = ADDRESSES.map((address) => join(folder, address, "rancher-rollback"));
    for (const of of begins) renameSync(join(of, "restores"), join(of, "later"));
    meanwhile(begins.map((of) => `mv '${of}/later' '${of}/restores'\n`).join(""));
    for (const address of ADDRESSES) textFile(containerOf(address, "kubelet"), "false\n");
    const { aborted } = await gaveUp();
    expect(aborted).toMatchObject({
      hosts: [],
      refused: {
        message: expect.stringContaining(`${OTHER} began`),
        remedy: expect.objectContaining({ command: `unlock --of ${MINE}` }),
      },
    });
    expect(ADDRESSES.map(holderOf)).toEqual(ADDRESSES.map(() => OTHER));
    nothingIsStarted();
  });

  test("is refused also where one etcd host alone can be asked", async () => {
    locked(MINE, ADDRESSES, OTHER);
    remembered(restoreRecord({ holder: OTHER }));
    for (const address of ADDRESSES.slice(1)) renameSync(join(folder, address), join(folder, `gone-${address}`));
    expect((await gaveUp()).aborted.refused?.message).toContain(OTHER);
    expect(isLocked("198.18.0.11")).toBe(true);
  });

  test("is refused also where every etcd host is replaced: the machines that have come remember the restore", async () => {
    locked(MINE, ADDRESSES, OTHER);
    remembered(restoreRecord({ holder: OTHER, nodes: ["old-node1"] }));
    const { nodes } = someSettings().cluster;
    const replacements = nodes.map((node) => someReplacement(node, `old-${node.name}`));
    expect((await gaveUp(undefined, { replacements })).aborted.refused?.message).toContain(OTHER);
  });
});

test("has the lock before it starts anything: a restore that begins on another machine then ends before its wipe", async () => {
  locked(MINE, ADDRESSES, OTHER);
  for (const address of ADDRESSES) textFile(containerOf(address, "kubelet"), "false\n");
  const { aborted } = await gaveUp();
  expect(aborted.hosts.map(({ released }) => released)).toEqual([true, true, true]);
  const then = readFileSync(join(folder, "locked-then"), "utf8").trim().split("\n");
  expect(then.map((lock) => JSON.parse(lock).holder)).toEqual(ADDRESSES.map(() => holderName()));
});

describe("what another machine's restore may have wiped", () => {
  beforeEach(() => {
    for (const address of ADDRESSES) textFile(containerOf(address, "kubelet"), "false\n");
  });

  test.each([
    ["has failed", { failedAt: SINCE }, OTHER, ADDRESSES],
    ["has lost its lock to another machine", {}, "ann@desk", ADDRESSES],
    ["has lost its lock, as `unlock --of` takes it away", {}, OTHER, []],
  ])("stays as it is where that restore %s, and the lock is released", async (_, how, holder, hosts) => {
    locked(MINE, hosts, holder);
    remembered(restoreRecord({ holder: OTHER, ...how }));
    // A host that has no lock is there all the same.
    const { aborted, said, text } = await gaveUp();
    expect(aborted).not.toHaveProperty("refused");
    expect(ADDRESSES.some(isLocked)).toBe(false);
    expect(aborted).toMatchObject({ mayBeWiped: { by: OTHER }, notStarted: { message: expect.any(String) } });
    expect(text).toContain(
      "what a restore has stopped (kubelet, etcd, the control planes) was started on no node: that of ops@laptop may have wiped the cluster",
    );
    expect(text).toContain("docker start etcd kube-apiserver");
    expect(said).toEqual([]);
    nothingIsStarted();
  });

  test.each([OTHER, holderName()])(
    "is no reason to refuse where the hosts tell that it is finished, by a machine other than this one: %s",
    async (holder) => {
      locked(MINE);
      exchangeBegins(clusterFile, { id: ID, oldData: "/old" });
      remembered(finishedRecord({ holder, inPlace: { id: ID } }));
      expect((await gaveUp()).aborted.refused === undefined).toBe(holder === OTHER);
    },
  );

  test("is started once a later restore has finished", async () => {
    locked(MINE);
    remembered(restoreRecord({ holder: OTHER, failedAt: SINCE, number: 1 }));
    remembered(finishedRecord({ holder: OTHER, snapshot: "later", number: 2 }));
    const { aborted, said } = await gaveUp();
    expect(aborted).not.toHaveProperty("notStarted");
    expect(said.sort()).toEqual(["node1: starting kubelet", "node2: starting kubelet", "node3: starting kubelet"]);
  });
});

describe("what another machine's restore in place has stopped", () => {
  test("is started where every etcd host tells that its data are the old ones", async () => {
    killedInPlace([], OTHER);
    const { aborted } = await gaveUp();
    expect(aborted).not.toHaveProperty("notStarted");
    for (const address of ADDRESSES) expect(STOPPED.some((name) => isStopped(address, name))).toBe(false);
  });

  test("is started on no node where a host cannot be asked: that one may have the restored data", async () => {
    killedInPlace([], OTHER);
    renameSync(join(folder, "198.18.0.13"), join(folder, "gone"));
    const { aborted, text } = await gaveUp();
    expect(aborted.mayBeWiped).toMatchObject({ by: OTHER });
    expect(text).toContain("was started on no node");
    nothingIsStarted();
  });
});
