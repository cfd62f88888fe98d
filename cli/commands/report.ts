import { resolve } from "node:path";
import type { Problem } from "../../cluster/problem.ts";
import { systemErrorText } from "../../cluster/systemError.ts";
import { writeReport } from "../../output/report/writeReport.ts";
import { type KeptRun, keptRuns } from "../../run/runs.ts";
import { answer } from "../answers.ts";
import { type ReportOptions, stackConfig } from "../options.ts";
import { Refusal } from "../refusal.ts";
import { clusterSettingsOfStack } from "../workspace.ts";

/** Lists the runs on a cluster and says where the report of one is, or writes it elsewhere. @throws Refusal where there is none. */
export async function report(options: ReportOptions): Promise<number> {
  // Before the working directory is the project's.
  const into = options.into === undefined ? undefined : resolve(options.into);
  const { cluster } = await clusterSettingsOfStack(stackConfig(options.stack, options));
  const runs = keptRuns(cluster.path).filter(({ record }) => record.stack === options.stack);
  const found = runs.findLast(({ name }) => options.run === undefined || name === options.run);
  if (!found) {
    throw Refusal.plain(noRun(options, runs), options.stack);
  }
  const written = writtenTo(into ?? found.folder, found, options.stack);
  const words = reportLines(runs, found.name, Object.values(written));
  answer({ command: "report", stack: options.stack, run: found.name, ...written }, options, words);
  return 0;
}

function noRun({ stack, run }: ReportOptions, runs: KeptRun[]): Problem {
  const last = runs.at(-1);
  if (!last)
    return { message: `stack ${stack} has no run yet`, remedy: { text: "A preview leaves one", command: "plan" } };
  const message = `there is no run ${run}, only ${runs.map(({ name }) => name).join(", ")}`;
  return { message, remedy: { text: "Name one of them", command: `report --run ${last.name}` } };
}

/** @throws Refusal where it cannot be written. */
function writtenTo(folder: string, { record }: KeptRun, stack: string): ReturnType<typeof writeReport> {
  try {
    return writeReport(record, folder);
  } catch (error) {
    const message = `the report was not written to ${folder}: ${systemErrorText(error)}`;
    throw Refusal.plain({ message, remedy: "Name a folder that this user can write to: --into FOLDER" }, stack);
  }
}

function reportLines(runs: KeptRun[], chosen: string, paths: string[]): string[] {
  return [
    ...runs.map(
      ({ name, record }) => `${name === chosen ? "*" : " "} ${name}  ${record.result ?? "ended without a result"}`,
    ),
    ...paths,
  ];
}
