import { existsSync, readFileSync, statSync } from "node:fs";
import type { ClusterFile, Login } from "../cluster/clusterFile/clusterFile.ts";
import { agentMistake, isEncryptedKey } from "../cluster/clusterFile/login.ts";
import { isCaKeyMissing } from "../cluster/clusterFile/stateFile.ts";
import { COPY_FROM_LAST_UP, distinct, type Problem, problemIf } from "../cluster/problem.ts";
import { shellCommand } from "../cluster/shell.ts";
import { systemErrorText } from "../cluster/systemError.ts";

/**
 * What is wrong with the files that RKE reads besides the cluster file: the kubeconfig, the state, and the keys by which
 * it logs in. A node that RKE cannot log in to it drops and goes on.
 */
export function clusterFileProblems({ kubeconfig, stateFile, nodes }: ClusterFile): Problem[] {
  const logins = nodes.flatMap((node) => [node, ...(node.bastion ? [node.bastion] : [])]);
  const lost = nodes.find((node) => agentMistake(node, process.env));
  const ofLogins = logins.flatMap((login) => [...keyProblems(login), ...certificateProblems(login)]);
  return [
    ...problemIf(
      !existsSync(kubeconfig),
      `clusterFile has no kubeconfig beside it: RKE writes ${kubeconfig}`,
      COPY_FROM_LAST_UP,
    ),
    ...problemIf(
      isCaKeyMissing(stateFile),
      `clusterFile belongs to a cluster with certificates of its own (rke up --custom-certs): ${stateFile} has no key of its CA, so RKE fails after it has wiped the cluster; this program cannot roll it back`,
      "roll back by hand, with --custom-certs and --cert-dir",
    ),
    ...problemIf(
      lost !== undefined,
      `clusterFile has nodes that RKE cannot log in to: ${lost?.address} ${lost && agentMistake(lost, process.env)}`,
      "start one and add the key: eval $(ssh-agent); ssh-add KEY",
    ),
    ...distinct(ofLogins),
  ];
}

function keyProblems({ address, key, keyPath }: Login): Problem[] {
  const useless = "has a passphrase: RKE uses such a key through the SSH agent only";
  const agent = "set ssh_agent_auth: true in the cluster file, and add the key to the agent";
  if (key) return problemIf(isEncryptedKey(key), `clusterFile has an SSH key for ${address} that ${useless}`, agent);
  if (!keyPath) return [];
  const needs = `clusterFile needs the SSH key ${keyPath}, which`;
  try {
    const isUseless = isEncryptedKey(readFileSync(keyPath, "utf8"));
    return isUseless ? [{ message: `${needs} ${useless}`, remedy: agent }] : openKey(keyPath, needs);
  } catch (error) {
    const remedy = "name the key that logs in to the nodes as ssh_key_path in the cluster file";
    return [{ message: `${needs} cannot be read: ${systemErrorText(error)}`, remedy }];
  }
}

/** OpenSSH ignores a key of this user that others may read (authfile.c, sshkey_perm_ok); RKE does not look. */
function openKey(path: string, needs: string): Problem[] {
  const found = statSync(path);
  const mode = (found.mode & 0o777).toString(8);
  return problemIf(
    found.isFile() && found.uid === process.getuid?.() && (found.mode & 0o077) !== 0,
    `${needs} other users of this machine may read (mode ${mode}): OpenSSH does not use it then`,
    shellCommand(["chmod", "600", path]),
  );
}

function certificateProblems({ certPath }: Login): Problem[] {
  if (!certPath) return [];
  try {
    readFileSync(certPath);
    return [];
  } catch (error) {
    const message = `clusterFile needs the SSH certificate ${certPath}, which cannot be read: ${systemErrorText(error)}`;
    return [{ message, remedy: "name the key's certificate as ssh_cert_path in the cluster file" }];
  }
}
