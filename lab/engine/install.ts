import { PulumiCommand } from "@pulumi/pulumi/automation/index.js";

// A program of its own, so that an installer that hangs can be ended. It installs the version of its npm package.
const [root = ""] = process.argv.slice(2);
try {
  await PulumiCommand.install({ root });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
