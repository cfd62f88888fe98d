import type { DeploymentRef } from "../kubernetes/deployment.ts";
import { script } from "../script.ts";

const stop = script(import.meta.dirname, "stopForRestore.sh");
const resumeAndRestart = script(import.meta.dirname, "resumeAndRestart.sh");
/** What a restore in place does not stop, of the components that watch the API. */
const WATCHERS = ["kube-proxy", "nginx-proxy"];

export function stopForRestoreScript({ namespace, deployment, container }: DeploymentRef): string {
  return stop({ namespace, deployment, container });
}

export const RESUME_SCRIPT = script(import.meta.dirname, "resume.sh")();

export const RESUME_AND_RESTART_SCRIPT = resumeAndRestart({ watchers: WATCHERS.join(" ") });
