import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownTempFolder } from "../../cluster/tempFolder.ts";
import { STACK_VARIABLE } from "../../messages/commands.ts";
import { EVENTS_VARIABLE } from "../../messages/stepEvents.ts";
import { STOP_VARIABLE } from "../../steps/stop.ts";
import type { Environment } from "../workspace.ts";
import { StepChannel } from "./stepChannel.ts";

/** What a run and its steps tell each other. No other user can write to the folder: there is no link to follow. */
export class StepFolder {
  private readonly folder = ownTempFolder();
  private readonly stopFile = join(this.folder.path, "stop");
  readonly channel = new StepChannel(join(this.folder.path, "events"));

  /** What the steps are told, as their environment. @param stack as the operator typed it. */
  environment(stack: string): Environment {
    return {
      [STOP_VARIABLE]: this.stopFile,
      [STACK_VARIABLE]: stack,
      [EVENTS_VARIABLE]: this.channel.file,
    };
  }

  /** Lets no further step begin. @returns false where the folder is gone, as the run has ended. */
  askToStop(): boolean {
    if (!existsSync(this.folder.path)) return false;
    writeFileSync(this.stopFile, "");
    return true;
  }

  remove(): void {
    this.folder.remove();
  }
}
