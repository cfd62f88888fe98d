import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test, vi } from "vitest";
import { RancherRollback } from "../../component.ts";
import { provider } from "../../plugin/provider.ts";
import { program, tempFolder } from "../support/folder.ts";
import { complete } from "../support/givenSettings.ts";
import { recordProgram } from "../support/rollback.ts";

const TYPE = "rancher-rollback:index:RancherRollback";
const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../plugin/schema.json"), "utf8"));

describe("the plugin for other languages", () => {
  test("makes the component, with the outputs that the schema promises", async () => {
    let state: Record<string, pulumi.Output<string>> = {};
    const resources = await recordProgram(() => {
      void provider.construct?.("prod", TYPE, complete().given, {}).then((made) => {
        state = made.state;
      });
    });
    expect([...resources.keys()]).toContain("prod-etcd-restore");
    expect(Object.keys(state).sort()).toEqual(Object.keys(schema.resources[TYPE].properties).sort());
  });

  test("logs what the arguments lead to as warnings of the component, with what to do about it", async () => {
    const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
    const rkePath = program(join(tempFolder(), "rke"), 'echo "rke version v0.1.18"');
    await recordProgram(() => void provider.construct?.("prod", TYPE, { ...complete().given, rkePath }, {}));
    expect(warn.mock.calls).toEqual([
      [
        expect.stringMatching(/checks nothing before it wipes.*\n {2}→ .* answers over SSH/),
        expect.any(RancherRollback),
      ],
    ]);
  });

  test("refuses a type that it does not have", async () => {
    await expect(provider.construct?.("x", "rancher-rollback:index:Other", {}, {})).rejects.toThrow(
      "there is no rancher-rollback:index:Other in this package",
    );
  });
});
