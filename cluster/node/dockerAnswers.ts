import type { Problem } from "../problem.ts";
import { script } from "../script.ts";

export const DOCKER_ANSWERS_SCRIPT = script(import.meta.dirname, "dockerAnswers.sh")();

/** @param said what `docker version` says instead of its version. */
export function silentDocker(node: string, said: string): Problem {
  return { message: `${node}: Docker does not answer: ${said || "no output"}`, remedy: `look at Docker on ${node}` };
}
