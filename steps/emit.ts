import { appendFileSync } from "node:fs";
import { EVENTS_VARIABLE, type StepEvent } from "../messages/stepEvents.ts";

/** Appends an event; does nothing where no file is given for them. */
export function emit(event: StepEvent): void {
  const file = process.env[EVENTS_VARIABLE];
  // One write per line: steps that run side by side do not mix theirs.
  if (file) appendFileSync(file, `${JSON.stringify(event)}\n`);
}
