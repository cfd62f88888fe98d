import { join } from "node:path";
import { timeStamp } from "../../cluster/time.ts";
import { writeRecord, writeReport } from "../../output/report/writeReport.ts";
import { writeMetrics } from "../../output/telemetry/metrics.ts";
import { exportTrace } from "../../output/telemetry/trace.ts";
import { Webhook } from "../../output/webhook/webhook.ts";
import type { RunEvent } from "../../run/events.ts";
import { operatorOf } from "../../run/operator.ts";
import { newRecord, note, type RunRecord } from "../../run/record.ts";
import { runsFolder } from "../../run/runs.ts";
import type { Settings } from "../../settings/settings.ts";
import type { Job } from "../job.ts";

type Without<E> = E extends RunEvent ? Omit<E, "at" | "stack"> : never;
export type UntimedEvent = Without<RunEvent>;
export type RunEnd = Omit<Extract<RunEvent, { event: "run-ended" }>, "at" | "stack" | "event">;

/** Tells what happens in a run, keeps its record, and leaves the report beside the cluster file. */
export class RunKeeper {
  private readonly job: Pick<Job, "command" | "stack" | "reportFolder">;
  private readonly take: (event: RunEvent) => void;
  private folder: string | undefined;
  private isUnkept = false;
  private webhook: Webhook | undefined;
  record: RunRecord | undefined;

  constructor(job: RunKeeper["job"], take: (event: RunEvent) => void) {
    this.job = job;
    this.take = take;
  }

  /** @param earlier what is known of a run that this one goes on with. */
  begin(
    { cluster, snapshot, webhook }: Pick<Settings, "cluster" | "snapshot" | "webhook">,
    versions: Record<string, string>,
    { wipedBefore, unreadableNote }: Pick<RunRecord, "wipedBefore" | "unreadableNote"> = {},
  ): void {
    const { command } = this.job;
    const target = { cluster: cluster.clusterName, clusterFile: cluster.path, snapshot };
    const event = this.timed({
      event: "run-started",
      eventVersion: 3,
      command,
      ...target,
      versions,
      operator: operatorOf(),
      ...(wipedBefore && { wipedBefore }),
      ...(unreadableNote && { unreadableNote }),
    });
    this.folder = join(runsFolder(cluster.path), `${timeStamp(event.at)}-${command}`);
    this.record = newRecord(event);
    if (webhook !== undefined) this.webhook = new Webhook(webhook);
    this.take(event);
  }

  tell(untimed: UntimedEvent): void {
    const event = this.timed(untimed);
    this.take(event);
    if (!this.record) return;
    note(this.record, event);
    if (event.event !== "line") this.keep(this.record);
    // A run that is only previewed, or not confirmed, is nothing to be woken for.
    if (event.event === "confirmed") this.webhook?.tell("started", this.record, event.at);
    if (event.event === "wiping") this.webhook?.tell("wiping", this.record, event.at);
  }

  /** The last word. A run that never began, for want of right settings, leaves no report. */
  async end(ended: RunEnd): Promise<void> {
    const event = this.timed({ event: "run-ended" as const, ...ended });
    if (!this.record) {
      this.take(event);
      return;
    }
    note(this.record, event);
    if (this.record.confirmed !== undefined) this.webhook?.tell("ended", this.record, event.at);
    const { reports, complaints } = await this.leave(this.record);
    for (const complaint of complaints) this.warn(complaint);
    const [report] = reports;
    this.take({ ...event, ...(report && { report }) });
  }

  /** On disk as it goes on: a run that is killed leaves what is known of it. */
  private keep(record: RunRecord): void {
    if (this.folder === undefined || this.isUnkept) return;
    try {
      writeRecord(record, this.folder);
    } catch (error) {
      // A rollback continues without its report; it is tried once more at the end.
      this.isUnkept = true;
      this.warn(`the report cannot be kept: ${(error as Error).message}`);
    }
  }

  /** @returns the reports that were written, and what went wrong: none of it changes how the run has ended. */
  private async leave(record: RunRecord): Promise<{ reports: string[]; complaints: string[] }> {
    const reports: string[] = [];
    const complaints: string[] = [];
    for (const folder of [this.folder, this.job.reportFolder]) {
      if (folder === undefined) continue;
      try {
        reports.push(writeReport(record, folder).html);
        // node_exporter takes no other ending.
        await writeMetrics(record, join(folder, "metrics.prom"));
      } catch (error) {
        complaints.push(`the report could not be written to ${folder}: ${(error as Error).message}`);
      }
    }
    const unsent = await Promise.all([exportTrace(record), this.webhook?.settled()]);
    return { reports, complaints: [...complaints, ...unsent.filter((one) => one !== undefined)] };
  }

  private warn(text: string): void {
    this.take(this.timed({ event: "note", level: "warning", text }));
  }

  private timed<E extends UntimedEvent>(event: E): E & { at: string; stack: string } {
    return { ...event, at: new Date().toISOString(), stack: this.job.stack };
  }
}
