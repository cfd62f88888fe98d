import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { isAlive } from "../../../cluster/processes.ts";
import { linesOf, processIn } from "../../support/fakeRke.ts";
import { textFile, until } from "../../support/folder.ts";
import { runFake } from "../../support/rkeRun.ts";

/** What a fake RKE does until the file `go` is there. */
const WAIT = "while [ ! -e go ]; do sleep 0.1; done";
const go = (folder: string) => void textFile(join(folder, "go"), "");

describe.concurrent("a node that RKE drops", () => {
  const DROPPED = 'warn "Removing host [10.0.0.3] from node lists"';
  const onceDropped = { heard: (line: string, folder: string) => line.includes("Removing host") && go(folder) };

  test("stops RKE while nothing is wiped yet", async () => {
    const { run: done, problems, said, folder } = await runFake(`${DROPPED}\nsleep 600\ntouch wiped\nwiping`);
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done.exitCode).toBeNull();
    expect(done.wipedAt).toBeUndefined();
    expect(said).toContain("RKE is stopped: no node is changed yet");
    expect(linesOf(join(folder, "wiped"))).toEqual([]);
  });

  test("stops an RKE that runs behind a wrapper as well", async () => {
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

  test("does not stop RKE any more once the wiping has begun, but is a failure all the same", async () => {
    const { run: done, problems } = await runFake(`wiping\n${DROPPED}\n${WAIT}\nrestored`, onceDropped);
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done).toMatchObject({ exitCode: 0, lastLine: "Finished restoring snapshot [base] on all etcd hosts" });
    expect(done.wipedAt).toBeDefined();
  });

  test("that RKE outran is reported with the truth about the wiping", async () => {
    const { run: done, problems } = await runFake(`lines=$(${DROPPED}; wiping); echo "$lines"; exec sleep 600`);
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done.wipedAt).toBeDefined();
  });

  test("by RKE v0.1.x may be too late to stop it: etcd is removed before a line says so", async () => {
    const { run: done, said } = await runFake(`info Starting restoring snapshot on etcd hosts
for host in 1 2 3; do info "[dialer] Setup tunnel for host [10.0.0.$host]"; done
${DROPPED}; exec sleep 600`);
    expect(said.at(-1)).toBe("RKE is stopped: etcd may already be removed from a node");
    expect(done.wipedAt).toBeUndefined();
    expect(done.wipePossible?.line).toBe("[dialer] Setup tunnel for host [10.0.0.3]");
  });

  test("does not stop an rke up that works on the nodes already", async () => {
    const { run: done, problems } = await runFake(
      `info "Starting container [cluster-state-deployer] on host [10.0.0.1]"
${DROPPED}; ${WAIT}; built`,
      { ...onceDropped, purpose: "up" },
    );
    expect(problems).toEqual(["RKE dropped 10.0.0.3 and would continue without it"]);
    expect(done).toMatchObject({ exitCode: 0, finished: true });
  });
});

describe("an RKE that prints nothing", () => {
  const HANGS = 'echo $$ >pid; info "[dialer] Setup tunnel for host [10.0.0.3]"; exec sleep 600';
  afterEach(() => void vi.useRealTimers());

  /** Whenever a line like this is heard, so many seconds pass at once. */
  function passing(seconds: number, after: RegExp, then: (line: string, folder: string) => void = () => {}) {
    vi.useFakeTimers({ toFake: ["Date"] });
    const heard = (line: string, folder: string) => {
      if (after.test(line)) vi.setSystemTime(Date.now() + seconds * 1000);
      then(line, folder);
    };
    return { silenceSeconds: 60, heard };
  }

  test.each(["restore", "up"] as const)(
    "is stopped, with its last line, as a %s hangs for ever on a frozen node",
    async (purpose) => {
      const { run: done, problems, folder } = await runFake(HANGS, { ...passing(61, /^\[dialer\]/), purpose });
      expect(done.exitCode).toBeNull();
      expect(problems).toEqual([
        "RKE printed nothing for 60 s and was stopped; its last line: [dialer] Setup tunnel for host [10.0.0.3]",
      ]);
      expect(isAlive(processIn(join(folder, "pid")))).toBe(false);
    },
  );

  test("is left alone as long as it prints a line now and then", async () => {
    const waits = "for word in 1 2 3 4; do info $word; until [ -e $word ]; do sleep 0.1; done; done; wiping; restored";
    const quiet = passing(50, /^\d$/, (line, folder) => /^\d$/.test(line) && textFile(join(folder, line), ""));
    const { run: done } = await runFake(waits, quiet);
    expect(done).toMatchObject({ exitCode: 0, problems: [] });
  });

  test("is never stopped once it wipes; the operator reads how long it has been so, and where", async () => {
    const notice =
      /^RKE has printed nothing for \d+ s; it changes the nodes, so it is left running \(process \d+\); its last line: \[hosts\] Cleaning up host \[10\.0\.0\.3\]$/;
    const quiet = passing(61, /10\.0\.0\.3/, (line, folder) => /nothing for 1\d\d s/.test(line) && go(folder));
    const { run: done, said } = await runFake(`wiping; ${WAIT}; restored`, quiet);
    expect(done).toMatchObject({ exitCode: 0, succeeded: true });
    expect(said.filter((line) => notice.test(line)).length).toBeGreaterThan(1);
  });

  test("is never stopped once rke up works on the nodes", async () => {
    const quiet = passing(61, /^Pre-pulling/, (line, folder) => line.includes("printed nothing") && go(folder));
    const { run: done } = await runFake(`info Pre-pulling kubernetes images; ${WAIT}; built`, {
      ...quiet,
      purpose: "up",
    });
    expect(done).toMatchObject({ exitCode: 0, succeeded: true });
  });
});
