import { readPlan } from "../../../plan/readPlan.ts";
import { checkSettings } from "../../../settings/checkSettings.ts";

// What the program does in a preview, without Pulumi's engine around it. The settings are its argument, as JSON.
const settings = checkSettings(JSON.parse(process.argv[2] ?? ""));
const { failedChecks, etcd, snapshot, nodes } = await readPlan(settings);
const unknown = nodes.flatMap(({ unknown: why }) => why ?? []);
const problems = [...failedChecks.map(({ message }) => message), ...etcd.problems, ...unknown];
if (snapshot.provenOn.length === 0) problems.push("the snapshot is proven on no node");
if (problems.length > 0) {
  process.stderr.write(`${problems.join("\n")}\n`);
  process.exitCode = 1;
}
