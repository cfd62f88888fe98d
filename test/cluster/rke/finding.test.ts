import { describe, expect, test } from "vitest";
import { endsTheRun, type FindingKind, findingsIn, findingText, isHarmless } from "../../../cluster/rke/finding.ts";
import type { Level } from "../../../cluster/rke/logLine.ts";

describe("a message after which RKE goes on", () => {
  test.each<[Level, string, FindingKind, string[]]>([
    [
      "warning",
      "Failed to set up SSH tunneling for host [10.0.0.3]: Can't retrieve Docker Info",
      "unreachable",
      ["RKE cannot reach 10.0.0.3 and would continue without it: Can't retrieve Docker Info"],
    ],
    [
      "warning",
      "Removing host [node-3.example.com] from node lists",
      "removed",
      ["RKE dropped node-3.example.com and would continue without it"],
    ],
    [
      "warning",
      "Provisioning incomplete, host(s) [10.0.0.2,10.0.0.3] skipped because they could not be contacted",
      "skipped",
      ["RKE built the cluster without 10.0.0.2", "RKE built the cluster without 10.0.0.3"],
    ],
    [
      "error",
      "Failed to upgrade: [provisioning incomplete, host(s) [node2] skipped because they could not be contacted]",
      "skipped",
      ["RKE built the cluster without node2"],
    ],
    [
      "warning",
      "failed to download snapshot [base] from s3 on host [10.0.0.1]: exit status 1",
      "otherSnapshot",
      ["RKE could not get the snapshot from S3 and would use whatever is on the nodes"],
    ],
    [
      "warning",
      "[etcd] etcd snapshot configuration found and s3 backup configuration failed, falling back to use local as source",
      "otherSnapshot",
      ["RKE could not get the snapshot from S3 and would use whatever is on the nodes"],
    ],
    [
      "warning",
      "Failed to deploy addon execute job [rke-network-plugin]: Failed to get job complete status",
      "addon",
      ["RKE could not deploy the addon rke-network-plugin; a longer addon_job_timeout may help"],
    ],
    [
      "warning",
      "Failed to deploy DNS addon execute job for provider coredns: Failed to get job complete status",
      "addon",
      ["RKE could not deploy the addon coredns; a longer addon_job_timeout may help"],
    ],
    [
      "warning",
      "[etcd] Failed to take snapshot on %!s(int=1) etcd hosts",
      "notSaved",
      ["RKE warned: [etcd] Failed to take snapshot on %!s(int=1) etcd hosts"],
    ],
    [
      "warning",
      "[etcd] Failed to upload etcd snapshot file to s3 on %!s(int=1) etcd hosts",
      "notUploaded",
      ["RKE warned: [etcd] Failed to upload etcd snapshot file to s3 on %!s(int=1) etcd hosts"],
    ],
    [
      "error",
      "Host node2 failed to report Ready status with error: timeout",
      "upgrade",
      ["RKE warned: Host node2 failed to report Ready status with error: timeout"],
    ],
    [
      "error",
      "[workerplane] Failed to uncordon node node2, error: timeout",
      "upgrade",
      ["RKE warned: [workerplane] Failed to uncordon node node2, error: timeout"],
    ],
    [
      "warning",
      "[etcd] etcd rolling snapshot container failed to start correctly",
      "recurringSnapshots",
      ["RKE warned: [etcd] etcd rolling snapshot container failed to start correctly"],
    ],
    [
      "warning",
      "[reconcile] Couldn't clean up worker node [10.0.0.4]: no route to host",
      "leftOver",
      ["RKE warned: [reconcile] Couldn't clean up worker node [10.0.0.4]: no route to host"],
    ],
    [
      "warning",
      "Failed to save full cluster state to Kubernetes",
      "stateCopy",
      ["RKE warned: Failed to save full cluster state to Kubernetes"],
    ],
  ])("as a %s is a finding: %s", (level, text, kind, words) => {
    const found = findingsIn({ level, text });
    expect(found.map((finding) => finding.kind)).toEqual(words.map(() => kind));
    expect(found.map(findingText)).toEqual(words);
    expect(found.every((finding) => finding.text === text)).toBe(true);
  });

  test("is worth a stop where it leaves a node or the snapshot out, and only there", () => {
    const kinds = ["unreachable", "removed", "skipped", "otherSnapshot", "addon", "fatal", "upgrade"] as const;
    const stops = kinds.filter((kind) => endsTheRun({ kind, text: "" }));
    expect(stops).toEqual(["unreachable", "removed", "otherSnapshot"]);
  });

  test.each([
    ["info", "[dialer] Setup tunnel for host [10.0.0.1]"],
    ["info", "[etcd] etcd host [10.0.0.1] reported healthy=false"],
    ["info", "Could not extract state file from snapshot [base] on host [10.0.0.1]"],
    ["info", 'Container [x] is still running: stderr: [level=fatal msg="Removing host [10.0.0.1] from node lists"'],
    ["debug", "Removing host [10.0.0.1] from node lists"],
    ["warning", "[etcd] host [10.0.0.1] failed to check etcd health: connection refused"],
    ["warning", "Can't start Docker container [etcd-restore] on host [10.0.0.1]"],
  ] as const)("is no finding as %s: %s", (level, text) => {
    expect(findingsIn({ level, text })).toEqual([]);
  });
});

