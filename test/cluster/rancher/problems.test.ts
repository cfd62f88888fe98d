import { describe, expect, test } from "vitest";
import type { AnswerFailure, RancherAnswer } from "../../../cluster/rancher/answer.ts";
import { rancherEvidence } from "../../../cluster/rancher/evidence.ts";
import type { RancherFacts, WantedRancher } from "../../../cluster/rancher/facts.ts";
import { answeringInWords, notLeading, rancherProblems, troubleProblem } from "../../../cluster/rancher/problems.ts";
import { WANTED } from "../../support/rancher.ts";

const START = Date.parse("2026-11-23T15:00:00Z");

function good(changes: Partial<RancherFacts> = {}): RancherFacts {
  return {
    runs: {
      image: WANTED.image,
      rolledOut: true,
      state: "1 of 1 replicas updated, 1 available",
      pods: [{ name: "cattle-1", node: "node1", image: WANTED.image, imageId: "docker://sha256:12", startedAt: START }],
    },
    answers: [{ ui: "2.5.8" }, { ui: "2.5.8" }],
    settings: ["v2.5.8", "v2.5.8"],
    lock: [4, 6].map((seconds) => ({ holder: "cattle-1", renewedAt: START + seconds * 1000 })),
    ...changes,
  };
}

const problems = (changes: Partial<RancherFacts> = {}, wanted: Partial<WantedRancher> = {}) =>
  rancherProblems(good(changes), { ...WANTED, ...wanted }, ["node1"]).map(({ message }) => message);
const runs = (changes: object) => ({ runs: { ...good().runs, ...changes } as RancherFacts["runs"] });

describe("Rancher", () => {
  test("is as wanted when everything says so", () => {
    expect(problems()).toEqual([]);
    expect(notLeading(good(), WANTED)).toBeUndefined();
  });

  test.each<[string, Partial<RancherFacts>]>([
    ["Deployment cattle-system/cattle cannot be read: refused", { runs: { error: "refused" } }],
    [
      "Deployment cattle-system/cattle asks for rancher/rancher:v2.6.0, not rancher/rancher:v2.5.8",
      runs({ image: "rancher/rancher:v2.6.0" }),
    ],
    [
      "Deployment cattle-system/cattle is not rolled out: 0 of 1 replicas updated",
      runs({ rolledOut: false, state: "0 of 1 replicas updated" }),
    ],
    [
      "Deployment cattle-system/cattle still has pods on node8, node9, which is gone",
      runs({ pods: ["node9", "node1", "node8", "node9"].map((node) => ({ name: "cattle-1", node })) }),
    ],
    [
      "the pods of Deployment cattle-system/cattle run different images under one tag: docker://a, docker://b",
      runs({ pods: ["docker://a", "docker://b"].map((imageId) => ({ name: "c", image: WANTED.image, imageId })) }),
    ],
    ["Rancher answers with v2.6.0, not v2.5.8", { answers: [{ ui: "2.5.8" }, { ui: "2.6.0" }] }],
    ["Rancher answers with v2.7.0, not v2.5.8", { answers: [{ ui: "2.7.0", version: "v2.7.0" }] }],
    [
      "Rancher: https://rancher.example.com/ping answers with HTTP 503: no Rancher pod behind it is ready",
      { answers: [{ trouble: { path: "/ping", kind: "status", status: 503, isDefaultBackend: false } }] },
    ],
    ["the setting server-version cannot be read: HTTP 403: forbidden", { settings: { error: "HTTP 403: forbidden" } }],
    ["the setting server-version is missing: no Rancher has started on this data", { settings: ["", ""] }],
    [
      "the setting server-version is v2.6.0, not v2.5.8: that version has started last",
      { settings: ["v2.5.8", "v2.6.0"] },
    ],
  ])("is not as wanted: %s", (problem, changes) => {
    expect(problems(changes)).toEqual([problem]);
  });

  test("gets one line when it does not answer several times, and one when the Kubernetes API does not answer", () => {
    const trouble: AnswerFailure = { path: "/ping", kind: "no-answer", reason: "refused", isUntrusted: false };
    const silent = { runs: { error: "refused" }, settings: { error: "refused" }, lock: { error: "refused" } };
    expect(problems({ ...silent, answers: [{ trouble }, { trouble }, { trouble }] })).toEqual([
      "Deployment cattle-system/cattle cannot be read: refused",
      "Rancher: https://rancher.example.com does not answer: refused",
    ]);
  });

  test.each<[string, RancherAnswer, string[]]>([
    ["v2.0.8", { ui: "2.0.67" }, []],
    ["v2.1.0", { ui: "2.0.77" }, []],
    ["v2.0.16", { ui: "2.0.77" }, ["Rancher answers with v2.1.0, not v2.0.16"]],
    ["v2.4.18", { ui: "2.5.16" }, ["Rancher answers with v2.5.16 or v2.5.17, not v2.4.18"]],
    // The Deployment and the setting recognize another patch.
    ["v2.5.8", { ui: "2.5.9" }, []],
    ["v2.5.8", {}, []],
    ["v2.7.0", { version: "v2.7.0", ui: "2.7.0" }, []],
    ["v2.7.0", { version: "v2.7.1", ui: "2.7.0" }, ["Rancher answers with v2.7.1, not v2.7.0"]],
    ["v2.7.0", { ui: "2.6.9", lacksVersionRoute: true }, ["Rancher answers with a version before v2.7.0, not v2.7.0"]],
    ["v2.7.0", { ui: "2.6.9" }, []],
    ["v2.7.0-corp1", { version: "v2.7.0" }, []],
    ["v2.7.0-corp1", { version: "v2.7.1" }, ["Rancher answers with v2.7.1, not v2.7.0-corp1"]],
  ])("that should be %s and answers %j: %j", (version, answer, expected) => {
    expect(problems({ answers: [answer], settings: [version, version] }, { version })).toEqual(expected);
  });
});

