import { once } from "node:events";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { aliveRun } from "../../cluster/stateFolder/runMark.ts";
import { EVENTS_VARIABLE, type StepEvent } from "../../messages/stepEvents.ts";
import { parseReport, type StepContext, type StepInput, type StepName } from "../../steps/contract.ts";
import { STOP_VARIABLE } from "../../steps/stop.ts";
import { clusterFileIn } from "../support/clusterFile.ts";
import { fakeDocker } from "../support/fakeDocker.ts";
import { fakeRke, linesOf, processIn } from "../support/fakeRke.ts";
import { tempFolder, textFile, until } from "../support/folder.ts";
import { CATTLE } from "../support/rancher.ts";
import { fakeSsh, startStep, stepContext, stepProcess } from "../support/steps.ts";

/** What Pulumi writes to a step's standard input. */
function request<N extends StepName>(
  step: N,
  clusterFile: string,
  input: StepInput<N>,
  context: Partial<StepContext> = {},
): object {
  return { step, context: { ...stepContext(clusterFile), resource: "the-resource", ...context }, input };
}

function upRequest(clusterFile: string, rke: string): object {
  return request("rke-up", clusterFile, { rke, silenceSeconds: 60 });
}

/** A file for a step's events, and what is in it. */
function eventsFile() {
  const file = join(tempFolder(), "events");
  return { env: { [EVENTS_VARIABLE]: file }, read: () => linesOf(file).map((line) => JSON.parse(line) as StepEvent) };
}

