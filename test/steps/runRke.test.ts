import { describe, test } from "vitest";
import { pointOfNoReturnText, StepFailure } from "../../messages/failure.ts";
import { type About, runOrFail } from "../../steps/runRke.ts";
import type { Tools } from "../../steps/step.ts";
import { fakeRke } from "../support/fakeRke.ts";

/** Runs a fake RKE as the step of a restore or of `rke up` does. */
async function run(purpose: "restore" | "up", script: string, over: Partial<About> = {}) {
  const { clusterFile, rke } = fakeRke(script);
  const heard = { said: [] as string[], warned: [] as string[], wiping: [] as string[] };
  const tools = {
    clusterFile,
    say: (line: string) => heard.said.push(line),
    warn: (line: string) => heard.warned.push(line),
    wiping: (at: string) => heard.wiping.push(at),
  } as unknown as Tools;
  const about: About = {
    title: "The restore",
    done: "nothing",
    notDone: "the restore",
    pointOfNoReturn: () => ({ state: "not reached" }),
    ...over,
  };
  const call = { command: [rke, "etcd", "snapshot-restore"], purpose, silenceSeconds: 60 };
  const end = await runOrFail(call, tools, about).catch((error: unknown) => {
    if (error instanceof StepFailure) return error.failure;
    throw error;
  });
  return { end, ...heard };
}

describe.concurrent("a step that runs RKE", { timeout: 60_000 }, () => {
  test("says when the wipe begins, once, and ends with what RKE did", async ({ expect }) => {
    const { end, wiping, warned } = await run("restore", "wiping; restored");
    expect(end).toMatchObject({ succeeded: true, wipedAt: wiping[0] });
    expect([wiping.length, warned]).toEqual([1, []]);
  });

  test("warns of an addon that a restore could not deploy, and of nothing else that is done", async ({ expect }) => {
    const addon = 'warn "Failed to deploy addon execute job [metrics]: timeout"';
    const { end, warned } = await run("restore", `wiping; ${addon}; restored`);
    expect(end).toMatchObject({ succeeded: true });
    expect(warned).toEqual(["RKE could not deploy the addon metrics; a longer addon_job_timeout may help"]);
  });

  test("fails by what RKE's log says, in words, with the log", async ({ expect }) => {
    const { end } = await run("up", 'built; fatal "no space left"');
    expect(end).toMatchObject({
      kind: "rke",
      happened: ["RKE gave up: no space left", expect.stringMatching(/^RKE's whole log: \/.*\.log$/)],
    });
  });

  test("says that the point of no return is perhaps passed where an old RKE shows nothing", async ({ expect }) => {
    const connected = 'for node in $(nodes); do info "[dialer] Setup tunnel for host [$node]"; done';
    const { end } = await run(
      "restore",
      `info Starting restoring snapshot on etcd hosts; ${connected}; fatal no etcd`,
      {
        pointOfNoReturn: (done) =>
          done?.wipePossible ? { state: "unknown", line: done.lastLine } : { state: "not reached" },
      },
    );
    if (!("pointOfNoReturn" in end)) throw new Error("it did not fail");
    expect(pointOfNoReturnText(end.pointOfNoReturn)).toBe(
      "perhaps passed: this release of RKE removes etcd before it prints anything about it. Its last line: FATAL no etcd",
    );
  });
});
