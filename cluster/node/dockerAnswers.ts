import { script } from "../script.ts";

/** Fails where a node's Docker does not answer. */
export const DOCKER_ANSWERS_SCRIPT = script(import.meta.dirname, "dockerAnswers.sh")();
