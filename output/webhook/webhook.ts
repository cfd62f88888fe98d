import { systemErrorText } from "../../cluster/systemError.ts";
import type { RunRecord } from "../../run/record.ts";
import { cloudEvent, type Moment } from "./cloudEvent.ts";

const TIMEOUT_MS = 5000;

/** Tells an address of a run's moments. It neither holds a run up nor fails it; its address is a secret. */
export class Webhook {
  private readonly url: string;
  private readonly posts: Promise<string | undefined>[] = [];

  constructor(url: string) {
    this.url = url;
  }

  /** Sends a moment, without waiting for it. */
  tell(moment: Moment, record: RunRecord, time: string): void {
    // Now, as the record goes on.
    const body = JSON.stringify(cloudEvent(moment, record, time));
    this.posts.push(this.post(body));
  }

  /** Waits until all has arrived or is given up, for some seconds at most. @returns what went wrong, as one sentence. */
  async settled(): Promise<string | undefined> {
    const failures = (await Promise.all(this.posts)).filter((failure) => failure !== undefined);
    if (failures.length === 0) return undefined;
    const { host } = new URL(this.url);
    return `the webhook at ${host} did not take ${failures.length} of ${this.posts.length} events: ${[...new Set(failures)].join("; ")}`;
  }

  /** @returns what went wrong. */
  private async post(body: string): Promise<string | undefined> {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const headers = { "content-type": "application/cloudevents+json; charset=utf-8" };
      // Where it is redirected to is not whom it was meant for.
      const response = await fetch(this.url, { method: "POST", headers, body, redirect: "manual", signal });
      await response.body?.cancel();
      return response.ok ? undefined : `HTTP ${response.status}`;
    } catch (error) {
      if (signal.aborted) return `no answer within ${TIMEOUT_MS / 1000} s`;
      const { cause } = error as Error;
      // The error's own message may have the address in it.
      return cause instanceof Error && "code" in cause ? systemErrorText(cause) : "the connection failed";
    }
  }
}
