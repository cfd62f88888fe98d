import type { DeploymentRef } from "../kubernetes/deployment.ts";
import { script } from "../script.ts";

const stop = script(import.meta.dirname, "stopForRestore.sh");
const startAgain = script(import.meta.dirname, "startAgain.sh");
const resumeAndRestart = script(import.meta.dirname, "resumeAndRestart.sh");
/** What a restore in place does not stop, of the components that watch the API. */
const WATCHERS = ["kube-proxy", "nginx-proxy"];

export function stopForRestoreScript({ namespace, deployment, container }: DeploymentRef): string {
  return stop({ namespace, deployment, container });
}

export function startAgainScript(names: string[]): string {
  return startAgain({ names: names.join(" ") });
}

/** Kubelet starts Rancher's containers itself. */
export const RESUME_SCRIPT = startAgainScript(["kubelet"]);

export const RESUME_AND_RESTART_SCRIPT = resumeAndRestart({ watchers: WATCHERS.join(" "), names: "kubelet" });
