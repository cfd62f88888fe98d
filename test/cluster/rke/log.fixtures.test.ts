import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type FindingKind, weightOf } from "../../../cluster/rke/finding.ts";
import { type LogFacts, type LogHost, LogReader, type RkePurpose, readLog } from "../../../cluster/rke/log.ts";
import { redact } from "../../../cluster/text.ts";

const FOLDER = join(import.meta.dirname, "../../fixtures/rke-logs");

type Conclusion = "success" | "before" | "after" | "dropped" | "not clean" | "failed";

interface Expected {
  /** 0 where the index does not say otherwise and the run ended well, null where the log stops in the middle. */
  exit: number | null;
  conclusion: Conclusion;
  /** What the line begins with that shows the wipe, or that `rke up` changes nodes; absent where no line does. */
  evidence?: string;
  /** Without it the log has none, and one that stops in the middle only that RKE did not end well. */
  problems?: FindingKind[];
  /** The nodes that are named as left out. */
  left?: string[];
  hosts?: string[];
  finished?: boolean;
}

/** The column "a tool must conclude" of the index, as data. */
const INDEX: Record<string, Expected> = {
  "restore-0.1.7-success": {
    exit: 0,
    conclusion: "success",
    evidence: "[hosts] Cleaning up host [198.18.0.1]",
    hosts: ["198.18.0.1", "198.18.0.2", "198.18.0.3"],
  },
  "restore-0.1.8-rc5-start": { exit: null, conclusion: "after", evidence: "[remove/etcd] Successfully removed" },
  "restore-0.1.8-exit3-after-wipe": { exit: 1, conclusion: "after", problems: ["fatal"], evidence: "[etcd] Restoring" },
  "restore-0.1.8-rc7-bundle-after-wipe": {
    ...{ exit: 1, conclusion: "after", problems: ["fatal"], evidence: "[etcd] Successfully started [etcd] container" },
  },
  "restore-0.2.x-ca-empty-after-wipe": {
    ...{ exit: 1, conclusion: "after", problems: ["fatal"], evidence: "[etcd] Successfully tore down etcd plane" },
  },
  "restore-0.2.6-zip-name-after-wipe": { exit: null, conclusion: "after", evidence: "[hosts] Successfully cleaned up" },
  "restore-0.3.2-start": { exit: null, conclusion: "before" },
  "restore-0.3.2-backup-server-fata-before-wipe": { exit: 1, conclusion: "before", problems: ["fatal"] },
  "restore-1.0.0-path-as-name-start": { exit: null, conclusion: "before" },
  "restore-1.0.14-path-as-name-before-wipe": { exit: 1, conclusion: "before", problems: ["fatal"] },
  "restore-1.0.14-cut-before-wipe": { exit: null, conclusion: "before" },
  "restore-1.0.14-cut-after-wipe": { exit: null, conclusion: "after", evidence: "[hosts] Running cleaner container" },
  "restore-1.1.2-success-ends": { exit: 0, conclusion: "success", evidence: "Finished building Kubernetes cluster" },
  "restore-1.1.2-no-certs-start": { exit: null, conclusion: "before" },
  "restore-1.1.14-rc1-zip-name-start": { exit: null, conclusion: "before" },
  "restore-1.1.14-rc1-zip-name-fata-after-wipe": {
    ...{ exit: 1, conclusion: "after", problems: ["fatal"], evidence: "[etcd] Failed to restore etcd snapshot" },
  },
  "restore-1.2.3-state-fallback-start": { exit: null, conclusion: "before" },
  "restore-1.2.5-not-a-tty-cut-after-wipe": {
    exit: null,
    conclusion: "after",
    evidence: "[remove/service-sidekick] Successfully removed",
  },
  // Its author has changed the last line, which is no success any more.
  "restore-1.3.10-zip-name-success-end": {
    ...{ exit: 0, conclusion: "after", problems: ["unfinished"], evidence: "Finished building Kubernetes cluster" },
  },
  "restore-1.3.13-rc4-success-end": { exit: 0, conclusion: "success", evidence: "Finished restoring snapshot [" },
  "restore-1.4.0-state-extract-start": { exit: null, conclusion: "before" },
  "restore-1.4.13-distroless-after-wipe": {
    exit: null,
    conclusion: "after",
    evidence: "Starting container [etcd-rest",
  },
  "restore-1.4.14-rc2-success-end": { exit: 0, conclusion: "success", evidence: "Finished restoring snapshot [" },
  "restore-embedded-2019-dropped-host-start": {
    ...{ exit: null, conclusion: "dropped", problems: ["unreachable"], left: ["198.18.0.51"] },
  },
  "restore-embedded-2019-provisioning-incomplete": {
    exit: null,
    conclusion: "dropped",
    problems: ["skipped"],
    left: ["node1", "node2", "node3"],
  },

  "up-0.1.8-rc11-addon-warn": {
    ...{ exit: 0, conclusion: "not clean", problems: ["addon"], finished: true },
    evidence: "[addons] Successfully Saved addon to Kubernetes ConfigMap",
  },
  "up-0.2.0-rolling-snapshots-fata": { exit: 1, conclusion: "failed", problems: ["fatal"] },
  "up-0.2.x-only-host-unreachable-fata": {
    exit: 1,
    conclusion: "dropped",
    problems: ["unreachable", "fatal"],
    left: ["198.18.0.1"],
    hosts: ["198.18.0.1"],
  },
  "up-1.1.2-addon-job-fata": { exit: 1, conclusion: "failed", problems: ["fatal"] },
  "up-1.3.12-remove-node-success": {
    exit: 0,
    conclusion: "success",
    hosts: ["198.18.0.65", "198.18.0.66", "198.18.0.67"],
    evidence: "[network] No hosts added",
  },
  "up-1.3.12-remove-node-etcd-unhealthy-fata": {
    exit: 1,
    conclusion: "failed",
    problems: ["fatal"],
    evidence: "[network] No hosts added",
  },
  "up-1.3.12-add-node-etcd-unhealthy-fata": {
    exit: 1,
    conclusion: "failed",
    problems: ["fatal"],
    evidence: "[network]",
  },
  "up-1.6.2-docker-version-fata": { exit: 1, conclusion: "failed", problems: ["fatal"] },
  "up-1.6.2-dropped-host-exit0": {
    exit: 0,
    conclusion: "dropped",
    problems: ["unreachable"],
    left: ["198.18.0.17"],
    hosts: ["198.18.0.38", "198.18.0.17", "198.18.0.241"],
    evidence: "Finding container [cluster-state-deployer]",
    finished: true,
  },

  "save-0.1.7-success": { exit: 0, conclusion: "success" },
  "save-0.1.9-docker-wait-50s-fata": { exit: 1, conclusion: "failed", problems: ["fatal"] },
  "save-0.1.11-docker-wait-50s-fata": { exit: 1, conclusion: "failed", problems: ["fatal"] },
  "save-1.1.2-success": { exit: 0, conclusion: "success" },
  "save-1.3.10-success-ends": { exit: 0, conclusion: "success" },
  "save-1.3.12-success": { exit: 0, conclusion: "success" },
  "save-1.3.14-panic": { exit: 2, conclusion: "failed", problems: ["panic"], finished: true },
  "save-1.4.1-panic": { exit: 2, conclusion: "failed", problems: ["panic"], finished: true },
  "save-embedded-2019-two-hosts-dropped-start": {
    ...{ exit: null, conclusion: "dropped", problems: ["unreachable"], left: ["node1", "node2"] },
  },
};

