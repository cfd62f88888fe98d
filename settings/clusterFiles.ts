import { existsSync, readFileSync } from "node:fs";
import type { ClusterFile, Login } from "../cluster/clusterFile/clusterFile.ts";
import { agentMistake, isEncryptedKey } from "../cluster/clusterFile/login.ts";
import { isCaKeyMissing } from "../cluster/clusterFile/stateFile.ts";
import { systemErrorText } from "../cluster/systemError.ts";

/**
 * What is wrong with the files that RKE reads besides the cluster file, as ends of a sentence about that: the kubeconfig,
 * the state, and the keys by which it logs in. A node that RKE cannot log in to it drops and goes on.
 */
export function clusterFileMistakes({ kubeconfig, stateFile, nodes }: ClusterFile): string[] {
  const logins = nodes.flatMap((node) => [node, ...(node.bastion ? [node.bastion] : [])]);
  const lost = nodes.filter((node) => agentMistake(node, process.env));
  return [
    ...(existsSync(kubeconfig)
      ? []
      : [`has no kubeconfig beside it: RKE writes ${kubeconfig}; copy it from where \`rke up\` was run last`]),
    ...(isCaKeyMissing(stateFile)
      ? [
          `belongs to a cluster with certificates of its own (rke up --custom-certs): ${stateFile} has no key of its CA, so RKE fails after it has wiped the cluster; this program cannot roll it back`,
        ]
      : []),
    ...lost
      .slice(0, 1)
      .map((node) => `has nodes that RKE cannot log in to: ${node.address} ${agentMistake(node, process.env)}`),
    ...new Set(logins.flatMap((login) => [...keyMistakes(login), ...certificateMistakes(login)])),
  ];
}

function keyMistakes({ address, key, keyPath }: Login): string[] {
  const useless = "has a passphrase: RKE uses such a key through the SSH agent only (ssh_agent_auth: true)";
  if (key && isEncryptedKey(key)) return [`has an SSH key for ${address} that ${useless}`];
  if (key || !keyPath) return [];
  try {
    return isEncryptedKey(readFileSync(keyPath, "utf8")) ? [`needs the SSH key ${keyPath}, which ${useless}`] : [];
  } catch (error) {
    return [`needs the SSH key ${keyPath}, which cannot be read: ${systemErrorText(error)}`];
  }
}

function certificateMistakes({ certPath }: Login): string[] {
  if (!certPath) return [];
  try {
    readFileSync(certPath);
    return [];
  } catch (error) {
    return [`needs the SSH certificate ${certPath}, which cannot be read: ${systemErrorText(error)}`];
  }
}
