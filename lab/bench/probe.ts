import { Agent } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { send } from "../machine/https.ts";
import { type Sample, steadySeconds } from "./outage.ts";

const INTERVAL_MS = 100;
/** Whoever waits longer than this for a page has no Rancher. */
const PATIENCE_MS = 2000;

interface Probed {
  url: string;
  /** PEM. */
  ca: string;
  /** Rancher names its version only to whoever is logged in. */
  token: string;
}

/** Asks Rancher ten times a second whether it is healthy and which version it is. */
export class Probe {
  private readonly probed: Probed;
  private readonly began: number;
  private readonly samples: Sample[] = [];
  private readonly asking = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;

  /** @param began when the measured command begins, ms since 1970: the samples' times count from there. */
  constructor(probed: Probed, began: number) {
    this.probed = probed;
    this.began = began;
    this.timer = setInterval(() => this.ask(), INTERVAL_MS);
  }

  /** Watches on until the version has answered for `seconds` without a gap, at most for `limit` seconds. */
  async untilSteady(version: string, seconds: number, limit: number): Promise<boolean> {
    for (const end = Date.now() + limit * 1000; Date.now() < end; await sleep(INTERVAL_MS)) {
      if (steadySeconds(this.samples, version) >= seconds) return true;
    }
    return false;
  }

  async stop(): Promise<Sample[]> {
    clearInterval(this.timer);
    await Promise.all(this.asking);
    return this.samples;
  }

  // Each question is on its own: one that hangs delays none.
  private ask(): void {
    const asked = this.seconds();
    const asking = askVersion(this.probed).then((version) => {
      this.asking.delete(asking);
      this.samples.push({ asked, ended: this.seconds(), ...(version !== undefined && { version }) });
    });
    this.asking.add(asking);
  }

  private seconds(): number {
    return (Date.now() - this.began) / 1000;
  }
}

/** One connection, as a new visitor opens it: the Service may take it to any pod, and both answers are that pod's. */
async function askVersion({ url, ca, token }: Probed): Promise<string | undefined> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const headers = { authorization: `Bearer ${token}` };
  try {
    if ((await send(new URL("/ping", url), { agent, signal })).code !== 200) return undefined;
    const setting = await send(new URL("/v3/settings/server-version", url), { agent, signal, headers });
    if (setting.code !== 200) return undefined;
    const { value } = JSON.parse(setting.text) as { value?: unknown };
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  } finally {
    agent.destroy();
  }
}
