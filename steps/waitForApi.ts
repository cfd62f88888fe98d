import { join } from "node:path";
import { besideClusterFile } from "../cluster/clusterFile/clusterFile.ts";
import { keptTokens, putTokensBack, TOKENS_FILE } from "../cluster/downstream/serviceAccountTokens.ts";
import { apiErrorMessage, isNotFound, isUnansweredWebhook } from "../cluster/kubernetes/apiError.ts";
import type { DeploymentRef } from "../cluster/kubernetes/deployment.ts";
import type { KubernetesReader } from "../cluster/kubernetes/reader.ts";
import { setImage } from "../cluster/kubernetes/setImage.ts";
import { orError } from "../cluster/kubernetes/unreadable.ts";
import type { Problem } from "../cluster/problem.ts";
import { type StepFailure, stepFailure } from "../messages/failure.ts";
import { untilApiReady } from "./apiReady.ts";
import { aloneInFolder } from "./clusterFolder.ts";
import type { StepInput, StepReport } from "./contract.ts";
import { ensureLockAfterRestore, lockHolders } from "./heldLock.ts";
import type { Tools } from "./step.ts";

/**
 * Waits until the Kubernetes API is ready and reports the Rancher image found there. The restarts may have just taken
 * the API away, and the patch of the image would fail at once on a cluster it cannot reach. A Rancher that needs the
 * service-account tokens from before the restore has them before it starts. Sets the image itself where it is given one;
 * the verification waits for the rollout. Waits for the admission webhooks that the patch of the image asks as well: their
 * pods start with all others after a restore. No other run works in the cluster folder at the same time: on the data of
 * another restore, image and tokens would be those of the one before.
 */
export async function waitForApi(input: StepInput<"wait-for-api">, tools: Tools): Promise<StepReport<"wait-for-api">> {
  const { silenceSeconds, lock } = input;
  const alone = { command: "wait for the Kubernetes API", step: "wait-for-api", silenceSeconds } as const;
  return await aloneInFolder(alone, tools, async () => {
    await ensureLockAfterRestore(lock, "wait-for-api", tools);
    // Another machine may take the rollback over while this one waits.
    return await waitAlone(input, tools, () => ensureLockAfterRestore(lock, "wait-for-api", tools));
  });
}

async function waitAlone(
  { timeoutSeconds, image, tokens, namespace, deployment, container }: StepInput<"wait-for-api">,
  tools: Tools,
  checkLock: () => Promise<void>,
): Promise<StepReport<"wait-for-api">> {
  let checked: Promise<void> | undefined;
  const rancher = { namespace, deployment, container };
  let imageBefore: string | undefined;
  let tokensOf: string[] | undefined;
  let unanswered: string | undefined;
  const patch = async (wanted: string, how = {}) => {
    try {
      await setImage(besideClusterFile(tools.clusterFile).kubeconfig, rancher, wanted, how);
    } catch (error) {
      if (isUnansweredWebhook(error)) unanswered = apiErrorMessage(error);
      throw error;
    }
  };
  const ask = async (reader: KubernetesReader) => {
    const found = await imageIn(reader, rancher, tools);
    imageBefore ??= found;
    checked ??= checkLock();
    await checked;
    if (tokens) tokensOf ??= await tokensBack(tokens, tools);
    if (image !== undefined && image !== found) {
      await patch(image);
      tools.say(`Deployment ${rancher.namespace}/${rancher.deployment}: set ${image} in place of ${found}`);
    }
    if (image === undefined) {
      await patch(found, { dryRun: true }).catch((error: unknown) => {
        // Any other refusal is for the patch that sets the image: a webhook need not support dry runs.
        if (isUnansweredWebhook(error)) throw error;
      });
    }
    const did = { ...(image !== undefined && { patched: image }), ...(tokensOf && { tokensOf }) };
    return { server: reader.server, imageBefore, ...did };
  };
  const ready = await untilApiReady(tools, { timeoutSeconds, ask });
  if (!("late" in ready)) return ready.answer;
  const problem = unanswered === ready.reason ? noImageTaken(rancher, timeoutSeconds, unanswered) : ready.late;
  throw stepFailure(tools, { kind: "kubernetes", step: "wait-for-api", problems: [problem] });
}

/** @param reason what the API says of an admission webhook. */
function noImageTaken({ namespace, deployment }: DeploymentRef, seconds: number, reason: string): Problem {
  const message = `Deployment ${namespace}/${deployment} takes no image after ${seconds} s: ${reason}`;
  return {
    message,
    remedy: "look at the pods of that admission webhook: kubectl get pods -A; run this again once they are ready",
  };
}

/**
 * Only while the lock of a restore is held: where Rancher's version alone is changed, no token is older than those kept.
 * What fails is a warning, as Rancher comes back without them too; its clusters are then unavailable.
 */
async function tokensBack(
  { folder, lock }: NonNullable<StepInput<"wait-for-api">["tokens"]>,
  tools: Tools,
): Promise<string[]> {
  const warn = (why: string) =>
    tools.warn({
      message: `service-account tokens were not put back, so clusters may be unavailable: ${why}`,
      remedy: "see docs/downstream.md",
    });
  if (folder === undefined) {
    warn("no safety copy was saved");
    return [];
  }
  const kept = keptTokens(folder);
  if (kept.length === 0) return [];
  // Taken for a restore, and released once that is verified.
  const { holders, problems } = await lockHolders(lock, tools);
  if (!holders.includes(lock.id)) {
    const why = problems.map(({ message }) => message).join(", ");
    const what =
      holders.length > 0
        ? "no restore is under way"
        : `no etcd host says whether a restore is under way${why && ` (${why})`}`;
    warn(`${what}; those from before the last one are in ${join(folder, TOKENS_FILE)}`);
    return [];
  }
  const { kubeconfig } = besideClusterFile(tools.clusterFile);
  const done = await orError(() => putTokensBack(kubeconfig, kept));
  if ("error" in done) {
    warn(`${done.error}; they are in ${join(folder, TOKENS_FILE)}`);
    return [];
  }
  if (done.length > 0) tools.say(`service-account tokens put back: ${done.join(", ")}`);
  return done;
}

/** @throws StepFailure where waiting does not help. */
async function imageIn(reader: KubernetesReader, rancher: DeploymentRef, tools: Tools): Promise<string> {
  const { namespace, deployment, container } = rancher;
  const { image } = await reader.rancher(rancher).catch((error: unknown) => {
    throw isNotFound(error) ? misnamed(`there is no Deployment ${namespace}/${deployment}`, tools) : error;
  });
  if (!image) throw misnamed(`Deployment ${namespace}/${deployment} has no container ${container}`, tools);
  return image;
}

function misnamed(message: string, tools: Tools): StepFailure {
  const remedy =
    "find it: kubectl get deployments -A -o wide; then set rancherDeployment, rancherContainer or rancherNamespace";
  return stepFailure(tools, { kind: "kubernetes", step: "wait-for-api", problems: [{ message, remedy }] });
}
