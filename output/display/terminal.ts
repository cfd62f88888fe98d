import spinners from "cli-spinners";
import { createLogUpdate } from "log-update";
import type { RunEvent } from "../../run/events.ts";
import { endOf, linesOf } from "./eventLines.ts";
import { expectedSeconds } from "./expected.ts";
import { type Paint, paintFor } from "./paint.ts";
import { picture } from "./picture.ts";
import { after, newState, type RunState } from "./state.ts";

/** Draws the runs again and again, and writes what stays above the drawing. */
export class TerminalDisplay {
  private readonly stream: NodeJS.WriteStream;
  private readonly states: Map<string, RunState>;
  private readonly draw: ReturnType<typeof createLogUpdate>;
  private readonly paint: Paint;
  private readonly lost: string[];
  /** By stack: each has a cluster of its own. */
  private readonly expected = new Map<string, Record<string, number>>();
  private timer: NodeJS.Timeout | undefined;
  private frame = 0;

  constructor(stream: NodeJS.WriteStream, stacks: string[], lost: string[]) {
    this.stream = stream;
    this.states = new Map(stacks.map((stack) => [stack, newState(stack)]));
    this.draw = createLogUpdate(stream, { showCursor: true });
    this.paint = paintFor(stream);
    this.lost = lost;
  }

  show(event: RunEvent): void {
    this.states.set(event.stack, after(this.states.get(event.stack) ?? newState(event.stack), event));
    if (event.event === "run-started") this.expected.set(event.stack, expectedSeconds(event.clusterFile));
    // Above the drawing only what matters; before it, everything, as the operator is asked about it.
    const isShown =
      event.event === "plan" ||
      event.event === "changes" ||
      (event.event === "note" && (event.level === "warning" || !this.timer));
    if (isShown) this.above(linesOf(event, { width: this.width, paint: this.paint, lost: this.lost }));
    // Between preview and answer the terminal belongs to the question.
    if (event.event === "step-started") this.move();
    if (event.event === "run-ended" && !this.isMoving()) this.end();
  }

  close(): void {
    this.end();
  }

  private move(): void {
    this.timer ??= setInterval(() => {
      this.frame++;
      this.redraw();
    }, 200);
    this.redraw();
  }

  private isMoving(): boolean {
    return [...this.states.values()].some(({ startedAt, end }) => startedAt !== undefined && end === undefined);
  }

  /** Lines that stay, above the drawing. */
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
      named: this.states.size > 1,
    };
    const shown = [...this.states.values()].filter(({ beganAt }) => beganAt !== undefined);
    const pictures = shown.map((state) =>
      picture(state, { ...options, expected: this.expected.get(state.stack) ?? {} }),
    );
    this.draw(pictures.map((lines) => lines.join("\n")).join("\n\n"));
  }

  private end(): void {
    if (this.timer) {
      clearInterval(this.timer);
      this.timer = undefined;
      this.redraw();
      this.draw.done();
    }
    for (const [stack, state] of this.states) {
      if (!state.end) continue;
      const named = this.states.size > 1 ? [`${stack}:`] : [];
      this.stream.write(`${[...named, ...endOf(state.end)].join("\n")}\n`);
      this.states.set(stack, newState(stack));
    }
  }
}
