import spinners from "cli-spinners";
import { createLogUpdate } from "log-update";
import type { RunEvent } from "../../run/events.ts";
import { newRecord, note, type RunRecord } from "../../run/record.ts";
import { endOf, linesOf } from "./eventLines.ts";
import { expectedSeconds } from "./expected.ts";
import { type Paint, paintFor } from "./paint.ts";
import { picture } from "./picture.ts";

interface Shown {
  record: RunRecord;
  /** Each stack has a cluster of its own. */
  expected: Record<string, number>;
  lastLine?: string;
}

/** Draws the runs again and again, and writes what stays above the drawing. */
export class TerminalDisplay {
  private readonly stream: NodeJS.WriteStream;
  private readonly stacks: string[];
  private readonly draw: ReturnType<typeof createLogUpdate>;
  private readonly paint: Paint;
  private readonly lost: string[];
  private readonly runs = new Map<string, Shown>();
  private readonly ends = new Map<string, Extract<RunEvent, { event: "run-ended" }>>();
  private timer: NodeJS.Timeout | undefined;
  private frame = 0;

  constructor(stream: NodeJS.WriteStream, stacks: string[], lost: string[]) {
    this.stream = stream;
    this.stacks = stacks;
    this.draw = createLogUpdate(stream, { showCursor: true });
    this.paint = paintFor(stream);
    this.lost = lost;
  }

  show(event: RunEvent): void {
    this.keep(event);
    // Above the drawing only what matters; before it, everything, as the operator is asked about it.
    const isShown =
      event.event === "plan" ||
      event.event === "changes" ||
      (event.event === "note" && (event.level === "warning" || !this.timer));
    if (isShown) this.above(linesOf(event, { width: this.width, paint: this.paint, lost: this.lost }));
    // Between preview and answer the terminal belongs to the question.
    if (event.event === "step-started") this.move();
    const isMoving = [...this.runs.keys()].some((stack) => !this.ends.has(stack));
    if (event.event === "run-ended" && !isMoving) this.close();
  }

  private keep(event: RunEvent): void {
    const { stack } = event;
    if (event.event === "run-started") {
      const record = newRecord(event);
      this.runs.set(stack, { record, expected: expectedSeconds(record) });
    }
    const run = this.runs.get(stack);
    if (run) note(run.record, event);
    if (run && event.event === "plan") run.expected = expectedSeconds(run.record);
    if (run && (event.event === "line" || event.event === "note")) run.lastLine = event.text.trim();
    // Also of a run that never began.
    if (event.event === "run-ended") this.ends.set(stack, event);
  }

  private move(): void {
    this.timer ??= setInterval(() => {
      this.frame++;
      this.redraw();
    }, 200);
    this.redraw();
  }

  private above(lines: string[]): void {
    if (this.timer) this.draw.persist(lines.join("\n"));
    else this.stream.write(`${lines.join("\n")}\n`);
  }

  private get width(): number {
    return Math.max(40, this.stream.columns ?? 80);
  }

  private redraw(): void {
    const { frames } = spinners.dots;
    const options = {
      width: this.width,
      now: Date.now(),
      spinner: frames[this.frame % frames.length] ?? "",
      paint: this.paint,
      named: this.stacks.length > 1,
    };
    const begun = this.stacks.flatMap((stack) => this.runs.get(stack) ?? []).filter(({ record }) => record.steps[0]);
    const pictures = begun.map(({ record, ...run }) => picture(record, { ...options, ...run }).join("\n"));
    this.draw(pictures.join("\n\n"));
  }

  close(): void {
    if (this.timer) {
      clearInterval(this.timer);
      this.timer = undefined;
      this.redraw();
      this.draw.done();
    }
    for (const stack of this.stacks) {
      const end = this.ends.get(stack);
      if (!end) continue;
      const named = this.stacks.length > 1 ? [`${stack}:`] : [];
      this.stream.write(`${[...named, ...endOf(end)].join("\n")}\n`);
      this.runs.delete(stack);
      this.ends.delete(stack);
    }
  }
}
