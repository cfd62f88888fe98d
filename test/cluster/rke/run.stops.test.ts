import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "vitest";
import { isAlive } from "../../../cluster/processes.ts";
import { linesOf, processIn } from "../../support/fakeRke.ts";
import { until } from "../../support/folder.ts";
import { runFake } from "../../support/rkeRun.ts";

describe.concurrent("a node that RKE drops", () => {
  const DROPPED = 'warn "Removing host [10.0.0.3] from node lists"';

  test("stops RKE while nothing is wiped yet", async ({ expect }) => {
    const { run: done, problems, said, folder } = await runFake(`${DROPPED}\nsleep 600\ntouch wiped\nwiping`);
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done.exitCode).toBeNull();
    expect(done.wipedAt).toBeUndefined();
    expect(said).toContain("RKE is stopped: no node is changed yet");
    expect(linesOf(join(folder, "wiped"))).toEqual([]);
  });

  test("stops an RKE that runs behind a wrapper as well", async ({ expect }) => {
    const {
      run: done,
      problems,
      folder,
    } = await runFake(`if [ "\${INNER-}" ]; then echo $$ >inner; ${DROPPED}; exec sleep 600; fi
INNER=1 sh ./rke "$@"
echo the wrapper went on`);
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    const inner = processIn(join(folder, "inner"));
    await until(() => !isAlive(inner));
    expect(readFileSync(done.log, "utf8")).not.toContain("went on");
  });

  test("does not stop RKE any more once the wiping has begun, but is a failure all the same", async ({ expect }) => {
    const { run: done, problems } = await runFake(`wiping\n${DROPPED}\nsleep 1\nrestored`);
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done).toMatchObject({ exitCode: 0, lastLine: "Finished restoring snapshot [base] on all etcd hosts" });
    expect(done.wipedAt).toBeDefined();
  });

  test("that RKE outran is reported with the truth about the wiping", async ({ expect }) => {
    const { run: done, problems } = await runFake(`${DROPPED}\nwiping\nexec sleep 600`);
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done.wipedAt).toBeDefined();
  });

  test("by RKE v0.1.x may be too late to stop it: etcd is removed before a line says so", async ({ expect }) => {
    const { run: done, said } = await runFake(`info Starting restoring snapshot on etcd hosts
for host in 1 2 3; do info "[dialer] Setup tunnel for host [10.0.0.$host]"; done
${DROPPED}; exec sleep 600`);
    expect(said.at(-1)).toBe("RKE is stopped: etcd may already be removed from a node");
    expect(done.wipedAt).toBeUndefined();
    expect(done.wipePossible?.line).toBe("[dialer] Setup tunnel for host [10.0.0.3]");
  });

  test("does not stop an rke up that works on the nodes already", async ({ expect }) => {
    const { run: done, problems } = await runFake(
      `info "Starting container [cluster-state-deployer] on host [10.0.0.1]"
${DROPPED}; sleep 1; built`,
      { purpose: "up" },
    );
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done).toMatchObject({ exitCode: 0, finished: true });
  });
});

describe.concurrent("an RKE that prints nothing", () => {
  const HANGS = 'echo $$ >pid; info "[dialer] Setup tunnel for host [10.0.0.3]"; exec sleep 600';

  test.for(["restore", "up"] as const)(
    "is stopped, with its last line, as a %s hangs for ever on a frozen node",
    async (purpose, { expect }) => {
      const { run: done, problems, folder } = await runFake(HANGS, { silenceSeconds: 0.5, purpose });
      expect(done.exitCode).toBeNull();
      expect(problems).toEqual([
        "RKE printed nothing for 0.5 s and was stopped; its last line: [dialer] Setup tunnel for host [10.0.0.3]",
      ]);
      expect(isAlive(processIn(join(folder, "pid")))).toBe(false);
    },
  );

  test("is left alone as long as it prints a line now and then", async ({ expect }) => {
    const { run: done } = await runFake("for word in 1 2 3 4 5 6 7; do info $word; sleep 0.5; done; wiping; restored", {
      silenceSeconds: 2.5,
    });
    expect(done).toMatchObject({ exitCode: 0, problems: [] });
  });

  test("is never stopped once it wipes; the operator reads how long it has been so, and where", async ({ expect }) => {
    const { run: done, said } = await runFake("wiping; sleep 3; restored", { silenceSeconds: 0.5 });
    expect(done).toMatchObject({ exitCode: 0, succeeded: true });
    const notice =
      /^RKE has printed nothing for \d s; it changes the nodes, so it is left running \(process \d+\); its last line: \[hosts\] Cleaning up host \[10\.0\.0\.3\]$/;
    expect(said.filter((line) => notice.test(line)).length).toBeGreaterThan(1);
  });

  test("is never stopped once rke up works on the nodes", async ({ expect }) => {
    const { run: done } = await runFake("info Pre-pulling kubernetes images; sleep 2; built", {
      silenceSeconds: 0.5,
      purpose: "up",
    });
    expect(done).toMatchObject({ exitCode: 0, succeeded: true });
  });
});
