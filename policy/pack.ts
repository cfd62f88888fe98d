import { PolicyPack } from "@pulumi/policy";
import { Config, runtime } from "@pulumi/pulumi";
import { RULES, type SeenRun } from "./rules.ts";

const config = new Config("rancher-rollback");
const run: SeenRun = {
  isPreview: runtime.isDryRun(),
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
