import { resolve } from "node:path";
import { writeReport } from "../../output/report/writeReport.ts";
import { type KeptRun, keptRuns } from "../../run/runs.ts";
import { answer } from "../answers.ts";
import { type ReportOptions, stackConfig } from "../options.ts";
import { clusterSettingsOfStack } from "../workspace.ts";

/** Lists the runs on a cluster and says where the report of one is, or writes it elsewhere. @returns 0, or 1 where there is none. */
export async function report(options: ReportOptions): Promise<number> {
  // Before the working directory is the project's.
  const into = options.into === undefined ? undefined : resolve(options.into);
  const { cluster } = await clusterSettingsOfStack(stackConfig(options.stack, options));
  const runs = keptRuns(cluster.path).filter(({ record }) => record.stack === options.stack);
  const found = runs.findLast(({ name }) => options.run === undefined || name === options.run);
  if (!found) {
    const known = runs.map(({ name }) => name).join(", ");
    console.error(known ? `there is no run ${options.run}, only ${known}` : `stack ${options.stack} has no run yet`);
    return 1;
  }
  const written = writeReport(found.record, into ?? found.folder);
  const words = inWords(runs, found.name, Object.values(written));
  answer({ command: "report", stack: options.stack, run: found.name, ...written }, options, words);
  return 0;
}

function inWords(runs: KeptRun[], chosen: string, paths: string[]): string[] {
  return [
    ...runs.map(
      ({ name, record }) => `${name === chosen ? "*" : " "} ${name}  ${record.result ?? "ended without a result"}`,
    ),
    ...paths,
  ];
}
