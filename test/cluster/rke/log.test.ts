import { describe, expect, test } from "vitest";
import { LogReader, type RkePurpose, readLog } from "../../../cluster/rke/log.ts";

const HOSTS = [
  { address: "10.0.0.1", roles: ["controlplane", "etcd", "worker"] },
  { address: "10.0.0.2", roles: ["etcd"] },
  { address: "Node-3.example.com", roles: ["worker"] },
];

const info = (...messages: string[]) => messages.map((message) => `INFO[0001] ${message}`).join("\n");
const tunnels = (...hosts: string[]) => info(...hosts.map((host) => `[dialer] Setup tunnel for host [${host}]`));
const on = (...hosts: string[]) =>
  info(...hosts.map((host) => `[healthcheck] service [kubelet] on host [${host}] is ok`));

function readerOf(purpose: RkePurpose, log: string): LogReader {
  const reader = new LogReader(purpose, HOSTS);
  for (const line of log.split("\n")) reader.take(line);
  return reader;
}

const kinds = (purpose: RkePurpose, log: string, exit: number | null) =>
  readLog(log, purpose, exit, HOSTS).problems.map(({ kind, host }) => (host ? `${kind} ${host}` : kind));

describe("the end of RKE's log", () => {
  const RESTORED = info("Finished restoring snapshot [base] on all etcd hosts");
  const BUILT = info("Finished building Kubernetes cluster successfully");

  test.each<[RkePurpose, string, number, boolean]>([
    ["restore", RESTORED, 0, true],
    ["restore", RESTORED, 1, false],
    ["restore", BUILT, 0, false],
    ["restore", info("Finished restoring snapshot [base.zip] on all etcd host"), 0, false],
    ["up", BUILT, 0, true],
    ["up", RESTORED, 0, false],
    ["save", info("Finished saving snapshot [base] on all etcd hosts"), 0, true],
    ["save", info("Finished saving/uploading snapshot [base] on all etcd hosts"), 0, true],
    ["save", info("[etcd] Finished saving snapshot [base] on all etcd hosts"), 0, true],
    ["save", info("Container [x]: Finished saving snapshot [base] on all etcd hosts"), 0, false],
  ])("of a %s is a success only with its own last line and exit code 0: %s, %i", (purpose, log, exit, succeeded) => {
    expect(readLog(log, purpose, exit).succeeded).toBe(succeeded);
  });

  test("is a crash of Go only where nothing comes after it", () => {
    const panic = "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\nmain.main()";
    expect(readLog(`${info("working")}\n${panic}`, "up", 2).problems).toEqual([
      { kind: "panic", text: "panic: runtime error: index out of range" },
    ]);
    const quoted = `INFO[0001] Container [x]: stderr: [a\n${panic}\n], stdout: []\n${BUILT}`;
    expect(readLog(quoted, "up", 0).problems).toEqual([]);
  });

  test("has the whole reason, though it spans lines and client-go talks in between", () => {
    const log = `FATA[0012] failed: [container logs: level=fatal
I0201 21:09:42.691615   14481 request.go:665] Waited
no such file
]`;
    const { problems } = readLog(log, "restore", 1);
    expect(problems).toEqual([{ kind: "fatal", text: "failed: [container logs: level=fatal\nno such file\n]" }]);
  });

  test("counts the warnings that nobody knows, and none that are findings or harmless", () => {
    const log = `WARN[0001] slow disk
ERRO[0002] what is this
WARN[0003] Can't stop Docker container [etcd] for host [10.0.0.1]: No such container: etcd
WARN[0004] Failed to deploy addon execute job [metrics]: timeout
${BUILT}`;
    expect(readLog(log, "up", 0)).toMatchObject({ warnings: 2, problems: [{ kind: "addon" }] });
  });

  test("says each thing once: a node that is removed was not reachable before", () => {
    const log = `WARN[0001] Failed to set up SSH tunneling for host [10.0.0.1]: timeout
WARN[0001] Failed to set up SSH tunneling for host [10.0.0.1]: timeout
WARN[0002] Removing host [10.0.0.1] from node lists
WARN[0002] Removing host [10.0.0.2] from node lists
FATA[0003] given up`;
    expect(kinds("up", log, 1)).toEqual(["unreachable 10.0.0.1", "removed 10.0.0.2", "fatal"]);
  });
});

