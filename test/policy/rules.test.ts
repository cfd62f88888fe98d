import { describe, expect, test } from "vitest";
import { consentFor } from "../../cluster/history/restores.ts";
import { RULES, type SeenResource } from "../../policy/rules.ts";

const COMMAND = "command:local:Command";
const step = (name: string, type = COMMAND): SeenResource => ({ type, name, props: {}, opts: { protect: false } });
const restore = step("etcd-restore");
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
    expect(violations(restore, accepted)).toEqual([]);
    expect(violations(restore, { ...accepted, snapshot: "base.zip", safetyCopy: "required" })).toEqual([]);
  });

  test("let the consent to the very restore that is due go, and no other one", () => {
    for (const run of [1, 2, 3]) {
      for (const confirmed of [1, 2, 3]) {
        const acceptDataLossOf = consentFor({ snapshot: "base", run: confirmed });
        const found = violations(restore, { snapshot: "base", run: String(run), acceptDataLossOf });
        expect(found, `run ${run}, ${acceptDataLossOf}`).toHaveLength(run === confirmed ? 0 : 1);
      }
    }
    const typed = { snapshot: "base.zip", run: "2", acceptDataLossOf: "base.zip#2" };
    expect(violations(restore, typed)).toEqual([]);
  });

  test.each([{ snapshot: "base" }, { snapshot: "base", acceptDataLossOf: "other" }, {}])(
    "stop a restore that is not confirmed, by %j",
    (settings: Record<string, string>) => {
      expect(violations(restore, settings)).toEqual([expect.stringContaining("is not confirmed")]);
    },
  );

  test("say what confirms the restore", () => {
    expect(violations(restore, { snapshot: "base", run: "2" })).toEqual([
      "the restore of base is not confirmed: acceptDataLossOf must be base#2",
    ]);
  });

  test("let a preview go without consent", () => {
    expect(violations(restore, { snapshot: "base" }, true)).toEqual([]);
  });

  test("stop a rollback that trusts unknown host keys, at the first step that logs in to a node", () => {
    expect(violations(step("lock"), { allowUnknownHostKeys: "true" })).toEqual([
      expect.stringContaining("host keys that are not known"),
    ]);
    expect(violations(step("lock"), { allowUnknownHostKeys: "false" })).toEqual([]);
    expect(violations(step("lock"))).toEqual([]);
  });

  test("speak of a step once, though its component has its name, too", () => {
    const settings = { allowUnknownHostKeys: "true", safetyCopy: "skip" };
    for (const name of ["lock", "etcd-restore"]) {
      expect(violations(step(name, "rancher-rollback:index:EtcdRestore"), settings)).toEqual([]);
    }
  });

  test("stop a restore without a safety copy", () => {
    expect(violations(restore, { ...accepted, safetyCopy: "skip" }).join()).toContain("without a safety copy");
  });

  test("let a machine go as the program makes it", () => {
    expect(violations(machine())).toEqual([]);
  });

  test.each([
    ["unprotected", machine({}, false), "is not protected"],
    ["with a plain disk", machine({ rootBlockDevice: {} }), "is not encrypted"],
    ["without a disk of its own settings", machine({ rootBlockDevice: undefined }), "is not encrypted"],
    ["that gives its credentials to anyone", machine({ metadataOptions: { httpTokens: "optional" } }), "IMDSv1"],
  ])("stop a machine %s", (_, resource, told) => {
    expect(violations(resource)).toEqual([expect.stringContaining(told)]);
  });

  test("have nothing to say of other steps", () => {
    expect(violations(step("rke-up"), { allowUnknownHostKeys: "true", safetyCopy: "skip" })).toEqual([]);
  });
});
