import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runOrFail } from "../../steps/runRke.ts";
import { fakeRke } from "../support/fakeRke.ts";
import { textFile } from "../support/folder.ts";
import { failureOf, stepTools } from "../support/steps.ts";

/** Runs a fake RKE as the step of a restore does. */
function step(script: string, change: (rke: string) => void = () => {}) {
  const { folder, clusterFile, rke } = fakeRke(script);
  const stateFile = textFile(join(folder, "rancher-cluster.rkestate"), "as it was");
  change(rke);
  const tools = stepTools(clusterFile);
  const call = { command: [rke, "etcd", "snapshot-restore"], purpose: "restore" as const, silenceSeconds: 60 };
  return { folder, stateFile, tools, run: () => runOrFail(call, tools, { step: "restore" }) };
}

describe.concurrent("a step that runs RKE", () => {
  test("warns of an addon that a restore could not deploy, and of nothing else that is done", async () => {
    const addon = 'warn "Failed to deploy addon execute job [metrics]: timeout"';
    const { tools, run } = step(`wiping; ${addon}; restored`);
    expect(await run()).toMatchObject({ succeeded: true });
    expect(tools.warned).toEqual(["RKE could not deploy the addon metrics; a longer addon_job_timeout may help"]);
  });

  test.for<[string, (rke: string) => void, string]>([
    ["is gone", (rke) => rmSync(rke), "there is no such file or folder"],
    ["may not be executed", (rke) => chmodSync(rke, 0o600), "permission denied"],
  ])("says what to do where RKE %s, and leaves no trace of a restore", async ([_, change, why]) => {
    const { folder, stateFile, run } = step("restored", change);
    expect(await failureOf(run())).toMatchObject({
      kind: "system",
      happened: [`RKE cannot be started, ${join(folder, "rke")}: ${why}`],
      remedies: [{ pulumi: "config set rkePath ./rke_linux-amd64" }],
    });
    expect(existsSync(join(folder, ".rancher-rollback/restore.json"))).toBe(false);
    expect(readFileSync(stateFile, "utf8")).toBe("as it was");
  });
});
