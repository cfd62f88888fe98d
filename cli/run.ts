import { type ChildProcess, fork } from "node:child_process";
import { extname, join } from "node:path";
import { cancelCommand, rerunCommand } from "../messages/commands.ts";
import type { RunEvent } from "../run/events.ts";
import type { FromWorker, Job, ToWorker } from "./job.ts";

/** Compiled where this file is. */
const WORKER = join(import.meta.dirname, `worker${extname(import.meta.filename)}`);

type PreviewedMessage = Extract<FromWorker, { kind: "previewed" }>;

/** A stack's run in its worker, as the command sees it. */
export class Run {
  readonly job: Job;
  /** Resolves with the exit code once the worker has ended. */
  readonly ended: Promise<number>;
  /** Resolves once there is something to answer; undefined when the run ended without a question. */
  readonly previewed: Promise<PreviewedMessage | undefined>;
  private readonly worker: ChildProcess;

  /** @param phase called with what is done while there is nothing else to show. */
  constructor(job: Job, show: (event: RunEvent) => void, phase: (text: string) => void = () => {}) {
    this.job = job;
    this.worker = fork(WORKER, [JSON.stringify(job)], {
      detached: true,
      // What the engine's SDK prints by itself is no part of this program's words.
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let complaints = "";
    this.worker.stderr?.on("data", (text) => {
      complaints = `${complaints}${text}`.slice(-4000);
    });
    let exitCode: number | undefined;
    const previewed = Promise.withResolvers<PreviewedMessage | undefined>();
    this.previewed = previewed.promise;
    this.worker.on("message", (said: FromWorker) => {
      if (said.kind === "event") show(said.event);
      if (said.kind === "phase") phase(said.text);
      if (said.kind === "previewed") previewed.resolve(said);
      if (said.kind === "ended") exitCode = said.exitCode;
    });
    this.ended = new Promise((resolve) => {
      this.worker.on("exit", (_, signal) => {
        previewed.resolve(undefined);
        if (exitCode === undefined) show(this.died(signal ? `was killed by ${signal}` : `died:\n${complaints}`));
        resolve(exitCode ?? 1);
      });
    });
  }

  say(words: ToWorker): void {
    if (this.worker.connected) this.worker.send(words);
  }

  private died(how: string): RunEvent {
    const { stack } = this.job;
    const rerun = rerunCommand({ stack, program: "rancher-rollback" });
    const error = `the run of stack ${stack} ${how}\nWhat it had done is kept. To continue: ${rerun}; where it left the stack locked: ${cancelCommand({ stack })}`;
    return { event: "run-ended", at: new Date().toISOString(), stack, result: "failed", error, canBeUndone: false };
  }
}
