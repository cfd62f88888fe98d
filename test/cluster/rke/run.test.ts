import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { ClusterFolderBusy } from "../../../cluster/rke/earlierRke.ts";
import { runRke } from "../../../cluster/rke/run.ts";
import { fakeRke, linesOf } from "../../support/fakeRke.ts";
import { until } from "../../support/folder.ts";
import { runFake } from "../../support/rkeRun.ts";

describe.concurrent("a run of RKE that does what it was asked", () => {
  const GOOD = 'info "Restoring etcd snapshot $4"; warn slow disk; wiping; restored';

  test("has no problems, and knows when the wiping began and how many warnings there were", async () => {
    const before = Date.now();
    const { run: done } = await runFake(GOOD);
    expect(done).toMatchObject({
      exitCode: 0,
      succeeded: true,
      problems: [],
      warnings: 1,
      lastLine: "Finished restoring snapshot [base] on all etcd hosts",
    });
    expect(Date.parse(done.wipedAt ?? "")).toBeGreaterThanOrEqual(before);
    expect(Date.parse(done.wipedAt ?? "")).toBeLessThanOrEqual(Date.now());
  });

  test("shows the operator every line, readably and in order, and when the point of no return is passed", async () => {
    const { said } = await runFake(GOOD);
    expect(said).toEqual([
      "Restoring etcd snapshot base",
      "WARNING slow disk",
      "Cleaning old kubernetes cluster",
      "the point of no return is passed: RKE is wiping the cluster to restore it",
      ...["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((host) => `[hosts] Cleaning up host [${host}]`),
      "Finished restoring snapshot [base] on all etcd hosts",
    ]);
  });

  test("keeps RKE's log, standard error too, for this user alone", async () => {
    const { run: done, folder } = await runFake("info one\nwarn two\necho three >&2");
    expect(linesOf(done.log)).toEqual([
      'time="2026-11-23T14:00:00Z" level=info msg="one"',
      'time="2026-11-23T14:00:00Z" level=warning msg="two"',
      "three",
    ]);
    expect(dirname(done.log)).toBe(join(folder, ".rancher-rollback", "logs"));
    expect(done.log).toMatch(/-etcd-snapshot-restore\.log$/);
    expect(statSync(done.log).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, ".rancher-rollback")).mode & 0o777).toBe(0o700);
  });

  test("runs in the cluster file's folder, where RKE's state is", async () => {
    const { run: done, folder } = await runFake("pwd -P; ls rancher-cluster.yml");
    expect(linesOf(done.log)).toEqual([folder, "rancher-cluster.yml"]);
  });

  test("gets its arguments as they are, whatever is in them", async () => {
    const { run: done } = await runFake('printf "<%s>\\n" "$@"', { args: ["up", "a b", "$(id)", "'", ""] });
    expect(linesOf(done.log)).toEqual(["<up>", "<a b>", "<$(id)>", "<'>", "<>"]);
  });
});

describe.concurrent("what RKE prints", () => {
  const KEY =
    "[etcd] Snapshot [base] will be downloaded on host [10.0.0.1] from bucket [b] using accesskey [AKIAIOSFODNN7EXAMPLE]";

  test("leaves the program without secrets, and is kept without them", async () => {
    const { run: done, said, problems } = await runFake(`info "${KEY}"; fatal "S3_SECRET_KEY=wJalrXUtnFEMI is wrong"`);
    expect(said[0]).toBe(KEY.replace("AKIAIOSFODNN7EXAMPLE", "redacted"));
    expect(problems).toEqual(["RKE gave up: S3_SECRET_KEY=[redacted] is wrong"]);
    expect(JSON.stringify(done)).not.toMatch(/AKIA|wJalr/);
    const kept = readFileSync(done.log, "utf8");
    expect(kept).not.toMatch(/AKIA|wJalr/);
    expect(kept).toContain('level=info msg="[etcd] Snapshot [base] will be downloaded');
    expect(statSync(done.log).mode & 0o777).toBe(0o600);
  });

  test("is kept without secrets by the next run when its own step was killed", async () => {
    const { folder, clusterFile, rke } = fakeRke("built");
    const args = { purpose: "up", clusterFile, silenceSeconds: 60, say: () => {} } as const;
    const first = await runRke({ ...args, command: [rke, "first"] });
    writeFileSync(first.log, `${KEY}\n`);
    await runRke({ ...args, command: [rke, "next"] });
    expect(linesOf(first.log)).toEqual([KEY.replace("AKIAIOSFODNN7EXAMPLE", "redacted")]);
    expect(linesOf(join(folder, ".rancher-rollback", "rke.lock")).join()).toContain("rke next");
  });

  test("moves no cursor and turns no text around", async () => {
    const { said } = await runFake(`printf '\\033[2K\\rall is \\342\\200\\256well\\n'`);
    expect(said).toEqual(["all is well"]);
  });
});

