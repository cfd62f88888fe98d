import { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import type { Answer, FromWorker, Job, ToWorker } from "./job.ts";

// By the narrowest entry of the SDK, and first: its answer takes as long as the rest takes to load.
const pulumi = PulumiCommand.get();
// Without a CLI, the stack cannot be opened: that is where it shows.
pulumi.catch(() => {});
const [{ projectOf }, { Roll }, { realTarget }] = await Promise.all([
  import("./project.ts"),
  import("./roll.ts"),
  import("./roll/rollTarget.ts"),
]);

/**
 * One stack's run, in a process and a session of its own: Ctrl-C in the terminal does not reach the engine, and a lost
 * terminal ends the run before its next step instead of in the middle of one.
 */
async function work(job: Job): Promise<void> {
  process.chdir(projectOf().folder);
  const answers: ((answer: Answer) => void)[] = [];
  const talk = { tell, answer: () => new Promise<Answer>((resolve) => answers.push(resolve)) };
  const roll = new Roll(job, talk, realTarget(pulumi));
  process.on("message", (said: ToWorker) => {
    if (said.kind !== "stop") answers.shift()?.(said);
    else if (said.now) {
      roll.stopNow();
      cutOff();
    } else roll.stop();
  });
  process.on("disconnect", () => {
    answers.shift()?.({
      kind: "no",
      problem: { message: "the command that started this run has ended", remedy: "Run it again" },
    });
    roll.stop();
  });
  // It was gone before anybody listened.
  if (!process.connected) roll.stop();
  const exitCode = await roll.run();
  await tell({ kind: "ended", exitCode });
}

/** The process that began the run may have ended: the run still goes to its own end. */
async function tell(said: FromWorker): Promise<void> {
  if (process.connected) await new Promise((sent) => process.send?.(said, sent));
}

/** The engine is told to end what runs; RKE is in a group of its own and ends what it began. */
function cutOff(): void {
  process.on("SIGINT", () => {});
  process.kill(-process.pid, "SIGINT");
}

await work(JSON.parse(process.argv[2] ?? "{}"));
process.exit();
