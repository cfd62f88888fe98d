import { describe, expect, test } from "vitest";
import { failedChecks, type NodeReading, type NodeState, toleratedDockers } from "../../../cluster/preflight/checks.ts";
import { parseRkeVersion, type RkeVersion } from "../../../cluster/rke/version.ts";
import type { ProvenSnapshot } from "../../../cluster/snapshot/proof.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { RKE } from "../../support/settings.ts";
import { somePlaces } from "./somePlaces.ts";

const MIB = 1024;
const SNAPSHOT = {
  file: "base",
  bytes: 20e6,
  unpacked: 20e6,
  sha256: "a".repeat(64),
  content: "a".repeat(64),
  takenAt: "2026-11-23T03:00:00Z",
  state: false,
};
const GOOD = { snapshot: SNAPSHOT, fetched: false, kept: [] };

function state(over: Partial<NodeState> = {}): NodeState {
  const left = { restoreFolder: false, certificateBundle: true };
  return { docker: "20.10.24", dockerSaid: "", helpers: [], ...left, places: somePlaces(9000 * MIB), ...over };
}

/** Three proven nodes, one of which is changed. */
function readings(change: Partial<NodeReading> = {}): NodeReading[] {
  return [1, 2, 3].map((number) => ({
    node: clusterNode({ name: `node${number}`, address: `10.0.0.${number}` }),
    state: state(),
    proof: GOOD,
    ...(number === 2 && change),
  }));
}

const wrong = (change: Partial<NodeReading>, rke = RKE) =>
  failedChecks(readings(change), { kubernetesVersion: "v1.20.15-rancher2-2", rke }).map(({ message }) => message);

const rke = (text: string) => parseRkeVersion(`rke version ${text}`) as RkeVersion;

/** Of another snapshot than the other nodes', or of none that is known. */
const of = (change: Partial<ProvenSnapshot>) => ({ proof: { ...GOOD, snapshot: { ...SNAPSHOT, ...change } } });