describe("a cluster that a restore has built", () => {
  const built = (log: string, exit: number | null = 0, purpose: RkePurpose = "restore") =>
    readLog(log, purpose, exit).built;
  const BUILT = info("Cleaning old kubernetes cluster", "Finished building Kubernetes cluster successfully");
  const RESTORED = info("Finished restoring snapshot [base] on all etcd hosts");

  test("is one of which RKE has said so", () => {
    expect(built(`${BUILT}\n${RESTORED}`)).toBe(true);
    expect(built(BUILT, 0, "up")).toBe(true);
    expect(built(RESTORED)).toBe(false);
    expect(built(`${info("Container [x]: Finished building Kubernetes cluster successfully")}\n${RESTORED}`)).toBe(
      false,
    );
  });

  test("is none where a restore failed, a node was left out or another rke up has work to do", () => {
    expect(built(`${BUILT}\n${RESTORED}`, 1)).toBe(false);
    expect(built(`WARN[0001] Removing host [10.0.0.1] from node lists\n${BUILT}\n${RESTORED}`)).toBe(false);
    const addon = "WARN[0004] Failed to deploy addon execute job [rke-network-plugin]: timeout";
    expect(built(`${BUILT}\n${addon}\n${RESTORED}`)).toBe(false);
  });

  test("may lack recurring snapshots", () => {
    const rolling = "WARN[0004] [etcd] etcd rolling snapshot container failed to start correctly";
    expect(built(`${rolling}\n${BUILT}\n${RESTORED}`)).toBe(true);
  });
});

describe("a node that RKE says nothing about", () => {
  const UP = `${info("Initiating Kubernetes cluster")}
${tunnels("10.0.0.1", "10.0.0.2", "Node-3.example.com")}
${info("Starting container [cluster-state-deployer] on host [10.0.0.2], try #1", "Building Kubernetes cluster")}`;
  const BUILT = info("Finished building Kubernetes cluster successfully");

  test("was left out by rke up if nothing was done on it when it built the cluster", () => {
    const log = `${UP}\n${tunnels("10.0.0.1")}\n${on("10.0.0.1", "Node-3.example.com")}\n${BUILT}`;
    expect(kinds("up", log, 0)).toEqual(["unmentioned 10.0.0.2"]);
  });

  test("is not left out when its name is in a list, or written in another case", () => {
    const log = `${UP}\n${info("can connect to host(s) [10.0.0.1 10.0.0.2] on port(s) [2379]")}
${on("node-3.example.com")}\n${BUILT}`;
    expect(kinds("up", log, 0)).toEqual([]);
  });

  test("is not taken for another whose address begins alike", () => {
    const log = `${UP}\n${on("10.0.0.10", "10.0.0.2", "Node-3.example.com")}\n${BUILT}`;
    expect(kinds("up", log, 0)).toEqual(["unmentioned 10.0.0.1"]);
  });

  test("is no second finding where RKE has said why, nor one of a run that failed", () => {
    const warned = "WARN[0001] Failed to set up SSH tunneling for host [10.0.0.2]: no route to host";
    const log = `${warned}\n${UP}\n${on("10.0.0.1", "Node-3.example.com")}`;
    expect(kinds("up", `${log}\n${BUILT}`, 0)).toEqual(["unreachable 10.0.0.2"]);
    expect(kinds("up", `${UP}\nFATA[0002] no`, 1)).toEqual(["fatal"]);
  });

  test("was left out by a restore if it was not even wiped", () => {
    const log = `${tunnels("10.0.0.1", "10.0.0.2")}
${info("Starting container [cert-deployer] on host [10.0.0.2]", "Cleaning old kubernetes cluster")}
${on("10.0.0.1", "Node-3.example.com")}
${info("Finished restoring snapshot [base] on all etcd hosts")}`;
    expect(kinds("restore", log, 0)).toEqual(["unmentioned 10.0.0.2"]);
  });

  test("of a restore by RKE v0.1.x must be an etcd host: it works on no other", () => {
    const log = `${info("Starting restoring snapshot on etcd hosts")}
${tunnels("10.0.0.1", "10.0.0.2", "Node-3.example.com")}
${info("[hosts] Cleaning up host [10.0.0.1]")}
${info("Finished restoring snapshot [base] on all etcd hosts")}`;
    expect(kinds("restore", log, 0)).toEqual(["unmentioned 10.0.0.2"]);
  });
});

