import { existsSync, readFileSync } from "node:fs";
import { jsonOf } from "../../cluster/json.ts";
import { type StepEvent, stepEventSchema } from "../../messages/stepEvents.ts";

/** What the steps of a run say of themselves, out of the file that they append to (messages/stepEvents.ts). */
export class StepChannel {
  readonly file: string;
  private read = 0;

  constructor(file: string) {
    this.file = file;
  }

  /**
   * The events since the last call; a line that is not finished yet comes with the next one. A line that is no event is
   * left out: a step that was killed, or a full disk, may cut one short, and no rollback ends for that.
   */
  drain(): StepEvent[] {
    if (!existsSync(this.file)) return [];
    const text = readFileSync(this.file, "utf8");
    const end = text.lastIndexOf("\n") + 1;
    const lines = text.slice(this.read, end).split("\n").filter(Boolean);
    this.read = end;
    return lines.flatMap((line) => stepEventSchema.safeParse(jsonOf(line)).data ?? []);
  }
}
