import type { DeploymentRef } from "../kubernetes/deployment.ts";
import { script } from "../script.ts";

const stop = script(import.meta.dirname, "stopForRestore.sh");
const resumeAndRestart = script(import.meta.dirname, "resumeAndRestart.sh");
/** What a restore in place does not stop, of the components that watch the API. */
const WATCHERS = ["kube-proxy", "nginx-proxy"];

/** Stops kubelet and Rancher's own containers on a node (design law 4). */
export function stopForRestoreScript({ namespace, deployment, container }: DeploymentRef): string {
  return stop({ namespace, deployment, container });
}

/** Starts a kubelet again that the script above has stopped; prints `resumed` where it was. */
export const RESUME_SCRIPT = script(import.meta.dirname, "resume.sh")();

/** Starts it again after a restore that no watcher noticed: whatever watched the old data is restarted, too. */
export const RESUME_AND_RESTART_SCRIPT = resumeAndRestart({ watchers: WATCHERS.join(" ") });
