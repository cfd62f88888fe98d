import { existsSync, readFileSync } from "node:fs";
import { remedyText } from "../../messages/commands.ts";
import type { Settings } from "../../settings/settings.ts";
import { answer, CHECK_NAMES, type Finding, finding } from "../answers.ts";
import { clusterFindings } from "../doctor/cluster.ts";
import { machineFindings, passphraseFinding, pluginsFinding } from "../doctor/machine.ts";
import { type DoctorOptions, stackConfig } from "../options.ts";
import { engineError, problemsIn } from "../outcome.ts";
import { projectOf } from "../project.ts";
import { plainSettings, type StackConfig, stackFile, withSettings } from "../stackConfig.ts";
import { withWorkspace } from "../workspace.ts";

/**
 * Asks all that a rollback will need, without planning anything; without a stack, what every rollback needs.
 * @returns 0 nothing stands in the way, 1 something does.
 */
export async function doctor(options: DoctorOptions): Promise<number> {
  const { stack } = options;
  const machine = await machineFindings();
  const findings = [...machine, ...(stack === undefined ? ofNoStack() : await ofStack(stackConfig(stack, options)))];
  const words = findings.flatMap(({ level, message, remedy, ...about }) => [
    `${MARKS[level]} ${checkText(about).padEnd(WIDTH)} ${message.split("\n").join(`\n${INDENT}`)}`,
    ...(remedy === undefined ? [] : [`${INDENT}→ ${remedyText(remedy, { stack: stack ?? "STACK" })}`]),
  ]);
  answer({ command: "doctor", ...(stack !== undefined && { stack }), findings }, options, words);
  return findings.some(({ level }) => level === "failure") ? 1 : 0;
}

function checkText({ check, of }: Pick<Finding, "check" | "of">): string {
  if (of === undefined) return CHECK_NAMES[check];
  return check === "node" ? of : `${of} ${CHECK_NAMES[check]}`;
}

const MARKS = { ok: "✓", warning: "!", failure: "✗" };
const WIDTH = 22;
const INDENT = " ".repeat(WIDTH + 3);

function ofNoStack(): Finding[] {
  return [
    passphraseFinding(process.env),
    finding(
      "stack",
      "warning",
      "no --stack was given: settings and cluster were not checked",
      "rancher-rollback doctor --stack STACK; to begin a stack: rancher-rollback init --stack STACK",
    ),
  ];
}

/** A stack that cannot be opened does not hide what the cluster needs: the settings of its file are read without Pulumi. */
async function ofStack(config: StackConfig): Promise<Finding[]> {
  const file = stackFile(config);
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const passphrase = passphraseFinding(process.env, text);
  process.chdir(projectOf().folder);
  const opened = await settingsOrError(() => withWorkspace(config, (workspace) => workspace.settings()));
  if ("settings" in opened) return [passphrase, ...(await ofSettings(opened.settings))];
  const failure = (check: Finding["check"], error: Error): Finding => {
    const problems = problemsIn(error);
    const only = problems.length === 1 ? problems[0] : undefined;
    return { check, level: "failure", ...(only ?? { message: engineError(error, config.stack) }) };
  };
  const plain = await settingsOrError(async () => plainSettings(withSettings(text, config.config)));
  // Mistakes in the settings prevent opening the stack, too: they are reported once.
  if ("error" in plain) return [passphrase, failure("settings", text === "" ? opened.error : plain.error)];
  return [passphrase, failure("stack", opened.error), ...(await ofSettings(plain.settings))];
}

async function ofSettings(settings: Settings): Promise<Finding[]> {
  const { clusterName, nodes } = settings.cluster;
  const makesMachines = settings.replacements.some(({ machine }) => machine.kind === "ec2");
  const message = `cluster ${clusterName}, ${nodes.length} ${nodes.length === 1 ? "node" : "nodes"}`;
  return [
    finding("settings", "ok", message),
    ...(makesMachines ? [await pluginsFinding("aws-plugin", ["aws"])] : []),
    ...(await clusterFindings(settings)),
  ];
}

async function settingsOrError(read: () => Promise<Settings>): Promise<{ settings: Settings } | { error: Error }> {
  try {
    return { settings: await read() };
  } catch (error) {
    return { error: error as Error };
  }
}
