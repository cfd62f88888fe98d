import { describe, expect, test } from "vitest";
import { RULES, type SeenResource } from "../../policy/rules.ts";

const COMMAND = "command:local:Command";
const restore = (create = "node main.ts rke"): SeenResource => ({
  ...{ type: COMMAND, name: "etcd-restore", props: { create }, opts: { protect: false } },
});
const machine = (changes: object = {}, protect = true): SeenResource => ({
  type: "aws:ec2/instance:Instance",
  name: "node4",
  props: { rootBlockDevice: { encrypted: true }, metadataOptions: { httpTokens: "required" }, ...changes },
  opts: { protect },
});

function violations(resource: SeenResource, settings: Record<string, string> = {}, isPreview = false): string[] {
  return RULES.flatMap((rule) => rule.violations(resource, { isPreview, setting: (key) => settings[key] }));
}

describe("the policies", () => {
  const accepted = { snapshot: "base", acceptDataLossOf: "base" };

  test("let a confirmed restore with known hosts and a safety copy go", () => {
    expect(violations(restore(), accepted)).toEqual([]);
    expect(violations(restore(), { ...accepted, snapshot: "base.zip", safetyCopy: "required" })).toEqual([]);
  });

  test.each([{ snapshot: "base" }, { snapshot: "base", acceptDataLossOf: "other" }, {}])(
    "stop a restore that is not confirmed, by %j",
    (settings: Record<string, string>) => {
      expect(violations(restore(), settings).join()).toContain("is not confirmed");
    },
  );

  test("let a preview go without the word", () => {
    expect(violations(restore(), { snapshot: "base" }, true)).toEqual([]);
  });

  test("stop a step that takes unknown host keys", () => {
    expect(violations(restore("node main.ts rke --allow-unknown-host-keys"), accepted).join()).toContain("host keys");
  });

  test("stop a restore without a safety copy", () => {
    expect(violations(restore(), { ...accepted, safetyCopy: "skip" }).join()).toContain("without a safety copy");
  });

  test("let a machine go as the program makes it", () => {
    expect(violations(machine())).toEqual([]);
  });

  test.each([
    ["unprotected", machine({}, false), "is not protected"],
    ["with a plain disk", machine({ rootBlockDevice: {} }), "is not encrypted"],
    ["without a disk of its own words", machine({ rootBlockDevice: undefined }), "is not encrypted"],
    ["that gives its credentials to anyone", machine({ metadataOptions: { httpTokens: "optional" } }), "IMDSv1"],
  ])("stop a machine %s", (_, resource, told) => {
    expect(violations(resource)).toEqual([expect.stringContaining(told)]);
  });

  test("have nothing to say of other steps", () => {
    expect(violations({ ...restore(), name: "rke-up" })).toEqual([]);
  });
});
