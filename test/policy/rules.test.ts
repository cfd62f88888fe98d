import { describe, expect, test } from "vitest";
import { consentFor } from "../../cluster/history/restores.ts";
import { LOCK, RESTORE, typeToken } from "../../messages/steps.ts";
import { RULES, type SeenResource } from "../../policy/rules.ts";

const COMMAND = "command:local:Command";
const restore: SeenResource = { type: COMMAND, name: RESTORE, props: {}, opts: { protect: false } };
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

  test("let a confirmed restore with known hosts and a safety copy pass", () => {
    expect(violations(restore, accepted)).toEqual([]);
    const spelledOut = { safetyCopy: "required", allowUnknownHostKeys: "false", run: "1" };
    expect(violations(restore, { ...accepted, ...spelledOut })).toEqual([]);
  });

  test.each([
    ["base.zip", "base"],
    ["base", "base.zip"],
    ["base.zip", "base.ZIP"],
    ["base.zip", "base.zip.zip"],
  ])("take the snapshot %s for confirmed by %s", (snapshot, acceptDataLossOf) => {
    expect(violations(restore, { snapshot, acceptDataLossOf })).toEqual([]);
  });

  test.each(["1", "2", "10"])("ask for the same confirmation of run %s as the program does", (run) => {
    const consent = consentFor({ snapshot: "base", run: Number(run) });
    expect(violations(restore, { snapshot: "base", run, acceptDataLossOf: consent })).toEqual([]);
    expect(violations(restore, { snapshot: "base.zip", run, acceptDataLossOf: consent })).toEqual([]);
    expect(violations(restore, { snapshot: "base", run })).toEqual([
      `the restore of base is not confirmed: acceptDataLossOf must be ${consent}`,
    ]);
  });

  test("take a second run for confirmed by the snapshot as it was typed", () => {
    expect(violations(restore, { snapshot: "base.zip", run: "2", acceptDataLossOf: "base.zip#2" })).toEqual([]);
  });

  test.each<Record<string, string>>([
    { snapshot: "base" },
    { snapshot: "base", acceptDataLossOf: "other" },
    { snapshot: "base", run: "2", acceptDataLossOf: "base" },
    { snapshot: "base", run: "3", acceptDataLossOf: "base#2" },
    { snapshot: "base", acceptDataLossOf: "base#2" },
    {},
  ])("stop a restore that is not confirmed, by %j", (settings) => {
    expect(violations(restore, settings)).toEqual([expect.stringContaining("is not confirmed")]);
  });

  test("let a preview pass that is not confirmed", () => {
    expect(violations(restore, { snapshot: "base" }, true)).toEqual([]);
  });

  test.each([true, false])("stop every step that accepts unknown host keys, in a preview too (%s)", (isPreview) => {
    const settings = { ...accepted, allowUnknownHostKeys: "true" };
    for (const name of [LOCK, RESTORE, "restart"]) {
      expect(violations({ ...restore, name }, settings, isPreview)).toEqual([
        `${name} accepts unknown host keys: set allowUnknownHostKeys to false`,
      ]);
    }
    expect(violations(machine(), settings, isPreview)).toEqual([]);
  });

  describe("of a component in another program", () => {
    const component = (props: object, name = "prod"): SeenResource => ({
      ...{ type: typeToken("RancherRollback"), name },
      ...{ props: { ...props }, opts: { protect: false } },
    });
    const confirmed = { snapshot: "base", acceptDataLossOf: "base" };

    test("let one pass that is confirmed, whatever the stack's config has", () => {
      expect(violations(component(confirmed))).toEqual([]);
      expect(violations(component({ ...confirmed, run: 2, acceptDataLossOf: "base#2" }))).toEqual([]);
      expect(violations(component({ ...confirmed, safetyCopy: "", allowUnknownHostKeys: false }))).toEqual([]);
    });

    test.each([
      [{ snapshot: "base" }, "the restore of base is not confirmed: acceptDataLossOf must be base"],
      [{ ...confirmed, run: 2 }, "the restore of base is not confirmed: acceptDataLossOf must be base#2"],
      [{ ...confirmed, safetyCopy: "skip" }, "the restore goes without a safety copy"],
      [{ ...confirmed, allowUnknownHostKeys: true }, "prod accepts unknown host keys"],
    ])("stop one with the arguments %j", (props, violation) => {
      expect(violations(component(props))).toEqual([expect.stringContaining(violation)]);
    });

    test("let one be previewed that is not confirmed", () => {
      expect(violations(component({ snapshot: "base" }), {}, true)).toEqual([]);
    });

    test("have nothing to say of what holds its steps, nor of those", () => {
      expect(violations(component({}, "prod-steps"))).toEqual([]);
      expect(violations({ ...restore, name: `prod-${RESTORE}` })).toEqual([]);
    });
  });

  test("speak of a restore once, though the component around its step has the same name", () => {
    const component = { ...restore, type: typeToken("EtcdRestore") };
    expect(violations(component, { safetyCopy: "skip", allowUnknownHostKeys: "true" })).toEqual([]);
  });

  test("stop a restore without a safety copy", () => {
    expect(violations(restore, { ...accepted, safetyCopy: "skip" }).join()).toContain("without a safety copy");
  });

  test("let a machine pass as the program makes it", () => {
    expect(violations(machine())).toEqual([]);
  });

  test.each([
    ["unprotected", machine({}, false), "is not protected"],
    ["with a plain disk", machine({ rootBlockDevice: {} }), "is not encrypted"],
    ["without a disk of its own", machine({ rootBlockDevice: undefined }), "is not encrypted"],
    ["that gives its credentials to anyone", machine({ metadataOptions: { httpTokens: "optional" } }), "IMDSv1"],
  ])("stop a machine %s", (_, resource, violation) => {
    expect(violations(resource)).toEqual([expect.stringContaining(violation)]);
  });

  test("have nothing to say of other steps", () => {
    expect(violations({ ...restore, name: "rke-up" })).toEqual([]);
  });
});
