import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { forgetRollbacks, type LabCluster } from "../../lab/cluster/cluster.ts";
import type { Engine } from "../../lab/engine/engine.ts";
import type { CommandResult } from "../../lab/machine/process.ts";
import { signal } from "../../lab/machine/processes.ts";
import { CommandLine } from "../../lab/rehearsals/commandLine.ts";
import { familyOf } from "../../lab/rehearsals/killEngine.ts";
import { labConfig, RollbackStack } from "../../lab/rehearsals/rollbackStack.ts";
import type { RunEvent } from "../../run/events.ts";
import { recordSchema } from "../../run/record.ts";
import { answerOf, endOf, etcdCreated, eventsOf, folderElsewhere, lockedNodes, PRIOR, Scene } from "./support.ts";

describe("rancher-rollback that is stopped before its wipe", () => {
  const scene = new Scene("stopped");
  const { folder, snapshot } = scene;
  let cluster: LabCluster;
  let engine: Engine;
  let rollback: CommandLine;
  let before: string[];

  beforeAll(async () => {
    const unmarked = { before: async () => {}, after: async () => {} };
    ({ cluster, engine, rollback } = await scene.prepare({ isConfirmed: false, ...unmarked }));
    before = await etcdCreated(cluster);
  });

  test("apply whose worker is killed says what to type, and leaves a report of how far it came", async () => {
    const ofKilled = await onStack("killed");
    const { code, events } = await hit(ofKilled, (command) => process.kill(workerOf(command), "SIGKILL"));
    expect(code).toBe(1);
    const { result, error } = endOf(events);
    expect(result).toBe("failed");
    expect(error).toContain("was killed by SIGKILL");
    expect(error).toContain("rancher-rollback apply --stack killed");
    expect((await ofKilled.type(["report"])).stdout).toMatch(/^\* \d{8}T\d{6}Z-apply {2}ended without a result$/m);
    expect(await etcdCreated(cluster)).toEqual(before);
    await forgetRollbacks(cluster);
  });

  test("apply whose command is killed goes on to the end of its step and no further, and leaves its whole report", async () => {
    const ofLost = await onStack("lost");
    const report = async () => (await ofLost.type(["report"])).stdout;
    await hit(ofLost, (command) => process.kill(command, "SIGKILL"));
    await expect.poll(report, { timeout: 60_000, interval: 1000 }).toMatch(/^\* \d{8}T\d{6}Z-apply {2}interrupted$/m);
    const { json } = answerOf(await ofLost.type(["report", "--json"]), "report");
    const { steps, error } = recordSchema.parse(JSON.parse(readFileSync(json, "utf8")));
    expect(steps.find(({ step }) => step === "preflight")).toMatchObject({ failed: false });
    expect(error).toContain("the run was stopped on request before this step");
    expect(await etcdCreated(cluster)).toEqual(before);
    await forgetRollbacks(cluster);
  });

  test("abort on another machine takes the lock from a run that hangs, which finds so before its wipe when it goes on", async () => {
    const ofHanging = await onStack("hanging");
    const words = ["abort", "--json", "--config", `clusterFile=${folderElsewhere(cluster)}`];
    const typed = Promise.withResolvers<CommandResult>();
    const { code, events } = await hit(ofHanging, (command) => {
      const hanging = familyOf([command]);
      for (const pid of hanging) signal(pid, "SIGSTOP");
      const goOn = () => {
        for (const pid of hanging) signal(pid, "SIGCONT");
      };
      typed.resolve(ofHanging.type(words).finally(goOn));
    });
    const aborted = await typed.promise;
    const released = ["node1", "node2", "node3"].map((node) => ({ node, released: true }));
    expect([aborted.code, answerOf(aborted, "abort").hosts]).toEqual([0, released]);
    expect(code).toBe(1);
    expect(endOf(events).error).toContain("the lock of this rollback was released while it ran");
    expect(events.some(({ event }) => event === "wiping")).toBe(false);
    expect([await etcdCreated(cluster), await lockedNodes(cluster)]).toEqual([before, []]);
  });

  test("apply that is interrupted twice ends at once in the middle of a step, and offers no undo of what wiped nothing", async () => {
    const interrupt = (command: number) => process.kill(command, "SIGINT");
    const { code, events } = await hit(rollback, interrupt, interrupt);
    expect(code).toBe(1);
    expect(endOf(events)).toMatchObject({ result: "interrupted", canBeUndone: false });
    expect(endOf(events).error).toContain("it was cut off");
    expect(await etcdCreated(cluster)).toEqual(before);
  });

  test("apply that is interrupted ends before its next step, and unlock shows and takes away what it left", async () => {
    const { code, events } = await hit(rollback, (command) => process.kill(command, "SIGINT"));
    expect(code).toBe(1);
    expect(endOf(events).result).toBe("interrupted");
    expect(events.some(({ event }) => event === "wiping")).toBe(false);
    expect(await etcdCreated(cluster)).toEqual(before);
    expect(await lockedNodes(cluster)).toEqual(["node1", "node2", "node3"]);

    const shown = await rollback.type(["unlock"]);
    const id = /node1: locked by .*\(lock ([0-9a-f]{8})\)/.exec(shown.stdout)?.[1] ?? "";
    expect(shown.stdout).toContain(`--of ${id}`);
    const another = await rollback.type(["unlock", "--of", "00000000", "--json"]);
    expect(answerOf(another, "unlock").hosts.map(({ lock }) => lock?.id)).toEqual([id, id, id]);
    expect(another.code).toBe(1);
    expect(await lockedNodes(cluster)).toEqual(["node1", "node2", "node3"]);
    expect((await rollback.type(["unlock", "--of", id])).code).toBe(0);
    expect(await lockedNodes(cluster)).toEqual([]);
  });

  test("report names the last run and writes its files elsewhere", async () => {
    const into = join(folder, "elsewhere");
    const { code, stdout } = await rollback.type(["report", "--into", into]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\* \d{8}T\d{6}Z-apply {2}interrupted$/m);
    expect(readFileSync(join(into, "report.html"), "utf8")).toContain(snapshot);
    const report = answerOf(await rollback.type(["report", "--json"]), "report");
    expect(readFileSync(report.md, "utf8")).toContain(snapshot);
  });

  /** For a stack of its own, which does not confirm the loss of data. */
  async function onStack(name: string): Promise<CommandLine> {
    const { acceptDataLossOf: _, ...config } = labConfig(cluster, snapshot, PRIOR);
    await (await RollbackStack.open(name, folder, engine)).configure(config);
    return new CommandLine(name, folder, engine);
  }

  /**
   * `apply --json`, to whose process something happens in the middle of the proof of the snapshot, and again once it was
   * heeded. At the start of a step it would be too early: the step itself looks first whether somebody asked to stop.
   */
  async function hit(
    typed: CommandLine,
    what: (pid: number) => void,
    again: (pid: number) => void = () => {},
  ): Promise<{ code: number | null; events: RunEvent[] }> {
    const { command, args, env } = typed.process(["apply", "--json", "--accept-data-loss-of", snapshot]);
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    const happenings = [
      { at: '"event":"line","step":"preflight"', happens: what },
      { at: "interrupt again to stop now", happens: again },
    ];
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      while (happenings[0] && said.includes(happenings[0].at)) happenings.shift()?.happens(child.pid ?? 0);
    });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, events: eventsOf(said) };
  }
});

/** The process of the one stack's run. */
function workerOf(command: number): number {
  const [child] = readFileSync(`/proc/${command}/task/${command}/children`, "utf8").split(" ");
  return Number(child);
}
