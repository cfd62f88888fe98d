import { readFileSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "vitest";
import { isAlive } from "../../../cluster/rke/folderLock.ts";
import { ClusterFolderBusy, type RkeRun, runRke } from "../../../cluster/rke/run.ts";
import { fakeRke, linesOf, processIn } from "../../support/fakeRke.ts";
import { until } from "../../support/folder.ts";

interface Ran {
  run: RkeRun;
  said: string[];
  folder: string;
}

async function run(script: string, over: { silenceSeconds?: number; args?: string[] } = {}): Promise<Ran> {
  const { folder, clusterFile, rke } = fakeRke(script);
  const said: string[] = [];
  const finished = await runRke({
    command: [rke, ...(over.args ?? ["etcd", "snapshot-restore", "--name", "base"])],
    clusterFile,
    silenceSeconds: over.silenceSeconds ?? 60,
    pointOfNoReturn: "Cleaning old kubernetes cluster",
    say: (line) => said.push(line),
  });
  return { run: finished, said, folder };
}

describe.concurrent("a run of RKE that does what it was asked", { timeout: 60_000 }, () => {
  const GOOD = `info "Restoring snapshot $4"
warn slow disk
info Cleaning old kubernetes cluster
info "Finished restoring snapshot [$4] on all etcd hosts"`;

  test("has no problems, and knows when the wiping began and how many warnings there were", async ({ expect }) => {
    const before = Date.now();
    const { run: done } = await run(GOOD);
    expect(done).toMatchObject({
      exitCode: 0,
      problems: [],
      warnings: 1,
      lastLine: "Finished restoring snapshot [base] on all etcd hosts",
    });
    expect(Date.parse(done.wipedAt ?? "")).toBeGreaterThanOrEqual(before);
    expect(Date.parse(done.wipedAt ?? "")).toBeLessThanOrEqual(Date.now());
  });

  test("tells the operator every line, readably and in order, and when the point of no return is passed", async ({
    expect,
  }) => {
    const { said } = await run(GOOD);
    expect(said).toEqual([
      "Restoring snapshot base",
      "WARNING slow disk",
      "Cleaning old kubernetes cluster",
      "the point of no return is passed: RKE is wiping the cluster to restore it",
      "Finished restoring snapshot [base] on all etcd hosts",
    ]);
  });

  test("keeps RKE's log as RKE wrote it, standard error too, for this user alone", async ({ expect }) => {
    const { run: done, folder } = await run("info one\nwarn two\necho three >&2");
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

  test("runs in the cluster file's folder, where RKE's state is", async ({ expect }) => {
    const { run: done, folder } = await run("pwd -P; ls rancher-cluster.yml");
    expect(linesOf(done.log)).toEqual([folder, "rancher-cluster.yml"]);
  });

  test("gets its arguments as they are, whatever is in them", async ({ expect }) => {
    const { run: done } = await run('printf "<%s>\\n" "$@"', { args: ["up", "a b", "$(id)", "'", ""] });
    expect(linesOf(done.log)).toEqual(["<up>", "<a b>", "<$(id)>", "<'>", "<>"]);
  });
});

describe.concurrent("a run of RKE that fails", { timeout: 60_000 }, () => {
  test("is known by its fatal line, with the reason", async ({ expect }) => {
    const { run: done } = await run("info begin\nfatal 'Failed to restore: exit status 1'");
    expect(done).toMatchObject({ exitCode: 1, problems: ["RKE gave up: Failed to restore: exit status 1"] });
    expect(done.wipedAt).toBeUndefined();
  });

  test("is known by a terminal's fatal line too, though it exits with 0", async ({ expect }) => {
    const { run: done } = await run("echo 'FATA[0012] no etcd host'");
    expect(done).toMatchObject({ exitCode: 0, problems: ["RKE gave up: no etcd host"] });
  });

  test("is known by its exit code where it gave no reason", async ({ expect }) => {
    const { run: done } = await run("info working; exit 7");
    expect(done.problems).toEqual(["RKE ended with exit code 7; its last word: working"]);
  });

  test("is known when it was killed, and when it died without a word", async ({ expect }) => {
    expect((await run("info working; kill -9 $$")).run.problems).toEqual([
      "RKE ended with exit code none (killed); its last word: working",
    ]);
    expect((await run("exit 2")).run.problems).toEqual(["RKE ended with exit code 2; its last word: none"]);
  });

  test("is known by a last line that was never finished", async ({ expect }) => {
    const { run: done, said } = await run("printf 'FATA[0001] cut off'; exit 0");
    expect(done.problems).toEqual(["RKE gave up: cut off"]);
    expect(said).toEqual(["FATA[0001] cut off"]);
  });

  test("is known by a warning that RKE itself makes nothing of, and by every one of them once", async ({ expect }) => {
    const { run: done } = await run(`info Cleaning old kubernetes cluster
warn "Provisioning incomplete, host(s) [10.0.0.3] skipped because they could not be contacted"
warn "Provisioning incomplete, host(s) [10.0.0.3] skipped because they could not be contacted"
warn "Failed to deploy addon execute job [metrics]: timeout"
info Finished`);
    expect(done).toMatchObject({
      exitCode: 0,
      problems: [
        "RKE built the cluster without 10.0.0.3",
        "RKE could not deploy the addon metrics; a longer addon_job_timeout may help",
      ],
    });
  });

  test("is an error when the program cannot be started, and leaves the folder free", async ({ expect }) => {
    const { clusterFile, rke } = fakeRke("info fine");
    const args = { clusterFile, silenceSeconds: 60, say: () => {} };
    await expect(runRke({ ...args, command: [`${rke}-not-there`, "up"] })).rejects.toThrow("ENOENT");
    await expect(runRke({ ...args, command: [rke, "up"] })).resolves.toMatchObject({ problems: [] });
  });
});

describe.concurrent("a node that RKE drops", { timeout: 60_000 }, () => {
  const DROPPED = 'warn "Removing host [10.0.0.3] from node lists"';

  test("stops RKE while nothing is wiped yet", async ({ expect }) => {
    const {
      run: done,
      said,
      folder,
    } = await run(`${DROPPED}\nsleep 600\ntouch wiped\ninfo Cleaning old kubernetes cluster`);
    expect(done).toMatchObject({
      exitCode: null,
      problems: ["RKE dropped 10.0.0.3 and would go on without it"],
    });
    expect(done.wipedAt).toBeUndefined();
    expect(said).toContain("nothing has been wiped yet: RKE is stopped here");
    expect(linesOf(join(folder, "wiped"))).toEqual([]);
  });

  test("stops an RKE that runs behind a wrapper as well", async ({ expect }) => {
    const { run: done, folder } = await run(`if [ "\${INNER-}" ]; then echo $$ >inner; ${DROPPED}; exec sleep 600; fi
INNER=1 sh ./rke "$@"
echo the wrapper went on`);
    expect(done.problems).toEqual(["RKE dropped 10.0.0.3 and would go on without it"]);
    const inner = processIn(join(folder, "inner"));
    await until(() => !isAlive(inner));
    expect(readFileSync(done.log, "utf8")).not.toContain("went on");
  });

  test("does not stop RKE any more once the wiping has begun, but is a failure all the same", async ({ expect }) => {
    const { run: done } = await run(`info Cleaning old kubernetes cluster\n${DROPPED}\nsleep 1\ninfo Finished`);
    expect(done).toMatchObject({
      exitCode: 0,
      lastLine: "Finished",
      problems: ["RKE dropped 10.0.0.3 and would go on without it"],
    });
    expect(done.wipedAt).toBeDefined();
  });

  test("that RKE outran is told with the truth about the wiping", async ({ expect }) => {
    const { run: done } = await run(`${DROPPED}\ninfo Cleaning old kubernetes cluster\nexec sleep 600`);
    expect(done.problems).toEqual(["RKE dropped 10.0.0.3 and would go on without it"]);
    expect(done.wipedAt).toBeDefined();
  });
});

describe.concurrent("an RKE that says nothing", { timeout: 60_000 }, () => {
  test("is stopped, with its last word, as it hangs for ever on a frozen node", async ({ expect }) => {
    const { run: done, folder } = await run(
      'echo $$ >pid; info "[dialer] Setup tunnel for host [10.0.0.3]"; exec sleep 600',
      { silenceSeconds: 0.5 },
    );
    expect(done).toMatchObject({
      exitCode: null,
      problems: [
        "RKE said nothing for 0.5 s and was stopped; its last word: [dialer] Setup tunnel for host [10.0.0.3]",
      ],
    });
    expect(isAlive(processIn(join(folder, "pid")))).toBe(false);
  });

  test("is left alone as long as it says a word now and then", async ({ expect }) => {
    const { run: done } = await run("for word in 1 2 3 4 5 6 7; do info $word; sleep 0.5; done", {
      silenceSeconds: 2.5,
    });
    expect(done).toMatchObject({ exitCode: 0, problems: [], lastLine: "7" });
  });
});

describe.concurrent("a second run on the same cluster folder", { timeout: 60_000 }, () => {
  test("is refused while the first one lives, says whose it is, and starts nothing", async ({ expect }) => {
    const { folder, clusterFile, rke } = fakeRke(
      'echo "$1" >>started; info begun; while [ ! -e go ]; do sleep 0.1; done; info ended',
    );
    const args = { clusterFile, silenceSeconds: 60, say: () => {} };
    const first = runRke({ ...args, command: [rke, "first"] });
    await until(() => linesOf(join(folder, "started")).length > 0);
    const refused = await runRke({ ...args, command: [rke, "second"] }).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(ClusterFolderBusy);
    expect((refused as ClusterFolderBusy).holder).toMatchObject({ step: process.pid, command: "rke first" });
    expect((refused as ClusterFolderBusy).message).toMatch(
      /^another run holds this cluster folder: process \d+ since .*Z \(rke first\); its log: .*-first\.log$/,
    );
    writeFileSync(join(folder, "go"), "");
    expect(await first).toMatchObject({ exitCode: 0, problems: [], lastLine: "ended" });
    expect(linesOf(join(folder, "started"))).toEqual(["first"]);
    expect(await runRke({ ...args, command: [rke, "third"] })).toMatchObject({ exitCode: 0, problems: [] });
  });
});
