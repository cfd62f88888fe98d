import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Output } from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { provider } from "../../plugin/provider.ts";
import { complete } from "../support/givenSettings.ts";
import { recordProgram } from "../support/rollback.ts";

const TYPE = "rancher-rollback:index:RancherRollback";
const schema = JSON.parse(readFileSync(join(import.meta.dirname, "../../plugin/schema.json"), "utf8"));

describe("the plugin for other languages", () => {
  test("makes the component, with the outputs that the schema promises", async () => {
    let state: Record<string, Output<string>> = {};
    const resources = await recordProgram(() => {
      void provider.construct?.("prod", TYPE, complete().given, {}).then((made) => {
        state = made.state;
      });
    });
    expect([...resources.keys()]).toContain("prod-etcd-restore");
    expect(Object.keys(state).sort()).toEqual(Object.keys(schema.resources[TYPE].properties).sort());
  });

  test("refuses a type that it does not have", async () => {
    await expect(provider.construct?.("x", "rancher-rollback:index:Other", {}, {})).rejects.toThrow(
      "there is no rancher-rollback:index:Other in this package",
    );
  });
});
