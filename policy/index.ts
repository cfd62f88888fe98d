import { Config } from "@pulumi/pulumi";
import { PolicyPack } from "@pulumi/policy";
import { RULES, type SeenRun } from "./rules.ts";

const config = new Config("rancher-rollback");
const run: SeenRun = {
  // Set by the engine for policy packs (analyzer_plugin.go v3.259.0); the SDK knows another name.
  isPreview: process.env.PULUMI_DRY_RUN === "true",
  setting: (key) => config.get(key),
};

new PolicyPack("rancher-rollback", {
  policies: RULES.map(({ name, description, violations }) => ({
    name,
    description,
    enforcementLevel: "mandatory",
    validateResource: (resource, report) => {
      for (const violation of violations(resource, run)) report(violation);
    },
  })),
});
