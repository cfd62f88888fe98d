import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { clusterFileIn } from "../support/clusterFile.ts";
import { fakeDocker } from "../support/fakeDocker.ts";
import { fakeRke, linesOf, processIn } from "../support/fakeRke.ts";
import { afterwards, tempFolder, textFile, until } from "../support/folder.ts";
import { fakeSsh, LABELS, stepProcess } from "../support/steps.ts";

describe.concurrent("a step as Pulumi runs it", { timeout: 60_000 }, () => {
  test("prints its result as one line of JSON, with its timing, and its progress on standard error", async ({
    expect,
  }) => {
    const { folder, clusterFile, rke } = fakeRke('info "built with $*"; warn slow');
    const args = ["rke", "--cluster-file", clusterFile, "--stack", "prod", "--", rke, "up", "--config", "a b.yml"];
    const { code, stdout, stderr } = await stepProcess(folder, args);
    expect(stderr).toBe("built with up --config a b.yml\nWARNING slow\n");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{.*\}\n$/);
    const { startedAt, finishedAt, seconds, ...result } = JSON.parse(stdout);
    expect(result).toEqual({ rke: "v1.8.0", warnings: 1, log: expect.stringMatching(/-up\.log$/) });
    expect(Date.parse(finishedAt) - Date.parse(startedAt)).toBeGreaterThanOrEqual(0);
    expect(seconds).toBeCloseTo((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000, 0);
  });

  test("that fails ends with 1, prints no result, and tells all there is to know without a stack trace", async ({
    expect,
  }) => {
    const { folder, clusterFile, rke } = fakeRke("info Cleaning old kubernetes cluster; fatal etcd-restore failed");
    fakeSsh(folder);
    fakeDocker(folder, { containers: [] });
    const options = ["--cluster-file", clusterFile, "--stack", "prod", "--snapshot", "base"];
    const command = [rke, "etcd", "snapshot-restore", "--name", "base"];
    const { code, stdout, stderr } = await stepProcess(folder, ["rke", ...options, "--", ...command]);
    expect([code, stdout]).toEqual([1, ""]);
    for (const label of LABELS) expect(stderr).toContain(label);
    expect(stderr).toMatch(
      /\nthe etcd restore of snapshot base FAILED\n {2}what happened: {7}RKE gave up: etcd-restore failed\n/,
    );
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("asks the nodes under the policy it is given", async ({ expect }) => {
    const folder = tempFolder();
    fakeSsh(folder);
    textFile(join(folder, "ssh"), `#!/bin/sh\nprintf '%s\\n' "$@" >'${folder}/args'\nexec sh -s\n`);
    fakeDocker(folder, {
      containers: ["kube-apiserver", "kubelet", "kube-controller-manager", "kube-scheduler", "kube-proxy"],
    });
    const options = ["--cluster-file", clusterFileIn(folder), "--node", "node2", "--known-hosts", "/known"];
    const { code, stdout } = await stepProcess(folder, ["restart", ...options, "--allow-unknown-host-keys"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ node: "node2", seconds: expect.any(Number) });
    expect(linesOf(join(folder, "args"))).toEqual(
      expect.arrayContaining(["-oUserKnownHostsFile=/known", "-oStrictHostKeyChecking=accept-new", "rancher@10.0.0.2"]),
    );
  });

  test("that cannot read the cluster file tells that as a failure, without a stack trace", async ({ expect }) => {
    const clusterFile = textFile(join(tempFolder(), "c.yml"), "nodes: [");
    const { code, stdout, stderr } = await stepProcess("/nowhere", [
      ...["restart", "--cluster-file", clusterFile, "--stack", "prod", "--node", "node1"],
    ]);
    expect([code, stdout]).toEqual([1, ""]);
    for (const label of LABELS) expect(stderr).toContain(label);
    expect(stderr).toContain(`the cluster file ${clusterFile}: is not YAML: `);
    expect(stderr).not.toMatch(/^\s+at /m);
  });

  test("that does not exist is a mistake of the program, told as one", async ({ expect }) => {
    const { code, stderr } = await stepProcess("/nowhere", ["dance"]);
    expect(code).toBe(1);
    expect(stderr).toContain('no step is called "dance"');
  });

  test("that is killed leaves its RKE to finish; the next step waits for it and never overlaps it", async ({
    expect,
  }) => {
    const { folder, clusterFile, rke } = fakeRke(`echo "begin $2" >>marks; echo $$ >"pid-$2"; info "begun $2"
while [ ! -e go ]; do sleep 0.1; done
info "ended $2"; echo "end $2" >>marks`);
    const main = join(import.meta.dirname, "../../steps/main.ts");
    const args = (name: string) => ["rke", "--cluster-file", clusterFile, "--", rke, "up", name];
    const killed = spawn(process.execPath, [main, ...args("first")], { stdio: ["ignore", "pipe", "pipe"] });
    afterwards(() => killed.kill("SIGKILL"));
    await until(() => linesOf(join(folder, "pid-first")).length > 0);
    processIn(join(folder, "pid-first"));
    killed.kill("SIGKILL");
    await once(killed, "close");

    const soFar = { code: null, stdout: "", stderr: "" };
    const next = stepProcess(folder, args("next"), soFar);
    await until(() => soFar.stderr.includes("\n"));
    expect(linesOf(join(folder, "marks"))).toEqual(["begin first"]);
    textFile(join(folder, "go"), "");
    const { code, stderr } = await next;
    expect(code).toBe(0);
    expect(stderr).toContain("an earlier run was killed, but its RKE still runs (rke up first): waiting for it");
    expect(linesOf(join(folder, "marks"))).toEqual(["begin first", "end first", "begin next", "end next"]);

    const logs = join(folder, ".rancher-rollback", "logs");
    const lines = readdirSync(logs)
      .sort()
      .map((log) => linesOf(join(logs, log)).map((line) => /msg="(.*)"/.exec(line)?.[1]));
    expect(lines).toEqual(
      expect.arrayContaining([
        ["begun first", "ended first"],
        ["begun next", "ended next"],
      ]),
    );
  });
});
