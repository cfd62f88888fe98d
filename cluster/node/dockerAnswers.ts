import { script } from "../script.ts";

export const DOCKER_ANSWERS_SCRIPT = script(import.meta.dirname, "dockerAnswers.sh")();
