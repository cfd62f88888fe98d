import type { ClusterNode } from "../../cluster/clusterFile/clusterFile.ts";
import { hasRole } from "../../cluster/clusterFile/node.ts";
import { existingNodes } from "../../cluster/clusterFile/replacement.ts";
import { API_PORT, connects, listenerScript, parseListener } from "../../cluster/kubernetes/apiListener.ts";
import { KubernetesReader } from "../../cluster/kubernetes/reader.ts";
import { orError } from "../../cluster/kubernetes/unreadable.ts";
import { orUnreachable, ssh } from "../../cluster/node/ssh.ts";
import type { Settings } from "../../settings/settings.ts";
import { type Finding, finding } from "../answers.ts";

const check = "kubernetes-api";

/** Whether the API answers here. Where it does not, whether it will once the restore has begun. */
export async function apiFinding(settings: Settings): Promise<Finding> {
  const { kubeconfig } = settings.cluster;
  const version = await orError(async () => await new KubernetesReader(kubeconfig).version());
  if (typeof version === "string") return finding(check, "ok", `answers with ${version}`);
  if (version.problem) return { check, level: "warning", ...version.problem };
  const { server } = new KubernetesReader(kubeconfig);
  const { hostname, port } = URL.canParse(server) ? new URL(server) : { hostname: server, port: "" };
  // RKE's kubeconfig names one control-plane node, which may be one that is gone; the restore writes it anew.
  const listening = await listeningNodes(settings);
  const addresses = [
    { host: hostname.replace(/^\[(.*)\]$/, "$1"), port: Number(port || 443) },
    ...listening.map(({ address }) => ({ host: address, port: API_PORT })),
  ];
  const connected = await Promise.all(addresses.map(({ host, port }) => connects(host, port)));
  const names = listening.map(({ name }) => name);
  return noAnswerFinding({ error: version.error, server, names, isReached: connected.includes(true) });
}

async function listeningNodes(settings: Settings): Promise<ClusterNode[]> {
  const { hostKeys } = settings;
  const controlPlane = existingNodes(settings).filter((node) => hasRole(node, "controlplane"));
  const asked = await Promise.all(
    controlPlane.map(async (node) => {
      const script = listenerScript();
      const listens = await orUnreachable(ssh({ node, script, hostKeys, timeoutSeconds: 30 }).then(parseListener));
      return listens === true ? [node] : [];
    }),
  );
  return asked.flat();
}

/** The API that does not answer: a broken one comes back with the restore, one behind a firewall does not. */
export function noAnswerFinding({
  error,
  server,
  names,
  isReached,
}: {
  error: string;
  server: string;
  /** The nodes on which an API server listens. */
  names: string[];
  /** Whether this machine connects to the kubeconfig's server, or to one of those nodes. */
  isReached: boolean;
}): Finding {
  const stops = "a rollback stops after the wipe until this machine reaches the API";
  if (isReached || names.length === 0) {
    const message = `${server}: ${error}; a rollback can start without it, and the preview shows less; ${stops}`;
    const remedy =
      "look at the control plane: docker logs --tail 50 kube-apiserver; make sure that no firewall is between";
    return finding(check, "warning", message, remedy);
  }
  const message = `this machine does not reach ${server} (${error}), though an API server listens on ${names.join(", ")}; ${stops}`;
  const remedy =
    "run the rollback on a machine that reaches it without the cluster file's bastion or a proxy, such as the bastion itself";
  return finding(check, "failure", message, remedy);
}