describe("the wipe", () => {
  test.each([
    "Cleaning old kubernetes cluster",
    "[worker] Tearing down Worker Plane..",
    "[remove/etcd] Successfully removed container on host [10.0.0.1]",
    "[remove/kubelet] Successfully removed container on host [10.0.0.1]",
    "[hosts] Cleaning up host [10.0.0.1]",
    "[etcd] Tearing down etcd plane..",
    "[kube-cleaner] Successfully started [kube-cleaner] container on host [10.0.0.1]",
    "[etcd] Restoring [base] snapshot on etcd host [10.0.0.1]",
    "Starting container [etcd-restore] on host [10.0.0.1], try #1",
    "[etcd] Building up etcd plane..",
  ])("of a restore is shown by: %s", (line) => {
    const reader = readerOf("restore", info("Restoring etcd snapshot base", line, "another"));
    expect(reader.seen.wipe).toEqual({ line });
    expect(reader.mayBeStopped).toBe(false);
    expect(readerOf("up", info(line)).seen.wipe).toBeUndefined();
  });

  test.each([
    "[etcd] Checksum of etcd snapshot on host [10.0.0.1] is [0123]",
    "Stopping container [etcd] on host [10.0.0.1] with stopTimeoutDuration [5s], try #1",
    "Starting container [etcd] on host [10.0.0.1], try #1",
    "[remove/etcd-Serve-backup] Successfully removed container on host [10.0.0.1]",
    "[remove/cert-deployer] Successfully removed container on host [10.0.0.1]",
    "[etcd] Failed to restore etcd snapshot: invalid certs: expired",
    'Container [x] is still running: stderr: [msg="Cleaning old kubernetes cluster"',
  ])("has not begun with: %s", (line) => {
    const reader = readerOf("restore", info("Restoring etcd snapshot base", line));
    expect([reader.seen.wipe, reader.seen.wipePossible, reader.mayBeStopped]).toEqual([undefined, undefined, true]);
  });

  test("has the time of RKE where its log has times", () => {
    const reader = readerOf(
      "restore",
      'time="2021-06-03T11:48:20-04:00" level=info msg="Cleaning old kubernetes cluster"',
    );
    expect(reader.seen.wipe?.at).toBe("2021-06-03T15:48:20.000Z");
  });

  test("by RKE v0.1.x may have begun once it is connected to every node, or has given one up", () => {
    const log = `${info("Starting restoring snapshot on etcd hosts")}\n${tunnels("10.0.0.1", "Node-3.example.com")}`;
    expect(readerOf("restore", log).seen.wipePossible).toBeUndefined();
    expect(readerOf("restore", `${log}\n${tunnels("10.0.0.2")}`).seen.wipePossible?.line).toContain("10.0.0.2");
    const dropped = `${log}\nWARN[0001] Removing host [10.0.0.2] from node lists`;
    expect(readerOf("restore", dropped).seen.wipePossible?.line).toContain("Removing host [10.0.0.2]");
    expect(readerOf("restore", dropped).mayBeStopped).toBe(true);
  });
});

describe("an rke up", () => {
  const BEFORE = `${info("Running RKE version: v1.8.0", "Initiating Kubernetes cluster")}
${info("[certificates] Generating admin certificates and kubeconfig", "Successfully Deployed state file at [./c.rkestate]")}
${info("Building Kubernetes cluster")}\n${tunnels("10.0.0.1", "10.0.0.2")}`;

  test("may be stopped until it has touched a node", () => {
    expect(readerOf("up", BEFORE).mayBeStopped).toBe(true);
    const after = readerOf("up", `${BEFORE}\n${info("[network] Deploying port listener containers", "more")}`);
    expect(after.mayBeStopped).toBe(false);
    expect(after.end(null).changes).toEqual({ line: "[network] Deploying port listener containers" });
  });

  test("may be stopped for nothing that is not known to be harmless", () => {
    expect(readerOf("up", `${BEFORE}\n${info("something new")}`).mayBeStopped).toBe(false);
  });
});
