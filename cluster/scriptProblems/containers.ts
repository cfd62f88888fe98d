import { lookAt, type Problem } from "../problem.ts";
import { type Sentence, sentence } from "../script.ts";

/** How containers do not become what a restore needs: for each code with which a script fails. */
export const CONTAINER_PROBLEMS = {
  "rancher-runs-again": sentence(["containers"], ({ containers }) => ({
    message: `Rancher's containers are running again: ${containers.split("\n").join(" ")}`,
    remedy: lookAt("docker ps"),
  })),
} satisfies Record<string, Sentence<Problem>>;
