import { timeOfDay } from "../../cluster/time.ts";
import type { RunEvent } from "../../run/events.ts";
import { linesOf } from "./eventLines.ts";
import { paintFor } from "./paint.ts";
import { TerminalDisplay } from "./terminal.ts";

interface Display {
  show(event: RunEvent): void;
  /** Restores the terminal; what was shown stays. */
  close(): void;
}

interface DisplayArgs {
  json: boolean;
  stream: NodeJS.WriteStream;
  stacks: string[];
  /** Every lost object of a plan whose kind or name has one of these words is shown as well. */
  lost?: string[];
}

/** JSON lines if asked for, a live drawing on a terminal, else a line per event. */
export function displayFor({ json, stream, stacks, lost = [] }: DisplayArgs): Display {
  if (json) return { show: (event) => stream.write(`${JSON.stringify(event)}\n`), close: () => {} };
  // Some pipelines have a terminal without a height, on which nothing can be drawn.
  if (stream.isTTY && stream.rows > 0) return new TerminalDisplay(stream, stacks, lost);
  const isNamed = stacks.length > 1;
  const paint = paintFor(stream);
  return {
    show: (event) => {
      const start = `${isNamed ? `${event.stack}  ` : ""}${timeOfDay(event.at)}  `;
      const options = { width: (stream.columns ?? 80) - start.length, paint, lost };
      for (const line of linesOf(event, options)) if (line.trim() !== "") stream.write(`${start}${line.trimEnd()}\n`);
    },
    close: () => {},
  };
}
