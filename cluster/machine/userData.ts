import { supportedDocker } from "../node/dockerVersions.ts";
import { type Sentence, script, sentence } from "../script.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";

export interface NodeNeeds {
  /** The login, a user that a new machine's image has. */
  user: string;
  /** The cluster's, such as `v1.20.15-rancher2-2`: it decides which Docker RKE supports. */
  kubernetesVersion: string;
  /** The snapshot comes from S3. */
  s3cmd: boolean;
}

/** Where a new machine writes how far it is: `running`, `done` or why it failed, as `tell` in script.sh. */
export const PROVISIONING = "/var/lib/rancher-rollback/provisioning";

/** Why the user data of a new machine failed, for each code of `setup_failed` in the script. */
export const SETUP_FAILURES = {
  "command-failed": sentence(["command", "exit"], ({ command, exit }) => `${command} ended with exit code ${exit}`),
  "command-fails": sentence(
    ["command", "times"],
    ({ command, times }) => `${command} ended with an error ${times} times`,
  ),
  "docker-not-supported": sentence(
    ["docker", "kubernetes", "supported"],
    ({ docker, kubernetes, supported }) =>
      `RKE does not support Docker ${docker} for Kubernetes ${kubernetes} (${supported}); choose another image`,
  ),
  "docker-silent": sentence([], () => "Docker is installed but does not answer"),
  "no-docker-package": sentence(
    ["kubernetes", "supported"],
    ({ kubernetes, supported }) =>
      `this image has no docker.io that RKE supports for Kubernetes ${kubernetes} (${supported}); choose another image`,
  ),
  "no-package-manager": sentence([], () => "there is neither apt-get nor dnf nor yum to install Docker with"),
  "no-user": sentence(["user"], ({ user }) => `there is no user ${user} on this image`),
} satisfies Record<string, Sentence<string>>;

/** Before packages are asked for again, s. */
const PAUSE_SECONDS = 15;

const setUp = script(import.meta.dirname, "userData.sh");

/**
 * User data for cloud-init: a shell script that makes a node of a new machine, from its distribution's own packages
 * and with a Docker version that RKE supports. It may run twice. It holds no secret: every process on the machine can read it.
 */
export function userData({ user, kubernetesVersion, s3cmd }: NodeNeeds): string {
  return setUp({
    status: PROVISIONING,
    user,
    supported: supportedDocker(kubernetesVersion).join(" "),
    kubernetes: kubernetesVersion,
    snapshots: SNAPSHOT_FOLDER,
    s3cmd: s3cmd ? "yes" : "no",
    pause: PAUSE_SECONDS,
  });
}
