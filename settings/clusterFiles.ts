import { existsSync, readFileSync, statSync } from "node:fs";
import type { ClusterFile, Login } from "../cluster/clusterFile/clusterFile.ts";
import { agentMistake, isEncryptedKey } from "../cluster/clusterFile/login.ts";
import { isCaKeyMissing } from "../cluster/clusterFile/stateFile.ts";
import { shellCommand } from "../cluster/shell.ts";
import { systemErrorText } from "../cluster/systemError.ts";

/** What is wrong, as the end of a sentence about the cluster file, and what to do about it. */
interface FileMistake {
  wrong: string;
  remedy: string;
}

/**
 * What is wrong with the files that RKE reads besides the cluster file: the kubeconfig, the state, and the keys by which
 * it logs in. A node that RKE cannot log in to it drops and goes on.
 */
export function clusterFileMistakes({ kubeconfig, stateFile, nodes }: ClusterFile): FileMistake[] {
  const logins = nodes.flatMap((node) => [node, ...(node.bastion ? [node.bastion] : [])]);
  const lost = nodes.filter((node) => agentMistake(node, process.env));
  const ofLogins = logins.flatMap((login) => [...keyMistakes(login), ...certificateMistakes(login)]);
  return [
    ...(existsSync(kubeconfig)
      ? []
      : [
          {
            wrong: `has no kubeconfig beside it: RKE writes ${kubeconfig}`,
            remedy: "copy it from where `rke up` was run last",
          },
        ]),
    ...(isCaKeyMissing(stateFile)
      ? [
          {
            wrong: `belongs to a cluster with certificates of its own (rke up --custom-certs): ${stateFile} has no key of its CA, so RKE fails after it has wiped the cluster; this program cannot roll it back`,
            remedy: "roll back by hand, with --custom-certs and --cert-dir",
          },
        ]
      : []),
    ...lost.slice(0, 1).map((node) => ({
      wrong: `has nodes that RKE cannot log in to: ${node.address} ${agentMistake(node, process.env)}`,
      remedy: "start one and add the key: eval $(ssh-agent); ssh-add KEY",
    })),
    ...new Map(ofLogins.map((mistake) => [mistake.wrong, mistake])).values(),
  ];
}

function keyMistakes({ address, key, keyPath }: Login): FileMistake[] {
  const useless = "has a passphrase: RKE uses such a key through the SSH agent only";
  const agent = "set ssh_agent_auth: true in the cluster file, and add the key to the agent";
  if (key && isEncryptedKey(key)) return [{ wrong: `has an SSH key for ${address} that ${useless}`, remedy: agent }];
  if (key || !keyPath) return [];
  try {
    const isUseless = isEncryptedKey(readFileSync(keyPath, "utf8"));
    return isUseless ? [{ wrong: `needs the SSH key ${keyPath}, which ${useless}`, remedy: agent }] : openKey(keyPath);
  } catch (error) {
    return [
      {
        wrong: `needs the SSH key ${keyPath}, which cannot be read: ${systemErrorText(error)}`,
        remedy: "name the key that logs in to the nodes as ssh_key_path in the cluster file",
      },
    ];
  }
}

/** OpenSSH ignores a key of this user that others may read (authfile.c, sshkey_perm_ok); RKE does not look. */
function openKey(path: string): FileMistake[] {
  const found = statSync(path);
  if (!found.isFile() || found.uid !== process.getuid?.() || (found.mode & 0o077) === 0) return [];
  const mode = (found.mode & 0o777).toString(8);
  return [
    {
      wrong: `needs the SSH key ${path}, which other users of this machine may read (mode ${mode}): OpenSSH does not use it then`,
      remedy: shellCommand(["chmod", "600", path]),
    },
  ];
}

function certificateMistakes({ certPath }: Login): FileMistake[] {
  if (!certPath) return [];
  try {
    readFileSync(certPath);
    return [];
  } catch (error) {
    return [
      {
        wrong: `needs the SSH certificate ${certPath}, which cannot be read: ${systemErrorText(error)}`,
        remedy: "name the key's certificate as ssh_cert_path in the cluster file",
      },
    ];
  }
}