describe("before the wipe", () => {
  test("nodes that are all proven have no problem", () => {
    expect(wrong({})).toEqual([]);
    expect(failedChecks(readings(), { rke: RKE })).toEqual([]);
  });

  test("a node that has no etcd needs no snapshot", () => {
    const [one, two, three] = readings();
    const { proof: _, ...worker } = three as NodeReading;
    expect(failedChecks([one, two, worker] as NodeReading[], { rke: RKE })).toEqual([]);
  });

  test.each<[string, Partial<NodeReading>, RegExp]>([
    [
      "a node that cannot be asked",
      { state: { unreachable: { message: "node2 (10.0.0.2): no route", remedy: "" } } },
      /^node2.*no route$/,
    ],
    ["Docker that does not answer", { state: noDocker() }, /^node2: Docker does not answer: refused$/],
    ["Docker that RKE does not take", { state: state({ docker: "28.1.0" }) }, /RKE does not accept Docker 28\.1\.0/],
    [
      "an RKE at work",
      { state: state({ helpers: [{ name: "etcd-restore", running: true }] }) },
      /another RKE is at work/,
    ],
    [
      "a snapshot that is missing",
      { proof: { failed: { message: "there is no base", remedy: "" } } },
      /^node2 \(10\.0\.0\.2\): there is no base$/,
    ],
    [
      "no room for RKE's restore",
      { state: state({ places: somePlaces(100 * MIB) }) },
      /^node2: RKE's restore needs 230 MiB in .* and \/var\/lib\/etcd, which share a disk, there are 100 MiB free$/,
    ],
    [
      "another snapshot of the same name",
      of({ content: "b".repeat(64), takenAt: "2026-11-22T03:00:00Z" }),
      /node1, node3 \(saved 2026-11-23T03:00:00Z, sha256 a{12}…\) against node2 \(saved 2026-11-22T.*, sha256 b{12}…\)/,
    ],
  ])("%s is a problem", (_what, change, sentence) => {
    expect(wrong(change)).toHaveLength(1);
    expect(wrong(change)[0]).toMatch(sentence);
  });

  test.each(["v1.8.11", "v1.8.11-rancher2-1"])(
    "a Kubernetes without the API by which the image is set is a problem: %s",
    (version) => {
      expect(failedChecks(readings(), { kubernetesVersion: version, rke: RKE })).toMatchObject([
        {
          message: expect.stringContaining(`Kubernetes ${version} has no API apps/v1`),
          remedy: expect.stringContaining("kubectl set image"),
        },
      ]);
    },
  );

  test.each(["v1.9.7-rancher2-1", "v1.13.5", "v1.15.12-rancher2-7"])(
    "Kubernetes before server-side apply does not: %s",
    (version) => {
      const docker = readings({ state: state({ docker: "17.03.2-ce" }) });
      const said = failedChecks(docker, { kubernetesVersion: version, rke: RKE }).map(({ message }) => message);
      expect(said.filter((message) => !message.includes("Docker"))).toEqual([]);
    },
  );

  test("a Docker that RKE goes on with is no problem, but told", () => {
    const old = readings({ state: state({ docker: "24.0.7" }) });
    const judged = { kubernetesVersion: "v1.18.20-rancher1-3", rke: rke("v1.1.2") };
    expect(failedChecks(old, { ...judged, anyDocker: false })).toMatchObject([{ check: "docker-version" }]);
    expect(toleratedDockers(old, { ...judged, anyDocker: false })).toEqual([]);
    expect(failedChecks(old, { ...judged, anyDocker: true })).toEqual([]);
    expect(toleratedDockers(old, { ...judged, anyDocker: true })).toEqual([
      { node: "node2", docker: "24.0.7", kubernetes: "v1.18.20-rancher1-3" },
    ]);
    expect(toleratedDockers(old, { anyDocker: true })).toEqual([]);
  });

  test("Docker is judged by the Kubernetes that RKE installs, where that is known to RKE", () => {
    const newer = readings({ state: state({ docker: "24.0.7" }) });
    const judged = { kubernetesVersion: "v1.20.15-rancher2-2", rke: RKE };
    expect(failedChecks(newer, { ...judged, installs: "v1.28.15-rancher1-1" })).toEqual([]);
    expect(failedChecks(newer, { ...judged, installs: "v1.33.0-rancher1-1" })).toMatchObject([
      { message: expect.stringContaining("for Kubernetes v1.20.15-rancher2-2") },
    ]);
    const later = { kubernetesVersion: "v1.28.15-rancher1-1", rke: RKE, installs: "v1.20.15-rancher2-2" };
    expect(failedChecks(newer, later)).toMatchObject([{ check: "docker-version", of: "node2" }]);
  });

  test("room for RKE's restore is no matter where it does not restore", () => {
    const full = readings({ state: state({ places: somePlaces(100 * MIB) }) });
    expect(failedChecks(full, { rke: RKE, way: "in-place" })).toEqual([]);
    expect(failedChecks(full, { rke: RKE, way: "rke" })).toMatchObject([{ check: "room", of: "node2" }]);
  });

  test("only an RKE at work ends by itself", () => {
    const busy = readings({ state: state({ helpers: [{ name: "etcd-restore", running: true }] }) });
    expect(failedChecks(busy, { rke: RKE })).toMatchObject([{ check: "rke-at-work", of: "node2", passes: true }]);
    const down = failedChecks(readings({ state: noDocker() }), { rke: RKE });
    expect(down.map(({ passes }) => passes)).toEqual([undefined]);
  });

  test("a snapshot server that a killed RKE left running is named with the command that removes it", () => {
    const server = state({ helpers: [{ name: "etcd-Serve-backup", running: true }] });
    expect(failedChecks(readings({ state: server }), { rke: RKE })).toMatchObject([
      {
        message: expect.stringContaining("or one that has ended left it"),
        remedy: expect.stringContaining("docker rm -f"),
      },
    ]);
  });

  test("what RKE saved on each node by itself, within seconds, is one snapshot though its bytes differ", () => {
    const other = of({ content: "b".repeat(64), takenAt: "2026-11-23T03:00:04Z" });
    expect(wrong(other)).toEqual([]);
    expect(wrong(other, rke("v0.2.0"))).toEqual([]);
  });

  test("an RKE that restores on each node what is there wants the very same bytes on all", () => {
    const other = of({ content: "b".repeat(64), takenAt: "2026-11-23T03:00:04Z" });
    expect(wrong({}, rke("v0.1.20"))).toEqual([]);
    expect(wrong(other, rke("v0.1.20"))).toEqual([
      expect.stringMatching(
        /^the nodes hold different .*, and RKE v0\.1\.20 restores on each node what is there: node1/,
      ),
    ]);
  });

  test("of a snapshot whose age nobody knows only the very same bytes are one save", () => {
    const { takenAt: _, ...unknown } = SNAPSHOT;
    const proof = { ...GOOD, snapshot: unknown };
    expect(wrong({ proof })).toEqual([]);
    expect(wrong({ proof: { ...proof, snapshot: { ...unknown, content: "b".repeat(64) } } })).toEqual([
      expect.stringMatching(/node1, node3 \(saved 2026-.*\) against node2 \(age unknown, sha256 b{12}…\)$/),
    ]);
  });

  test("a copy of unknown age, or a younger one, is of the save that it is a copy of", () => {
    const [one, two, three] = readings(of({ content: "b".repeat(64), takenAt: "2026-11-23T03:00:04Z" })) as [
      NodeReading,
      NodeReading,
      NodeReading,
    ];
    const { takenAt: _, ...unknown } = SNAPSHOT;
    for (const snapshot of [unknown, { ...SNAPSHOT, takenAt: "2026-11-24T08:00:00Z" }]) {
      const copied = [one, two, { ...three, proof: { ...GOOD, snapshot } }];
      expect(failedChecks(copied, { kubernetesVersion: "v1.20.15-rancher2-2", rke: RKE })).toEqual([]);
    }
  });

  test("an RKE before v1.1.5 gets no zip with a state file in it", () => {
    const zip = of({ file: "base.zip", state: true });
    expect(wrong(zip, rke("v1.1.5"))).toEqual([]);
    expect(wrong(zip, rke("v1.1.4"))).toEqual([expect.stringMatching(/^node2: base\.zip was saved by a later RKE/)]);
    const [failed] = failedChecks(readings(zip), { rke: rke("v1.1.4") });
    expect(failed?.remedy).toContain(
      "unzip -p /opt/rke/etcd-snapshots/base.zip '*backup/*' >/opt/rke/etcd-snapshots/base",
    );
  });

  test.each(["v0.1.7", "v0.1.8"])(
    "a folder that an earlier restore by RKE %s left on an etcd host is a problem",
    (version) => {
      const left = { state: state({ restoreFolder: true }) };
      expect(failedChecks(readings(left), { rke: rke(version) })).toEqual([
        {
          check: "rke-restore-folder",
          of: "node2",
          message: expect.stringMatching(
            /^node2: an earlier restore left .*, and RKE v0\.1\.\d would fail on it after the wipe$/,
          ),
          remedy: expect.stringContaining("mv /opt/rke/etcd-snapshots-restore /opt/rke/etcd-snapshots-restore.old"),
        },
      ]);
      expect(wrong(left, rke("v0.1.9"))).toEqual([]);
      const worker = clusterNode({ name: "node2", roles: ["controlplane", "worker"] });
      expect(wrong({ node: worker, ...left }, rke(version))).toEqual([]);
    },
  );

  test.each(["v0.1.8", "v0.1.20"])("RKE %s needs the cluster's certificates on one of the hosts", (version) => {
    const bare = readings().map((one) => ({ ...one, state: state({ certificateBundle: false }) }));
    const [, two] = readings();
    expect(failedChecks(bare, { rke: rke(version) })).toMatchObject([
      { check: "certificate-bundle", message: expect.stringContaining("/opt/rke/etcd-snapshots/pki.bundle.tar.gz") },
    ]);
    expect(failedChecks([...bare, two as NodeReading], { rke: rke(version) })).toEqual([]);
    for (const other of ["v0.1.7", "v0.2.0", "v1.8.0"]) expect(failedChecks(bare, { rke: rke(other) })).toEqual([]);
    const silent = { unreachable: { message: "node3: no route", remedy: "" } };
    expect(
      failedChecks([...bare.slice(0, 2), { ...bare[2], state: silent } as NodeReading], { rke: rke(version) }),
    ).toMatchObject([{ check: "node-reachable" }]);
    const worker = {
      node: clusterNode({ name: "node9", roles: ["worker"] }),
      state: state({ certificateBundle: false }),
    };
    for (const unasked of [[], [worker]])
      expect(failedChecks(unasked, { rke: rke(version) }), "no such host was asked").toEqual([]);
  });

  test("all problems are reported at once, with the remedies", () => {
    const broken = readings({
      proof: { failed: { message: "is cut short", remedy: "" } },
      state: state({ docker: "28.1.0" }),
    });
    const failed = failedChecks(broken, { kubernetesVersion: "v1.20.15-rancher2-2", rke: RKE });
    expect(failed).toHaveLength(2);
    expect(failed.map(({ remedy }) => remedy)).toContainEqual(
      expect.objectContaining({ pulumi: "config set snapshotSource node:10.0.0.1" }),
    );
  });

  test("a left-over helper that has ended is no reason to stop", () => {
    expect(wrong({ state: state({ helpers: [{ name: "etcd-checksum-checker", running: false }] }) })).toEqual([]);
  });
});

function noDocker(): NodeState {
  const { docker: _, ...rest } = state({ dockerSaid: "refused" });
  return rest;
}