test("an image with a tag of one's own still calls itself by its release", () => {
  const own = { image: "registry.local/rancher:v2.5.8-corp1", version: "v2.5.8-corp1" };
  expect(problems(runs({ image: own.image }), own)).toEqual([]);
  expect(problems({ ...runs({ image: own.image }), settings: ["v2.5.9", "v2.5.9"] }, own)).toEqual([
    "the setting server-version is v2.5.9, not v2.5.8-corp1: that version has started last",
  ]);
});

describe("a Rancher that serves and does not lead", () => {
  const held = (holder: string) => [1, 2].map((at) => ({ holder, renewedAt: START + at * 1000 }));
  test.each<[string, Partial<RancherFacts>]>([
    ["the lock kube-system/cattle-controllers has no holder", { lock: [undefined, undefined] }],
    [
      "the lock kube-system/cattle-controllers is held by cattle-9, which is not one of its pods",
      { lock: held("cattle-9") },
    ],
    [
      "its pod cattle-1 holds the lock kube-system/cattle-controllers, but has not renewed it",
      { lock: held("cattle-1").slice(1) },
    ],
    ["the lock kube-system/cattle-controllers cannot be read: HTTP 403", { lock: { error: "HTTP 403" } }],
  ])("is no problem yet: %s", (reason, changes) => {
    expect(problems(changes)).toEqual([]);
    expect(notLeading(good(changes), WANTED)?.message).toBe(
      `Rancher v2.5.8 does not lead yet: ${reason}. After a restore this takes up to a minute`,
    );
  });

  test("does not lead by a pod of another version", () => {
    const pods = [{ name: "cattle-1", image: "rancher/rancher:v2.6.0", startedAt: START }];
    expect(notLeading(good(runs({ pods })), WANTED)?.message).toContain(
      "held by cattle-1, which is not one of its pods",
    );
  });
});

test("the evidence names what runs, what answers and who leads, each by its source", () => {
  expect(rancherEvidence(good(), WANTED)).toEqual({
    runs: "rancher/rancher:v2.5.8",
    answers: { versions: ["v2.5.8"], sources: ["version-txt", "server-version"] },
    leads: "cattle-1",
  });
});

test.each([
  [["v2.7.0"], ["rancherversion"], "answers with v2.7.0 (by /rancherversion)"],
  [
    ["v2.5.7"],
    ["version-txt", "server-version"],
    "answers with v2.5.7 (by /VERSION.txt and the setting server-version)",
  ],
  [["v2.5.6", "v2.5.7"], ["version-txt"], "answers with v2.5.6 or v2.5.7 (by /VERSION.txt)"],
  [[], [], "answers, but nothing shows its version"],
] as const)("%j by %j is: %s", (versions, sources, words) => {
  expect(answeringInWords({ versions: [...versions], sources: [...sources] })).toBe(words);
});

test.each<[AnswerFailure, string, string]>([
  [
    {
      ...{ path: "/v3/settings/cacerts", kind: "redirect", status: 302, toItself: true },
      location: "https://rancher.example.com/v3/settings/cacerts",
    },
    "https://rancher.example.com/v3/settings/cacerts redirects to itself (HTTP 302): a load balancer ends TLS, and Rancher takes the request for plain http",
    'set use-forwarded-headers: "true" under ingress.options in the cluster file',
  ],
  [
    { path: "/ping", kind: "redirect", status: 308, toItself: false, location: "https://other.example.com/ping" },
    "https://rancher.example.com/ping redirects to https://other.example.com/ping (HTTP 308)",
    "set rancherUrl to the address that answers itself",
  ],
  [
    { path: "/ping", kind: "status", status: 404, isDefaultBackend: true },
    "https://rancher.example.com/ping answers with HTTP 404 of the Ingress' default backend: no Ingress has this name",
    "set rancherUrl to Rancher's own hostname",
  ],
  [
    { path: "/ping", kind: "status", status: 404, isDefaultBackend: false },
    "https://rancher.example.com/ping answers with HTTP 404",
    "look at it: curl -v https://rancher.example.com/ping",
  ],
  [
    { path: "/ping", kind: "other-body" },
    "https://rancher.example.com/ping answers, but not as Rancher does",
    "look at it: curl -v https://rancher.example.com/ping",
  ],
  [
    { path: "/ping", kind: "no-answer", reason: "self-signed certificate", isUntrusted: true },
    "https://rancher.example.com has a certificate signed by a CA that this machine does not trust (self-signed certificate)",
    "set rancherCaFile; Rancher's own CA is its setting cacerts: kubectl get settings.management.cattle.io cacerts -o jsonpath={.value}",
  ],
])("%j has its remedy", (trouble, message, remedy) => {
  expect(troubleProblem(WANTED, trouble)).toEqual({ message, remedy });
});