describe.concurrent("a run of RKE that fails", () => {
  test("is known by its fatal line, with the reason", async () => {
    const { run: done, problems } = await runFake("info begin\nfatal 'Failed to restore: exit status 1'");
    expect(problems).toEqual(["RKE gave up: Failed to restore: exit status 1"]);
    expect(done).toMatchObject({ exitCode: 1, succeeded: false });
    expect(done.wipedAt).toBeUndefined();
  });

  const WARN = 'warn "Provisioning incomplete, host(s) [10.0.0.3] skipped because they could not be contacted"';
  test.each<[by: string, script: string, problem: string, facts?: object]>([
    ["a terminal's fatal line too", "echo 'FATA[0012] no etcd host'", "RKE gave up: no etcd host", { exitCode: 0 }],
    ["its exit code", "info working; exit 7", "RKE ended with exit code 7; its last line: working"],
    [
      "its exit code although it said that it is done",
      "wiping; restored; exit 1",
      "RKE ended with exit code 1; its last line: Finished restoring snapshot [base] on all etcd hosts",
      { finished: true, succeeded: false },
    ],
    [
      "the missing of its last line, though it exits with 0",
      "wiping; info [etcd] Building up etcd plane..",
      "RKE ended without saying that it is done; its last line: [etcd] Building up etcd plane..",
    ],
    [
      "that it was killed",
      "info working; kill -9 $$",
      "RKE ended with exit code none (killed); its last line: working",
    ],
    ["its exit code where it died without a word", "exit 2", "RKE ended with exit code 2; its last line: none"],
    [
      "a warning that RKE itself makes nothing of, and by every one of them once",
      `wiping\n${WARN}\n${WARN}\nrestored`,
      "RKE built the cluster without 10.0.0.3",
      { exitCode: 0, finished: true, succeeded: false },
    ],
  ])("is known by %s", async (_, script, problem, facts = {}) => {
    const { run: done, problems } = await runFake(script);
    expect(problems).toEqual([problem]);
    expect(done).toMatchObject(facts);
  });

  test("is known by a last line that was never finished", async () => {
    const { problems, said } = await runFake("printf 'FATA[0001] cut off'; exit 0");
    expect(problems).toEqual(["RKE gave up: cut off"]);
    expect(said).toEqual(["FATAL cut off"]);
  });

  test("is known by a node on which it did nothing, and about which it said nothing", async () => {
    const { problems } = await runFake(
      `info Building Kubernetes cluster
for host in 1 2 3; do info "[dialer] Setup tunnel for host [10.0.0.$host]"; done
info "Image [rancher/hyperkube:v1.30.4-rancher1] exists on host [10.0.0.1]"
info "Image [rancher/hyperkube:v1.30.4-rancher1] exists on host [10.0.0.3]"
info Finished building Kubernetes cluster successfully`,
      { purpose: "up" },
    );
    expect(problems).toEqual(["RKE did nothing on 10.0.0.2, and did not say why: the cluster was built without it"]);
  });

  test("is an error when the program cannot be started, and leaves the folder free", async () => {
    const { clusterFile, rke } = fakeRke("built");
    const args = { purpose: "up", clusterFile, silenceSeconds: 60, say: () => {} } as const;
    await expect(runRke({ ...args, command: [`${rke}-not-there`, "up"] })).rejects.toThrow(
      `RKE cannot be started, ${rke}-not-there: there is no such file or folder`,
    );
    await expect(runRke({ ...args, command: [rke, "up"] })).resolves.toMatchObject({ problems: [] });
  });
});

describe.concurrent("an addon that RKE could not deploy", () => {
  const ADDON = 'warn "Failed to deploy addon execute job [metrics]: timeout"';

  test("is no reason to wipe the cluster once more: the restore is done", async () => {
    const { run: done } = await runFake(`wiping\n${ADDON}\nrestored`);
    expect(done).toMatchObject({ succeeded: true, problems: [], flaws: [{ kind: "addon", addon: "metrics" }] });
  });

  test("makes rke up fail, which can be repeated", async () => {
    const { run: done, problems } = await runFake(`${ADDON}\nbuilt`, { purpose: "up" });
    expect(problems).toEqual(["RKE could not deploy the addon metrics; a longer addon_job_timeout may help"]);
    expect(done).toMatchObject({ exitCode: 0, succeeded: false });
  });
});

describe.concurrent("a second run on the same cluster folder", () => {
  test("is refused while the first one lives, says whose it is, and starts nothing", async () => {
    const { folder, clusterFile, rke } = fakeRke('echo "$1" >>started; while [ ! -e go ]; do sleep 0.1; done; built');
    const args = { purpose: "up", clusterFile, silenceSeconds: 60, say: () => {} } as const;
    const first = runRke({ ...args, command: [rke, "first"] });
    await until(() => linesOf(join(folder, "started")).length > 0);
    const refused = await runRke({ ...args, command: [rke, "second"] }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ClusterFolderBusy);
    expect((refused as ClusterFolderBusy).holder).toMatchObject({ step: process.pid, command: "rke first" });
    expect((refused as ClusterFolderBusy).message).toMatch(
      /^another run holds this cluster folder: process \d+ since .*Z \(rke first\); its log: .*-first\.log$/,
    );
    writeFileSync(join(folder, "go"), "");
    expect(await first).toMatchObject({ exitCode: 0, problems: [] });
    expect(linesOf(join(folder, "started"))).toEqual(["first"]);
    expect(await runRke({ ...args, command: [rke, "third"] })).toMatchObject({ exitCode: 0, problems: [] });
  });
});
