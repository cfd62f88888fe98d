import { join } from "node:path";
import { StepChannel } from "../../cli/stepChannel.ts";
import { EVENTS_VARIABLE, type StepEvent } from "../../messages/stepEvents.ts";

/** What the steps of this process's rollbacks say of themselves, from now on. @param folder where it is kept. */
export function hearSteps(folder: string): StepChannel {
  const channel = new StepChannel(join(folder, "step-events"));
  process.env[EVENTS_VARIABLE] = channel.file;
  return channel;
}

/** Why a rollback failed: what its step says happened first, or, where none could, the error. */
export function reasonOf(events: StepEvent[], error: unknown): string {
  const failed = events.find((event) => event.event === "failure");
  return failed?.failure.happened[0] ?? (error as Error).message;
}
