import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pointOfNoReturnText, StepFailure } from "../../messages/failure.ts";
import { type About, runOrFail } from "../../steps/runRke.ts";
import type { Tools } from "../../steps/step.ts";
import { fakeRke } from "../support/fakeRke.ts";
import { textFile } from "../support/folder.ts";

/** Runs a fake RKE as the step of a restore or of `rke up` does. */
async function run(
  purpose: "restore" | "up",
  script: string,
  over: Partial<About> = {},
  change: (rke: string) => void = () => {},
) {
  const { folder, clusterFile, rke } = fakeRke(script);
  const stateFile = textFile(join(folder, "rancher-cluster.rkestate"), "as it was");
  change(rke);
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
  return { end, folder, stateFile, ...heard };
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

  test.each<[string, (rke: string) => void, string]>([
    ["is gone", (rke) => rmSync(rke), "there is no such file or folder"],
    ["may not be executed", (rke) => chmodSync(rke, 0o600), "this user may not"],
  ])("says what to do where RKE %s, and leaves no trace of a restore", async (_, change, why) => {
    const { end, folder, stateFile } = await run("restore", "restored", {}, change);
    expect(end).toMatchObject({
      kind: "system",
      happened: [`RKE cannot be started, ${join(folder, "rke")}: ${why}`],
      remedies: [{ pulumi: "config set rkePath ./rke_linux-amd64" }],
    });
    expect(existsSync(join(folder, ".rancher-rollback/restore.json"))).toBe(false);
    expect(readFileSync(stateFile, "utf8")).toBe("as it was");
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
