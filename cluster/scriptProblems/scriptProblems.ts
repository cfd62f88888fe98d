import { lookAt, type Problem, seeRoom } from "../problem.ts";
import { messagesOf, messageText, type Sentence, sentence } from "../script.ts";
import { shellWord } from "../shell.ts";
import { IN_PLACE_PROBLEMS } from "./inPlace.ts";
import { NODE_PROBLEMS } from "./node.ts";
import { OPENED_PROBLEMS } from "./opened.ts";
import { COPY_PROBLEMS } from "./safetyCopy.ts";
import { SNAPSHOT_PROBLEMS } from "./snapshot.ts";

/** For each code with which a script fails (`fail` and `give_up` in script.sh) what happened, and what to do about it. */
export const SCRIPT_PROBLEMS = {
  ...SNAPSHOT_PROBLEMS,
  ...COPY_PROBLEMS,
  ...IN_PLACE_PROBLEMS,
  ...OPENED_PROBLEMS,
  ...NODE_PROBLEMS,
  "no-place": sentence(["path", "disk"], ({ path, disk }) => ({
    message: `${path} cannot be written`,
    remedy: seeRoom(disk),
  })),
  "rancher-runs-again": sentence(["containers"], ({ containers }) => ({
    message: `Rancher's containers are running again: ${containers.split("\n").join(" ")}`,
    remedy: lookAt("docker ps"),
  })),
  "lock-unreadable": sentence(["file"], ({ file }) => ({
    message: `the lock cannot be created and cannot be read: ${file}`,
    remedy: lookAt(`ls -la ${shellWord(file)}`),
  })),
} satisfies Record<string, Sentence<Problem>>;

/** Where a script has told neither a result nor why there is none. */
export const NO_RESULT: Problem = { message: "the script ended without a result", remedy: "look at the node" };

/** Why a script has failed, out of what it printed; undefined where it has not. */
export function failureOf(printed: string): Problem | undefined {
  const failure = messagesOf(printed, "failed").at(-1);
  return (
    failure &&
    messageText<Problem>(SCRIPT_PROBLEMS, failure, (what) => ({
      message: `a script failed for a reason that this release does not know: ${what}`,
      remedy: "look at the node",
    }))
  );
}
