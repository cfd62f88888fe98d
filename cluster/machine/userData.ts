import { supportedDocker } from "../node/dockerVersions.ts";
import { script } from "../script.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";

/** What a machine must have to become a node. */
export interface NodeNeeds {
  /** The login, a user that a new machine's image has. */
  user: string;
  /** The cluster's, such as `v1.20.15-rancher2-2`: it decides which Docker RKE supports. */
  kubernetesVersion: string;
  /** The snapshot comes from S3. */
  s3cmd: boolean;
}

/** Where a new machine writes how far it is: `running`, `done` or `failed WHY`. */
export const PROVISIONING = "/var/lib/rancher-rollback/provisioning";

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
