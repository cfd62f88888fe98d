import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { accessFinding, clockFinding, fileFindings, roomFinding } from "../../../cli/doctor/cluster.ts";
import { somePlaces } from "../../cluster/preflight/somePlaces.ts";
import { fakeRke } from "../../support/fakeRke.ts";
import { RKE, someNode, someSettings } from "../../support/settings.ts";

describe("a node's clock", () => {
  const asked = { from: 1_000_000_000, to: 1_000_002_000 };
  const at = (now: number) => clockFinding("node1", { now }, asked);

  test("agrees within the time that asking took and two seconds", () => {
    for (const now of [999_997, 1_000_000, 1_000_002, 1_000_004]) expect(at(now).level).toBe("ok");
  });

  test("is warned of where it is ahead or behind", () => {
    expect(at(1_000_062)).toMatchObject({ level: "warning", message: "is 60 s ahead of this machine's" });
    expect(at(999_939)).toMatchObject({ level: "warning", message: "is 60 s behind this machine's" });
  });
});

describe("a node that lets this machine in", () => {
  const node = someNode(1);
  const state = {
    dockerSaid: "no daemon",
    helpers: [],
    restoreFolder: false,
    certificateBundle: false,
    places: somePlaces(1),
  };

  test("is told by its Docker, by how root is had and by its address", () => {
    const { level, message } = accessFinding(node, { ...state, docker: "20.10.24" }, { now: 0, root: "sudo" });
    expect([level, message]).toEqual(["ok", `Docker 20.10.24, root via sudo, ${node.address}`]);
  });

  test("is a failure where its Docker does not answer", () => {
    const { level, message } = accessFinding(node, state, { now: 0 });
    expect([level, message]).toEqual(["failure", `node1 (${node.address}): Docker does not answer: no daemon`]);
  });
});

describe("a node's disk", () => {
  const level = (etcdRoom: number, snapshotRoom: number) =>
    roomFinding("node1", { places: somePlaces(snapshotRoom, { etcd: { free: etcdRoom } }) }).level;
  const GIB = 1024 ** 2;

  test("is judged by the smaller of the two rooms", () => {
    expect(level(2 * GIB, 2 * GIB)).toBe("ok");
    expect(level(2 * GIB, GIB / 2)).toBe("warning");
    expect(level(GIB / 2, 2 * GIB)).toBe("warning");
    expect(level(2 * GIB, GIB / 16)).toBe("failure");
  });
});

describe("RKE's state file", () => {
  const { folder, clusterFile } = fakeRke("");
  const { cluster, rke } = someSettings();
  const stateFile = `${folder}/own.rkestate`;
  const levelNow = () =>
    fileFindings({ rke: { ...rke, version: RKE }, cluster: { ...cluster, path: clusterFile, stateFile } }).find(
      ({ check }) => check === "rke-state-file",
    )?.level;

  test("is a warning where it is missing, a failure where it is broken, else well", () => {
    expect(levelNow()).toBe("warning");
    writeFileSync(stateFile, "{");
    expect(levelNow()).toBe("failure");
    writeFileSync(stateFile, JSON.stringify({ desiredState: {} }));
    expect(levelNow()).toBe("ok");
  });
});
