import { expect, test } from "vitest";
import { unwantedKubernetes, writeVersion } from "../../../cluster/preflight/defaultKubernetes.ts";
import { RKE } from "../../support/settings.ts";

const NOT_KNOWN = "; where RKE v1.8.0 calls that version unsupported, set rkePath to the RKE that ran last";
const [HAS, OTHER] = ["v1.20.15-rancher2-2", "v1.32.2-rancher1-1"];

test("a default of RKE that the cluster does not have is refused, with the line to write", () => {
  expect(unwantedKubernetes({ rke: RKE, byDefault: OTHER, has: HAS })).toEqual([
    {
      check: "kubernetes-default",
      message: `the cluster has Kubernetes ${HAS}, but the cluster file names none, and RKE v1.8.0 would install its own default, ${OTHER}`,
      remedy: `write into the cluster file: kubernetes_version: ${HAS}${NOT_KNOWN}`,
    },
  ]);
  // RKE has changed what it deploys for that release.
  expect(unwantedKubernetes({ rke: RKE, byDefault: "v1.20.15-rancher2-1", has: HAS })).toHaveLength(1);
  // By what the API says the rancher number is not known.
  expect(unwantedKubernetes({ rke: RKE, byDefault: OTHER, has: "v1.20.15" })).toHaveLength(1);
});

test("the line to write has the snapshot's version beside it where that is another one", () => {
  const remedyFor = (holds: string) => unwantedKubernetes({ rke: RKE, byDefault: OTHER, has: HAS, holds })[0]?.remedy;
  expect(remedyFor("v1.19.16-rancher1-1")).toBe(
    `write into the cluster file: kubernetes_version: ${HAS}; or, where the snapshot's is meant, v1.19.16-rancher1-1${NOT_KNOWN}`,
  );
  expect(remedyFor("v1.20.15")).toBe(`write into the cluster file: kubernetes_version: ${HAS}${NOT_KNOWN}`);
});

test.each([
  { byDefault: HAS, has: HAS },
  { byDefault: HAS, has: "v1.20.15" },
  { byDefault: OTHER, has: HAS, written: OTHER },
  { has: HAS },
  { byDefault: OTHER },
])("nothing is refused where that is the same, written, or not known: %j", (facts) => {
  expect(unwantedKubernetes({ rke: RKE, ...facts })).toEqual([]);
});

test("the line to write has the rancher number where it is known", () => {
  expect(writeVersion(HAS)).toBe(`write into the cluster file: kubernetes_version: ${HAS}`);
  expect(writeVersion("v1.20.15")).toMatch(/the cluster has, v1\.20\.15: kubernetes_version, with the rancher number/);
  expect(writeVersion(undefined)).toMatch(/the version that the cluster has: kubernetes_version/);
});
