import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { dockerLine, isSupportedDocker, supportedDocker } from "../node/dockerVersions.ts";
import { asRoot } from "../node/privilege.ts";
import { type Problem, problemIf } from "../problem.ts";
import { lineOf, linesOf, messagesOf, messageText, script } from "../script.ts";
import { shellWord } from "../shell.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import { parseServing, type Serving, servingLines } from "./serving.ts";
import { type NodeNeeds, PROVISIONING, SETUP_FAILURES } from "./userData.ts";

type Provisioning = "running" | "done" | { failed: string };

interface Readiness {
  /** The server's version; undefined when it does not answer. */
  docker?: string;
  dockerSaid: string;
  dockerInstalled: boolean;
  s3cmd: boolean;
  folder: boolean;
  /** How far the user data of a new machine is; absent where it has none, or where it has not begun. */
  provisioning?: Provisioning;
  serving: Serving;
}

const ready = script(import.meta.dirname, "readiness.sh");
const makeFolder = script(import.meta.dirname, "snapshotFolder.sh");

/** Asks a machine for all that it needs. Makes the snapshot folder, as the runbook does; nothing else is changed. */
export function readyScript({ prefixPath }: Pick<ClusterNode, "prefixPath">): string {
  const lines = makeFolder({ folder: SNAPSHOT_FOLDER }) + servingLines({ ...(prefixPath && { prefixPath }) });
  // Without Docker the machine lacks more than root's permission, and says so.
  return ready({ status: PROVISIONING }) + asRoot(lines, "run-as-user");
}

export function parseReadiness(printed: string): Readiness {
  const has = (kind: string) => lineOf(printed, kind) === "yes";
  const docker = lineOf(printed, "docker");
  const written = linesOf(printed, "provisioning").join("\n").trim();
  return {
    ...(docker && { docker }),
    dockerSaid: lineOf(printed, "docker-said")?.trim() ?? "",
    dockerInstalled: has("docker-installed"),
    s3cmd: has("s3cmd"),
    folder: has("folder"),
    ...(written && { provisioning: parseProvisioning(written) }),
    serving: parseServing(printed),
  };
}

/** What userData.sh has written → how far it is. */
function parseProvisioning(written: string): Provisioning {
  const [failure] = messagesOf(written, "failed");
  // An earlier release has written a sentence.
  if (failure) return { failed: messageText<string>(SETUP_FAILURES, failure, (what) => what) };
  return written === "done" ? written : "running";
}

/** Everything a machine lacks. */
export function nodeProblems(found: Readiness, needs: NodeNeeds & { anyDocker: boolean }): Problem[] {
  const { user, s3cmd } = needs;
  return [
    ...dockerProblems(found, needs),
    ...problemIf(
      !found.folder,
      `${SNAPSHOT_FOLDER} can be neither made nor written by ${user}`,
      `on the node, as root: install -d -o ${shellWord(user)} ${SNAPSHOT_FOLDER}`,
    ),
    ...problemIf(s3cmd && !found.s3cmd, "s3cmd is not installed", "on the node: apt-get install s3cmd"),
  ];
}

function dockerProblems(
  { docker, dockerInstalled, dockerSaid }: Readiness,
  { user, kubernetesVersion, anyDocker }: NodeNeeds & { anyDocker: boolean },
): Problem[] {
  const lines = supportedDocker(kubernetesVersion);
  const install = `on the node, install Docker ${lines.at(-1)}, for example: apt-get install docker.io`;
  if (!dockerInstalled) return [{ message: "Docker is not installed", remedy: install }];
  if (docker === undefined) {
    const [message, command] = /permission denied/i.test(dockerSaid)
      ? [`${user} is not in the docker group`, `usermod -aG docker ${shellWord(user)}`]
      : [`Docker does not answer: ${dockerSaid || "no output"}`, "systemctl enable --now docker"];
    return [{ message, remedy: `on the node, as root: ${command}` }];
  }
  if (anyDocker || isSupportedDocker(docker, kubernetesVersion)) return [];
  const line = dockerLine(docker);
  const age = line !== undefined && isNewer(line, lines.at(-1)) ? "too new" : "not supported";
  return [
    {
      message: `Docker ${docker} is ${age} for Kubernetes ${kubernetesVersion}: RKE supports ${lines.join(", ")}`,
      remedy: `on the node, see what there is: apt-cache madison docker.io; then install Docker ${lines.at(-1)}`,
    },
  ];
}

function isNewer(line: string, than = ""): boolean {
  return line.localeCompare(than, "en", { numeric: true }) > 0;
}
