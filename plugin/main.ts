import { main } from "@pulumi/pulumi/provider/index.js";
import { provider } from "./provider.ts";

// What Pulumi starts for PulumiPlugin.yaml, as `main` of package.json, and bin/pulumi-resource-rancher-rollback.cjs. The
// first is by `require`: nothing here or in what it imports may wait at its top level.
void main(provider, process.argv.slice(2));