describe("the reason RKE gives when it gives up", () => {
  test("is one line, with the node that it names", () => {
    const text = "Failed to upgrade Docker on host [10.0.0.2]: [container logs:\n  level=fatal\n]";
    const found = findingsIn({ level: "fatal", text });
    expect(found).toEqual([{ kind: "fatal", host: "10.0.0.2", text }]);
    expect(found.map(findingText)).toEqual([
      "RKE gave up: Failed to upgrade Docker on host [10.0.0.2]: [container logs: level=fatal ]",
    ]);
  });

  test("is not said twice where it is that nodes were skipped, and is kept where there is more to it", () => {
    const skipped = "Provisioning incomplete, host(s) [node2] skipped because they could not be contacted";
    expect(findingsIn({ level: "fatal", text: skipped }).map(({ kind }) => kind)).toEqual(["skipped"]);
    const more = `[[controlPlane] Failed to start [kube-apiserver], ${skipped.toLowerCase()}]`;
    expect(findingsIn({ level: "fatal", text: more }).map(({ kind }) => kind)).toEqual(["skipped", "fatal"]);
  });
});

describe("a warning that comes with good runs", () => {
  test.each([
    "[reconcile] host [10.0.0.1] is a control plane node without reachable Kubernetes API endpoint in the cluster",
    "[reconcile] no control plane node with reachable Kubernetes API endpoint in the cluster found",
    "Can't stop Docker container [etcd] for host [10.0.0.1]: Error response from daemon: No such container: etcd",
    "[state] can't fetch legacy cluster state from Kubernetes",
    "Name of the snapshot is not specified using [rke_etcd_snapshot_2018-11-06T00:31:25-06:00]",
    "Failed to delete old node [%!s(MISSING)] from kubernetes",
    "Unsupported Docker version found [18.06.1-ce], supported versions are [1.11.x 1.12.x 1.13.x 17.03.x]",
    "This is not an officially supported version (v1.1.14-rc1) of RKE. Please download the latest official release",
  ])("is harmless: %s", (text) => {
    expect(isHarmless({ level: "warning", text })).toBe(true);
    expect(findingsIn({ level: "warning", text })).toEqual([]);
  });

  test("is not harmless when another container is missing", () => {
    const text = "Can't stop Docker container [kubelet] for host [10.0.0.1]: No such container: kubelet";
    expect(isHarmless({ level: "warning", text })).toBe(false);
  });
});