const purposeOf = (name: string) => /^(restore|up|save)-/.exec(name)?.[1] as RkePurpose;
const textOf = (name: string) => readFileSync(join(FOLDER, `${name}.log`), "utf8");
const hostsOf = ({ hosts = [] }: Expected) =>
  hosts.map((address): LogHost => ({ address, roles: ["controlplane", "etcd", "worker"] }));

const evidenceOf = ({ wipe, changes }: LogFacts) => (wipe ?? changes)?.line;

function conclude({ succeeded, finished, problems, flaws, wipe }: LogFacts, purpose: RkePurpose): Conclusion {
  if (problems.some((finding) => weightOf(finding) === "dropped")) return "dropped";
  if (succeeded && flaws.length === 0) return "success";
  if (finished && problems.every((finding) => weightOf(finding) === "repeat")) return "not clean";
  return purpose === "restore" ? (wipe ? "after" : "before") : "failed";
}

test("the index has every log", () => {
  const files = readdirSync(FOLDER).filter((file) => file.endsWith(".log"));
  expect(Object.keys(INDEX).toSorted()).toEqual(files.map((file) => file.replace(/\.log$/, "")).toSorted());
});

describe.each(Object.entries(INDEX))("%s", (name, expected) => {
  const purpose = purposeOf(name);
  const facts = readLog(textOf(name), purpose, expected.exit, hostsOf(expected));

  test(`is a ${purpose} that is concluded as: ${expected.conclusion}`, () => {
    expect(conclude(facts, purpose)).toBe(expected.conclusion);
    const finished = expected.finished ?? expected.conclusion === "success";
    expect(facts.finished).toBe(finished);
    expect(facts.succeeded).toBe(expected.conclusion === "success");
  });

  test("shows the wipe or the first change by the line that came first, or none", () => {
    const { evidence } = expected;
    expect(evidenceOf(facts)?.slice(0, evidence?.length)).toBe(evidence);
  });

  test("names what went wrong, once each", () => {
    const { problems = expected.exit === null ? ["exit"] : [], left = [] } = expected;
    expect([...new Set(facts.problems.map(({ kind }) => kind))]).toEqual(problems);
    expect(facts.flaws).toEqual([]);
    const dropped = facts.problems.filter((finding) => weightOf(finding) === "dropped").map(({ host }) => host);
    expect(dropped.toSorted()).toEqual(left);
  });

  test("has no secret, so that nothing of it is redacted", () => {
    expect(redact(textOf(name))).toBe(textOf(name));
  });

  test("is read the same in pieces as it grows, and where it stops nothing is taken back", () => {
    const reader = new LogReader(purpose, hostsOf(expected));
    const grown = textOf(name)
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        reader.take(line);
        return reader.end(null);
      });
    const shown = grown.map(evidenceOf);
    // Where no line shows anything, the last one is looked at.
    expect([...new Set(shown.slice(shown.findIndex(Boolean)))]).toEqual([evidenceOf(facts)]);
    const warnings = grown.map((part) => part.warnings);
    expect(warnings).toEqual(warnings.toSorted((one, other) => one - other));
    expect(warnings.at(-1)).toBe(facts.warnings);
  });
});
