import { appendFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fatalReason, readableLine, readLogLine } from "../../../cluster/rke/log.ts";
import { LogFollower } from "../../../cluster/rke/logFollower.ts";
import { tempFolder, textFile } from "../../support/folder.ts";

/** A message in both forms that RKE writes: into a file, and on a terminal. */
const bothForms = (level: string, message: string) => [
  `time="2026-11-23T14:00:00Z" level=${level} msg="${message.replaceAll('"', '\\"')}"`,
  `${level.toUpperCase().slice(0, 4)}[0012] ${message}`,
];

describe("lines after which RKE goes on as if nothing had happened", () => {
  test.each([
    [
      "Failed to set up SSH tunneling for host [10.0.0.3]: Can't retrieve Docker Info",
      { happened: "RKE cannot reach 10.0.0.3 and would go on without it", address: "10.0.0.3" },
      true,
    ],
    [
      "Removing host [node-3.example.com] from node lists",
      { happened: "RKE dropped node-3.example.com and would go on without it", address: "node-3.example.com" },
      true,
    ],
    [
      "Provisioning incomplete, host(s) [10.0.0.2,10.0.0.3] skipped because they could not be contacted",
      { happened: "RKE built the cluster without 10.0.0.2,10.0.0.3" },
      false,
    ],
    [
      "failed to download snapshot [base] from s3 on node [10.0.0.1], falling back to use local as source",
      { happened: "RKE could not get the snapshot from S3 and would use whatever lies on the nodes" },
      true,
    ],
    [
      "Failed to deploy addon execute job [rke-network-plugin]: Failed to get job complete status",
      { happened: "RKE could not deploy the addon rke-network-plugin; a longer addon_job_timeout may help" },
      false,
    ],
    [
      "Failed to deploy DNS addon execute job for provider coredns: Failed to get job complete status",
      { happened: "RKE could not deploy the addon coredns; a longer addon_job_timeout may help" },
      false,
    ],
  ])("%s", (message, finding, stopWhileNothingIsLost) => {
    for (const line of bothForms("warning", message)) {
      expect(readLogLine(line)).toEqual({ ...finding, stopWhileNothingIsLost });
    }
  });

  test.each([
    "[dialer] Setup tunnel for host [10.0.0.1]",
    "Cleaning old kubernetes cluster",
    "[etcd] Restoring [base] snapshot on etcd host [10.0.0.1]",
    "Finished restoring snapshot [base] on all etcd hosts",
    "Finished building Kubernetes cluster successfully",
    "[addons] Setting up user addons",
  ])("are not to be confused with: %s", (message) => {
    for (const line of bothForms("info", message)) expect(readLogLine(line)).toBeUndefined();
  });
});

describe("the reason RKE gives when it gives up", () => {
  test.each([
    "[etcd] Failed to restore etcd snapshot: Failed to run etcd restore container, exit status is: 1",
    'Failed to get "kube-ca": not found',
    "",
  ])("is read in both forms: %s", (message) => {
    for (const line of bothForms("fatal", message)) expect(fatalReason(line)).toBe(message);
  });

  test("is read from a message that logrus did not put in quotes", () => {
    expect(fatalReason("time=2026-11-23T14:00:00Z level=fatal msg=EOF")).toBe("EOF");
  });

  test("is not seen in other lines", () => {
    for (const line of [...bothForms("info", "no FATA[0001] here"), ...bothForms("warning", "careful"), ""]) {
      expect(fatalReason(line)).toBeUndefined();
    }
  });
});

describe("a line as a person reads it", () => {
  test("has lost logrus' keys, keeps its level where it is not info, and its quotes", () => {
    expect(readableLine('time="2026-11-23T14:00:00Z" level=info msg="[etcd] Saving \\"base\\""')).toBe(
      '[etcd] Saving "base"',
    );
    expect(readableLine('time="2026-11-23T14:00:00Z" level=warning msg="slow disk"')).toBe("WARNING slow disk");
    expect(readableLine("time=2026-11-23T14:00:00Z level=fatal msg=EOF")).toBe("FATAL EOF");
  });

  test("is left as it is where it has another form", () => {
    for (const line of ["INFO[0001] Restoring", "panic: runtime error", 'level=info msg="no time"']) {
      expect(readableLine(line)).toBe(line);
    }
  });

  test("never loses a word of what RKE said", () => {
    const plain = fc.stringMatching(/^[\w .,:()[\]'/-]{1,80}$/);
    fc.assert(
      fc.property(plain, fc.constantFrom("info", "warning", "error", "fatal"), (message, level) => {
        for (const line of bothForms(level, message)) expect(readableLine(line)).toContain(message);
      }),
    );
  });
});

describe("a followed log", () => {
  test("gives each line once, and one that is not finished yet only when it is", () => {
    const path = textFile(join(tempFolder(), "log"), "one\ntwo\nthr");
    const follower = new LogFollower(path);
    expect(follower.lines()).toEqual(["one", "two"]);
    expect(follower.lines()).toEqual([]);
    appendFileSync(path, "ee\r\n\nfour\n");
    expect(follower.lines()).toEqual(["three", "four"]);
    expect(follower.lines()).toEqual([]);
  });

  test("gives the same lines in whatever pieces they were written, also through a letter of several bytes", () => {
    const folder = tempFolder();
    let count = 0;
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "ü", "€", "🙂", " "), minLength: 1, maxLength: 8 })),
        fc.array(fc.nat(40), { maxLength: 10 }),
        (lines, cuts) => {
          const path = textFile(join(folder, `log${count++}`), "");
          const follower = new LogFollower(path);
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
          const read: string[] = [];
          let at = 0;
          for (const cut of [...cuts, bytes.length]) {
            appendFileSync(path, bytes.subarray(at, at + cut));
            at += cut;
            read.push(...follower.lines());
          }
          expect(read).toEqual(lines);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("is read whole when it has grown by more than one read takes", () => {
    const lines = Array.from({ length: 5000 }, (_, at) => `line ${at} ${"x".repeat(40)}`);
    const path = textFile(join(tempFolder(), "log"), `${lines.join("\n")}\n`);
    expect(new LogFollower(path).lines()).toEqual(lines);
  });
});
