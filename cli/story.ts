import { describeFailure } from "../messages/failure.ts";
import { goOn } from "../messages/goOn.ts";
import { phaseOf } from "../run/phases.ts";

/** The last lines of a step that could not tell its story itself. */
const LAST_WORDS = 12;

/** A step that failed, as the engine tells of it. */
export interface FailedStep {
  name: string;
  stack: string;
  /** The engine's message: the command that was run and, behind it, all that it printed. */
  message: string;
  /** Whether the step was seen to pass the point of no return. */
  wiping: boolean;
}

/** What a person reads of a failed step: its own story, or what is known of one that was cut off or died. */
export function storyOf({ name, stack, message, wiping }: FailedStep): string {
  const own = /^.+ FAILED\n {2}what happened:[\s\S]*/m.exec(message);
  if (own) return own[0].trimEnd();
  const ran = /((?:exit status|signal)\S* [^\n]*?): running "[\s\S]*?":\n*([\s\S]*)$/.exec(message);
  if (!ran) return message;
  const [, how = "", said = ""] = ran;
  const lines = said.split("\n").filter((line) => line.trim() !== "");
  const { title = name, node } = phaseOf(name) ?? {};
  return describeFailure({
    step: node === undefined ? title : `${title} on ${node}`,
    happened: [`it was cut off: ${how}`, ...(lines.length > 0 ? ["its last words:", ...lines.slice(-LAST_WORDS)] : [])],
    done: "the steps before this one; of this one, what its last words tell",
    notDone: "the rest of it and everything after it",
    pointOfNoReturn: pointOfNoReturn(name, wiping),
    next: [goOn(stack)],
  });
}

function pointOfNoReturn(name: string, wiping: boolean): string {
  if (wiping) return "passed; an RKE that is at work ends what it began, and the next run waits for it";
  return name === "etcd-restore"
    ? "not known: an RKE that is at work ends what it began; its log is in .rancher-rollback/logs"
    : "not passed by this step; the steps before it tell about themselves";
}
