import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { withSettings, writtenSettings } from "../../cli/stackConfig.ts";

const FILE = `# the stack of prod
config:
  # taken on Sunday
  rancher-rollback:snapshot: base # the good one
  rancher-rollback:rancherVersion: v2.5.8
encryptionsalt: v1:abc
`;

describe("a stack's config", () => {
  test("takes a setting and keeps its comments, its order and everything else", () => {
    expect(withSettings(FILE, { snapshot: "safety-1" })).toBe(FILE.replace("base", "safety-1"));
  });

  test("is made where there is none", () => {
    expect(parse(withSettings("", { snapshot: "base" }))).toEqual({ config: { "rancher-rollback:snapshot": "base" } });
  });

  test("takes a list as a list, a number as text, and another namespace as it is", () => {
    const settings = { replacements: "[{unresponsive: 3.3.3.3, kind: existing}]", run: "2", "aws:region": "eu-1" };
    expect(parse(withSettings("", settings)).config).toEqual({
      "rancher-rollback:replacements": [{ unresponsive: "3.3.3.3", kind: "existing" }],
      "rancher-rollback:run": "2",
      "aws:region": "eu-1",
    });
  });
});

test("what a stack's file has is read as text: a list as JSON, of a secret no value, and empty ones not at all", () => {
  const text = `config:
  rancher-rollback:run: 3
  rancher-rollback:acceptHazardsOf: [edge]
  rancher-rollback:snapshotSource: {secure: "v1:x"}
  rancher-rollback:snapshotSha256: ""
  aws:region: eu-1
`;
  expect(writtenSettings(text)).toEqual({ run: "3", acceptHazardsOf: '["edge"]', snapshotSource: "[secret]" });
  expect(writtenSettings("")).toEqual({});
});

describe("--config", () => {
  test.each([
    [
      "snapshotSourc",
      "snapshotSourc is not a setting. Nothing was done. Did you mean snapshotSource? If not, leave out",
    ],
    ["rancher-rollback:xyz", "xyz is not a setting. Nothing was done. Leave out the option --config xyz"],
    ["constructor", "constructor is not a setting"],
  ])("of an unknown setting, %s, is to be left out: the stack's file does not have it", (key, message) => {
    expect(() => withSettings(FILE, { [key]: "1" })).toThrow(message);
  });
});
