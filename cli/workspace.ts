import { existsSync, mkdirSync, readFileSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import {
  LocalWorkspace,
  type PulumiCommand,
  type PulumiFn,
  type Stack,
  StackNotFoundError,
} from "@pulumi/pulumi/automation/index.js";
import { parse } from "yaml";
import type { Problem } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";
import { replaceSynced } from "../cluster/stateFolder/keep.ts";
import { ownTempFolder, type TempFolder } from "../cluster/tempFolder.ts";
import type { ClusterSettings, Settings } from "../settings/settings.ts";
import { clusterSettingsOf, settingsOf } from "../settings/stackConfig.ts";
import { INSTALLED } from "./installed.ts";
import { PROJECT_NAME, projectOf, stacksIn } from "./project.ts";
import { Refusal } from "./refusal.ts";
import { type StackConfig, stackFile, type WrittenSettings, withSettings, writtenSettings } from "./stackConfig.ts";
import { StackState } from "./stackState.ts";

export type Environment = Record<string, string>;

interface OpenOptions {
  /** What the stack runs; reading its config and state needs none. */
  program?: PulumiFn;
  /** What the engine and the steps have beside the environment of this process. */
  environment?: Environment;
  /** The CLI, where it was asked for its version before. */
  pulumi?: Promise<PulumiCommand>;
}

/**
 * A stack of the operator's own backend with its config and, above that, settings for this run alone: what is done here
 * and what `pulumi up` does in the project is one state.
 */
export class Workspace {
  readonly stack: Stack;
  /** The file that `keep` writes to. */
  readonly configFile: string;
  /** The run's own copy of it, which Pulumi reads. */
  private readonly ownFile: string;
  private readonly folder: TempFolder;
  private constructor(stack: Stack, configFile: string, ownFile: string, folder: TempFolder) {
    this.stack = stack;
    this.configFile = configFile;
    this.ownFile = ownFile;
    this.folder = folder;
  }

  /**
   * Opens the stack. None is made: on another backend a stack of that name has no state, and all would be done again.
   * @throws Error with the engine's own words: no backend, a wrong passphrase, no CLI.
   */
  static async open(
    from: StackConfig,
    { program = async () => {}, environment = {}, pulumi }: OpenOptions = {},
  ): Promise<Workspace> {
    const { stack, configFolder, config } = from;
    const file = stackFile(from);
    if (!existsSync(file) && (configFolder !== undefined || Object.keys(config).length === 0)) {
      throw Refusal.of(noConfig(stack, file), stack);
    }
    const folder = ownTempFolder();
    const [workDir, own, temp] = [folder.path, join(folder.path, basename(file)), join(folder.path, "tmp")];
    const { config: known } = parse(readFileSync(join(INSTALLED, "Pulumi.yaml"), "utf8"));
    try {
      const written = existsSync(file) ? readFileSync(file, "utf8") : "";
      writeFileSync(own, withSettings(written, config), { mode: 0o600 });
      mkdirSync(temp);
      const opened = await LocalWorkspace.selectStack(
        { stackName: stack, projectName: PROJECT_NAME, program },
        {
          workDir,
          projectSettings: { name: PROJECT_NAME, runtime: "nodejs", config: known },
          ...(pulumi && { pulumiCommand: await pulumi }),
          envVars: {
            ...environment,
            // The steps have the operator's: RKE may outlive this run (components/step.ts).
            TMPDIR: temp,
            // Every command would wait for that check, without the Internet until it gives up (pulumi v3.259.0).
            PULUMI_SKIP_UPDATE_CHECK: "true",
          },
        },
      );
      return new Workspace(opened, file, own, folder);
    } catch (error) {
      folder.remove();
      if (error instanceof StackNotFoundError) throw Refusal.of(noStack(stack), stack);
      throw (error as Error).message.includes("spawn pulumi ENOENT") ? Refusal.of(NO_CLI, stack) : error;
    }
  }

  /** @throws SettingsError with every mistake. */
  async settings(): Promise<Settings> {
    return settingsOf(await this.stack.getAllConfig());
  }

  /** @throws SettingsError with every mistake. */
  async clusterSettings(): Promise<ClusterSettings> {
    return clusterSettingsOf(await this.stack.getAllConfig());
  }

  /** For this run alone. */
  set(settings: Record<string, string>): void {
    writeFileSync(this.ownFile, withSettings(readFileSync(this.ownFile, "utf8"), settings));
  }

  /** What the stack's file has now, without those of this run alone. */
  written(): WrittenSettings {
    return existsSync(this.configFile) ? writtenSettings(readFileSync(this.configFile, "utf8")) : {};
  }

  /**
   * In the stack's file, for every run to come; comments and order survive.
   * @throws Refusal where it cannot be written. It stays whole then: it may have the only salt of the stack's secrets.
   */
  keep(settings: Record<string, string>): void {
    const { configFile } = this;
    try {
      if (existsSync(configFile)) {
        // It may be a link into another folder.
        const file = realpathSync(configFile);
        replaceSynced(file, withSettings(readFileSync(file, "utf8"), settings), statSync(file));
      } else writeFileSync(configFile, withSettings("", settings));
    } catch (error) {
      throw error instanceof Refusal ? error : Refusal.plain(unwritten(configFile, error as Error), this.stack.name);
    }
  }

  async state(): Promise<StackState> {
    const { deployment } = await this.stack.exportStack();
    return new StackState(deployment);
  }

  close(): void {
    this.folder.remove();
  }
}

function noConfig(stack: string, file: string): Problem {
  const stacks = stacksIn(dirname(file));
  const there = stacks.length > 0 ? `this folder has that of ${stacks.join(", ")}` : "this folder has none";
  return {
    message: `there is no config of stack ${stack}: no file ${file}; ${there}`,
    remedy: { text: "Give the right name, or begin one", command: "init" },
  };
}

function unwritten(file: string, { message }: Error): Problem {
  return {
    message: `${file} could not be written: ${message}; the stack's config is as it was`,
    remedy: `Make room there, and let this user write to the folder: df -h ${shellWord(dirname(file))}`,
  };
}

function noStack(stack: string): Problem {
  return {
    message: `the backend has no stack ${stack}`,
    remedy: `Is it the right backend: pulumi whoami --verbose. To make the stack, in the folder of its config: pulumi stack init ${shellWord(stack)}`,
  };
}

const NO_CLI: Problem = {
  message: "there is no pulumi on this machine's PATH",
  remedy: "To install it: https://www.pulumi.com/docs/install/",
};

/** Reads a stack that is not going to be run. @throws Error as Workspace.open. */
export async function withWorkspace<T>(config: StackConfig, read: (workspace: Workspace) => Promise<T>): Promise<T> {
  process.chdir(projectOf().folder);
  const workspace = await Workspace.open(config);
  try {
    return await read(workspace);
  } finally {
    workspace.close();
  }
}

/**
 * The settings of a stack for a command that rolls nothing back: they need not say to which snapshot and which Rancher.
 * @throws SettingsError with every mistake.
 */
export async function clusterSettingsOfStack(config: StackConfig): Promise<ClusterSettings> {
  return await withWorkspace(config, (workspace) => workspace.clusterSettings());
}