describe.concurrent("a step as Pulumi runs it", () => {
  test("prints its report as one line of JSON, with its name and timing, and its progress on standard error", async () => {
    const { folder, clusterFile, rke } = fakeRke('built; info "args: $*"');
    const { code, stdout, stderr } = await stepProcess(folder, upRequest(clusterFile, rke));
    expect(code).toBe(0);
    expect(stderr).toContain("args: up --config rancher-cluster.yml\n");
    expect(stdout).toMatch(/^\{.*\}\n$/);
    expect(JSON.parse(stdout)).toMatchObject({ step: "rke-up" });
    const { startedAt, finishedAt, seconds, ...report } = parseReport("rke-up", stdout);
    expect(report).toMatchObject({ rke: "v1.8.0", warnings: 0, log: expect.stringMatching(/-up\.log$/) });
    expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(0);
    expect(seconds).toBeCloseTo((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000, 0);
  });

  test("appends to the events file that it started and what it warns of, as the resource it is", async () => {
    const { folder, clusterFile } = fakeRke("");
    fakeSsh(folder, ["10.0.0.1", "10.0.0.2", "10.0.0.3"]);
    const { env, read } = eventsFile();
    const unlock = request("unlock", clusterFile, { id: "aaaaaaaa", hosts: ["node2"] });
    const { code, stdout } = await stepProcess(folder, unlock, { env });
    expect([code, parseReport("unlock", stdout).id]).toEqual([0, "aaaaaaaa"]);
    expect(read()).toEqual([
      { event: "started", resource: "the-resource" },
      {
        ...{ event: "warning", resource: "the-resource", message: "node2 may still be locked" },
        remedy: "on node2: rm /opt/rke/rancher-rollback/lock",
      },
    ]);
  });

  test("appends to the events file that it was not its turn", async () => {
    const { folder, clusterFile, rke } = fakeRke("built");
    const { env, read } = eventsFile();
    const skipped = request("rke-up", clusterFile, { rke, silenceSeconds: 60, skip: "comes-last" });
    const { code, stdout } = await stepProcess(folder, skipped, { env });
    expect([code, parseReport("rke-up", stdout).skipped]).toEqual([0, "comes-last"]);
    expect(read()).toEqual([
      { event: "started", resource: "the-resource" },
      { event: "skipped", resource: "the-resource", reason: "comes-last" },
    ]);
  });

  test("marks that a run of its stack is alive, until it ends", async () => {
    const { folder, clusterFile, rke } = fakeRke("while [ ! -e go ]; do sleep 0.1; done; built");
    const step = stepProcess(folder, upRequest(clusterFile, rke));
    await until(() => aliveRun(clusterFile) !== undefined);
    expect(aliveRun(clusterFile)).toMatchObject({ stack: "prod" });
    textFile(join(folder, "go"), "");
    await step;
    expect(aliveRun(clusterFile)).toBeUndefined();
  });

  test("that fails ends with 1, prints no report, gives the failure as an event and its text without a stack trace", async () => {
    const { folder, clusterFile, rke } = fakeRke('built; fatal "no space left"');
    const { env, read } = eventsFile();
    const { code, stdout, stderr } = await stepProcess(folder, upRequest(clusterFile, rke), { env });
    expect([code, stdout]).toEqual([1, ""]);
    expect(read()).toEqual([
      { event: "started", resource: "the-resource" },
      { event: "rke-log", resource: "the-resource", path: expect.stringContaining("-up.log") },
      {
        event: "failure",
        resource: "the-resource",
        failure: expect.objectContaining({
          kind: "rke",
          happened: ["RKE gave up: no space left", expect.stringContaining("-up.log")],
          pointOfNoReturn: { state: "passed-earlier" },
        }),
      },
    ]);
    expect(stderr).toMatch(/\nStep "Run rke up" FAILED\n {2}what happened: {7}RKE gave up: no space left\n/);
    expect(stderr).toMatch(/pulumi up --stack prod {3}\(continues from this step\)\n$/);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("that finds the note of earlier restores unreadable fails with what to do, and without a stack trace", async () => {
    const { folder, clusterFile } = fakeRke("");
    const unreadable = textFile(join(folder, ".rancher-rollback/restore.json"), "{");
    const { env, read } = eventsFile();
    const input = { hosts: [], id: "1234abcd", snapshot: "base", run: 1, silenceSeconds: 60 };
    const { code, stderr } = await stepProcess(folder, request("lock", clusterFile, input), { env });
    expect(code).toBe(1);
    expect(read().at(-1)).toMatchObject({
      event: "failure",
      failure: { kind: "system", pointOfNoReturn: { state: "unknown", unreadable } },
    });
    expect(stderr).toContain(`rm ${unreadable}`);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("that fails where nobody listens for events still tells the operator", async () => {
    const { folder, clusterFile, rke } = fakeRke("built; fatal no");
    const env = { [EVENTS_VARIABLE]: undefined };
    const { code, stderr } = await stepProcess(folder, upRequest(clusterFile, rke), { env });
    expect([code, stderr]).toEqual([1, expect.stringContaining('Step "Run rke up" FAILED')]);
  });

  test("does not begin once a stop is asked for, and says so as a failure", async () => {
    const { folder, clusterFile, rke } = fakeRke("touch ran; built");
    const { env, read } = eventsFile();
    const stop = join(folder, "stop");
    const stopping = { ...env, [STOP_VARIABLE]: stop };
    writeFileSync(stop, "");
    const { code, stdout } = await stepProcess(folder, upRequest(clusterFile, rke), { env: stopping });
    expect([code, stdout, existsSync(join(folder, "ran"))]).toEqual([1, "", false]);
    expect(read().at(-1)).toMatchObject({
      event: "failure",
      failure: { ...{ kind: "stopped", step: "rke-up", remedies: [] }, pointOfNoReturn: { state: "passed-earlier" } },
    });
  });

  test("that is stopped before the restore says that nothing was wiped", async () => {
    const { folder, clusterFile } = fakeRke("");
    const { env, read } = eventsFile();
    const stopping = { ...env, [STOP_VARIABLE]: textFile(join(folder, "stop"), "") };
    const preflight = request("preflight", clusterFile, {
      ...{ snapshot: "base", rkeVersion: { text: "v1.8.0" } as never, timeoutSeconds: 60 },
    });
    await stepProcess(folder, preflight, { env: stopping });
    expect(read().at(-1)).toMatchObject({ failure: { kind: "stopped", pointOfNoReturn: { state: "not-reached" } } });
  });

  test("begins where a stop could be asked for and is not", async () => {
    const { folder, clusterFile, rke } = fakeRke("built");
    const env = { [STOP_VARIABLE]: join(folder, "stop") };
    expect(await stepProcess(folder, upRequest(clusterFile, rke), { env })).toMatchObject({ code: 0 });
  });

  test("asks the nodes under the policy it is given", async () => {
    const folder = tempFolder();
    fakeSsh(folder);
    textFile(join(folder, "ssh"), `#!/bin/sh\nprintf '%s\\n' "$@" >'${folder}/args'\nexec sh -s\n`);
    fakeDocker(folder, {
      containers: ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"],
    });
    const node = "{address: 10.0.0.2, hostname_override: node2, user: rancher, role: [controlplane, etcd, worker]}";
    const clusterFile = clusterFileIn(folder, `nodes:\n  - ${node}\n`);
    const input = {
      rancher: CATTLE,
      order: "parallel",
      restarts: "auto",
      timeoutSeconds: 60,
      silenceSeconds: 60,
    } as const;
    const hostKeys = { knownHostsFile: "/known", allowUnknown: true };
    const restart = request("restart", clusterFile, input, { hostKeys });
    const { code, stdout } = await stepProcess(folder, restart);
    expect(code).toBe(0);
    expect(parseReport("restart", stdout)).toMatchObject({ nodes: [{ node: "node2" }] });
    expect(linesOf(join(folder, "args"))).toEqual(
      expect.arrayContaining(["-oUserKnownHostsFile=/known", "-oStrictHostKeyChecking=accept-new", "rancher@10.0.0.2"]),
    );
  });

  test("that cannot read the cluster file fails with what is wrong with it, without a stack trace", async () => {
    const clusterFile = textFile(join(tempFolder(), "c.yml"), "nodes: [");
    const { env, read } = eventsFile();
    const restart = request("restart", clusterFile, {
      ...{ rancher: CATTLE, order: "parallel", restarts: "auto", timeoutSeconds: 60, silenceSeconds: 60 },
    });
    const { code, stdout, stderr } = await stepProcess("/nowhere", restart, { env });
    expect([code, stdout]).toEqual([1, ""]);
    expect(read().at(-1)).toMatchObject({
      failure: {
        kind: "cluster-file",
        happened: [expect.stringContaining(`the cluster file ${clusterFile}: is not YAML: `)],
        // It restarts what runs on the restored data.
        pointOfNoReturn: { state: "passed-earlier" },
      },
    });
    expect(stderr).not.toMatch(/^\s+at /m);
  });
});

describe.concurrent("a request that is a mistake of the program", () => {
  const context = stepContext("/cluster.yml");
  test.for([
    ["names no step", { step: "dance", context, input: {} }, '"step"'],
    ["lacks its context", { step: "unlock", input: {} }, '"context"'],
    ["lacks a field", { step: "unlock", context, input: { id: "aaaaaaaa" } }, '"hosts"'],
    ["has a field of another type", { step: "unlock", context, input: { id: 7, hosts: [] } }, '"id"'],
    ["is no JSON", "{", "JSON"],
  ] as const)("as it %s: ends with 1, no report, and names it", async ([, wrong, field]) => {
    const { code, stdout, stderr } = await stepProcess("/nowhere", wrong);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr).toContain(field);
  });
});

test("a step that is killed leaves its RKE to finish; the next step waits for it and never overlaps it", async () => {
  const { folder, clusterFile, rke } = fakeRke(`me=first; [ ! -e marks ] || me=next
echo "begin $me" >>marks; echo $$ >"pid-$me"; info "begun $me"
while [ ! -e go ]; do sleep 0.1; done
built; info "ended $me"; echo "end $me" >>marks`);
  const up = upRequest(clusterFile, rke);
  const killed = startStep(folder, up);
  await until(() => linesOf(join(folder, "pid-first")).length > 0);
  processIn(join(folder, "pid-first"));
  killed.kill("SIGKILL");
  await once(killed, "close");

  const soFar = { code: null, stdout: "", stderr: "" };
  const next = stepProcess(folder, up, { soFar });
  await until(() => soFar.stderr.includes("\n"));
  expect(linesOf(join(folder, "marks"))).toEqual(["begin first"]);
  textFile(join(folder, "go"), "");
  const { code, stderr } = await next;
  expect(code, stderr).toBe(0);
  expect(stderr).toContain("an earlier run was killed, but its RKE still runs (rke up");
  expect(linesOf(join(folder, "marks"))).toEqual(["begin first", "end first", "begin next", "end next"]);
  const logs = join(folder, ".rancher-rollback", "logs");
  for (const log of readdirSync(logs)) {
    const names = linesOf(join(logs, log)).flatMap((line) => /msg="(?:begun|ended) (\w+)"/.exec(line)?.[1] ?? []);
    expect(new Set(names).size, log).toBe(1);
  }
});
