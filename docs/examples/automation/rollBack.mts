// A rollback by Pulumi's Automation API, with Node 22.19 or newer and the Pulumi CLI on this machine. It previews, and with
// the snapshot's name once more it rolls back:
//
//     npm install @pulumi/pulumi /path/to/clone/rancher-rollback-cli-0.1.0.tgz
//     pulumi login --local; export PULUMI_CONFIG_PASSPHRASE=...
//     node rollBack.mts prod before-upgrade v2.5.8
//     node rollBack.mts prod before-upgrade v2.5.8 before-upgrade
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { type Problem, program, type RollbackPlan, type RollbackReport } from "@rancher-rollback/cli/program";

const [stackName = "prod", snapshot = "", rancherVersion = "", accepted = ""] = process.argv.slice(2);
let plan: RollbackPlan | undefined;
let problems: Problem[] = [];

const stack = await LocalWorkspace.createOrSelectStack({
  projectName: "rancher-rollback",
  stackName,
  program: async () =>
    program({
      onPlan: (made) => {
        plan = made;
      },
      onRefused: (refused) => {
        problems = refused.problems;
      },
    }),
});
await stack.setAllConfig({
  snapshot: { value: snapshot },
  rancherVersion: { value: rancherVersion },
  acceptDataLossOf: { value: accepted },
  clusterFile: { value: "/clusters/prod/rancher-cluster.yml" },
  rancherUrl: { value: "https://rancher.example.com" },
});

try {
  await stack.preview();
  // No plan: the restore is done already.
  console.log("lost:", plan?.lost ?? "nothing");
  for (const { message } of plan?.failedChecks ?? []) console.error("would be refused:", message);
  if (accepted !== "" && !plan?.failedChecks.length) {
    const { outputs } = await stack.up({ onOutput: (text) => process.stdout.write(text) });
    const report: RollbackReport | undefined = outputs.rollback?.value;
    console.log(`verified: Rancher ${report?.verification.rancherVersion}`);
    console.log("the way back:", report?.safetyCopy?.name ?? "none");
  }
} catch (error) {
  // A refusal, or what the step that failed says: what was done, and what to do next.
  console.error(problems.length > 0 ? problems : (error as Error).message);
  process.exitCode = 1;
}
