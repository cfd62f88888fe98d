import { asRoot, shellWord } from "../shell.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import { dockerLine, supportedDocker } from "./dockerVersions.ts";
import { PROVISIONING } from "./userData.ts";

/** What a machine must have to become a node. */
export interface NodeNeeds {
  /** The login's user. */
  user: string;
  /** The cluster's, such as `v1.20.15-rancher2-2`: it decides which Docker RKE takes. */
  kubernetesVersion: string;
  /** The snapshot comes from S3. */
  s3cmd: boolean;
}

/** What a machine lacks, as a sentence, and what to type to mend it. */
export interface Lack {
  lack: string;
  mend: string;
}

/** What a machine says about itself. */
export interface Readiness {
  /** The server's version; undefined when it does not answer. */
  docker?: string;
  /** What `docker` said instead. */
  dockerSaid: string;
  /** Whether there is a program docker. */
  dockerInstalled: boolean;
  s3cmd: boolean;
  folder: boolean;
  /** How far the user data of a new machine is, as cluster/node/userData.ts writes it. */
  provisioning?: string;
}

/** Asks a machine for all that it needs. Makes the snapshot folder, as the runbook does; nothing else is changed. */
export const READY_SCRIPT = `has() { if command -v "$1" >/dev/null 2>&1; then echo "$2 yes"; else echo "$2 no"; fi; }
has docker docker-installed
has s3cmd s3cmd
if version=$(docker version --format '{{.Server.Version}}' 2>&1); then echo "docker $version"
else echo "docker-said $(printf '%s' "$version" | tr '\\n' ' ')"; fi
[ ! -r ${PROVISIONING} ] || echo "provisioning $(tail -n 1 ${PROVISIONING})"
${asRoot(`mkdir -p ${SNAPSHOT_FOLDER} 2>/dev/null; if [ -w ${SNAPSHOT_FOLDER} ]; then echo "folder yes"; else echo "folder no"; fi`)}
`;

/** The lines of the script above → what the machine says. */
export function parseReadiness(printed: string): Readiness {
  const said = new Map(
    printed.split("\n").map((line) => {
      const space = `${line} `.indexOf(" ");
      return [line.slice(0, space), line.slice(space + 1).trim()];
    }),
  );
  const [docker, provisioning] = [said.get("docker"), said.get("provisioning")];
  return {
    ...(docker && { docker }),
    dockerSaid: said.get("docker-said") ?? "",
    dockerInstalled: said.get("docker-installed") === "yes",
    s3cmd: said.get("s3cmd") === "yes",
    folder: said.get("folder") === "yes",
    ...(provisioning && { provisioning }),
  };
}

/** Everything a machine lacks. */
export function nodeLacks(found: Readiness, { user, kubernetesVersion, s3cmd }: NodeNeeds): Lack[] {
  return [
    ...dockerLacks(found, user, kubernetesVersion),
    ...(found.folder
      ? []
      : [
          {
            lack: `${user} may not write ${SNAPSHOT_FOLDER}, and sudo asks for a password or is missing`,
            mend: `on the node, as root: install -d -o ${shellWord(user)} ${SNAPSHOT_FOLDER}`,
          },
        ]),
    ...(s3cmd && !found.s3cmd ? [{ lack: "s3cmd is not installed", mend: "on the node: apt-get install s3cmd" }] : []),
  ];
}

function dockerLacks(
  { docker, dockerInstalled, dockerSaid }: Readiness,
  user: string,
  kubernetesVersion: string,
): Lack[] {
  const lines = supportedDocker(kubernetesVersion);
  const install = `on the node, install Docker ${lines.at(-1)}, for example: apt-get install docker.io`;
  if (!dockerInstalled) return [{ lack: "Docker is not installed", mend: install }];
  if (docker === undefined) {
    return /permission denied/i.test(dockerSaid)
      ? [
          {
            lack: `${user} is not in the docker group`,
            mend: `on the node, as root: usermod -aG docker ${shellWord(user)}`,
          },
        ]
      : [
          {
            lack: `Docker does not answer: ${dockerSaid || "it said nothing"}`,
            mend: "on the node, as root: systemctl enable --now docker",
          },
        ];
  }
  const line = dockerLine(docker);
  if (line !== undefined && lines.includes(line)) return [];
  const age = line === undefined || !isNewer(line, lines.at(-1) ?? "") ? "not" : "too new to be";
  return [
    {
      lack: `Docker ${docker} is ${age} one that RKE takes for Kubernetes ${kubernetesVersion}: ${lines.join(", ")}`,
      mend: `on the node, see what there is: apt-cache madison docker.io; then install Docker ${lines.at(-1)}`,
    },
  ];
}

function isNewer(line: string, than: string): boolean {
  const [[major = 0, minor = 0], [otherMajor = 0, otherMinor = 0]] = [line, than].map((text) =>
    text.split(".").map(Number),
  ) as [number[], number[]];
  return major !== otherMajor ? major > otherMajor : minor > otherMinor;
}
