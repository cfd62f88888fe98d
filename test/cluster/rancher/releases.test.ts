import { describe, expect, test } from "vitest";
import {
  hasVersionRoute,
  lockKind,
  mayCallItself,
  namesVersion,
  refutesVersion,
  uiRefutes,
  versionsWithUi,
} from "../../../cluster/rancher/releases.ts";

describe("the UI's version", () => {
  test.each([
    ["2.0.77", "v2.0.16"],
    ["2.0.80", "v2.1.0"],
    ["2.6.0", "v2.5.8"],
    ["2.5.9", "v2.4.18"],
  ])("%s refutes that %s runs", (ui, wanted) => {
    expect(uiRefutes(ui, wanted)).toBe(true);
  });

  test.each([
    ["2.0.67", "v2.0.8", "it carries this UI"],
    ["2.0.67", "v2.0.7", "it carries this UI"],
    ["2.6.5", "v2.6.6", "it carries this UI"],
    ["2.0.77", "v2.1.0", "it carries a UI that looks like one of the 2.0 line"],
    ["2.5.9", "v2.5.8", "another patch"],
    ["2.6.99", "v2.6.14", "an unknown UI"],
    ["2.5.9", "v2.5.99", "an unknown patch of a known minor version"],
    ["2.6.13", "v2.7.0", "a version that answers /rancherversion"],
    ["2.6.13", "v3.0.0", "an unknown version"],
  ])("%s does not refute that %s runs: %s", (ui, wanted) => {
    expect(uiRefutes(ui, wanted)).toBe(false);
  });

  test("names the Rancher versions that carry it", () => {
    expect(versionsWithUi("2.5.6")).toEqual(["v2.5.6", "v2.5.7"]);
    expect(versionsWithUi("2.0.77")).toEqual(["v2.1.0"]);
    expect(versionsWithUi("9.9.9")).toEqual([]);
  });
});

test.each([
  ["v2.6.14", false],
  ["v2.7.0-rc3", true],
  ["v2.7.0", true],
  ["v2.12.12", true],
  ["v2.0.8", false],
])("%s answers /rancherversion: %s", (version, has) => {
  expect(hasVersionRoute(version)).toBe(has);
});

test.each([
  ["v2.0.0", "ConfigMap"],
  ["v2.6.6", "ConfigMap"],
  ["v2.6.7", "ConfigMap"],
  ["v2.8.2", "ConfigMap"],
  ["v2.8.3", "Lease"],
  ["v2.12.0", "Lease"],
])("%s keeps its leader lock in a %s", (version, kind) => {
  expect(lockKind(version)).toBe(kind);
});

test.each([
  ["v2.5.8-corp1", "v2.5.8"],
  ["v2.5.8-hotfix-1.corp", "v2.5.8-hotfix-1"],
  ["v2.5.8-hotfix-1.corp", "v2.5.8"],
  ["v2.5.8-corp1", "v2.5.8-corp1"],
  ["v2.7.0-rc3", "v2.7.0-rc3"],
])("an image with the tag %s may call itself %s", (tag, version) => {
  expect(mayCallItself(tag, version)).toBe(true);
});
test.each([
  ["v2.5.8-corp1", "v2.5.9"],
  ["v2.5.81-corp1", "v2.5.8"],
  ["v2.5.8-corp10", "v2.5.8-corp1"],
  ["v2.5.8-corp1", "v2.5"],
  ["v2.5.8-corp1", ""],
  ["v2.5.8", "v2.5.8-corp1"],
  // A candidate calls itself one, and is another Rancher than its release.
  ["v2.7.0-rc3", "v2.7.0"],
  ["v2.7.0-alpha1", "v2.7.0"],
])("an image with the tag %s does not call itself %s", (tag, version) => {
  expect(mayCallItself(tag, version)).toBe(false);
});

test.each([
  ["v2.6.0", "v2.5.8", true],
  ["v2.5.9", "v2.5.8", true],
  ["v2.7.0", "v2.7.0-rc3", true],
  ["v2.5.8", "v2.5.8", false],
  ["v2.5.8-corp1", "v2.5.8", false],
  ["v2.5.8", "v2.5.8-corp1", false],
  ["v1.0.3", "v2.5.8", false],
  ["prod", "v2.5.8", false],
  ["v2.6.0", "dev", false],
  ["prod", "dev", false],
])("that an image has the tag %s refutes that it calls itself %s: %s", (tag, version, expected) => {
  expect(refutesVersion(tag, version)).toBe(expected);
});

test.each(["v2.5.8", "v2.0.8", "v2.7.0-rc3", "v2.5.8-rancher1"])("%s names a version", (tag) => {
  expect(namesVersion(tag)).toBe(true);
});
test.each(["latest", "stable", "v2.6-head", "v2.6-1a2b3c-head", "master-head", "v2", "2.5.8"])(
  "%s names none",
  (tag) => {
    expect(namesVersion(tag)).toBe(false);
  },
);
