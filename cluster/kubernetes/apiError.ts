import { ApiException } from "@kubernetes/client-node/dist/gen/apis/exception.js";
import { jsonOf } from "../json.ts";
import { COPY_FROM_LAST_UP, type Problem } from "../problem.ts";
import { systemErrorText } from "../systemError.ts";

// Without the client, which takes half a second to load: many a module understands its errors without ever calling it.

/** What to do where no API server answers. */
export const API_REMEDY = "look at the control plane: docker logs --tail 50 kube-apiserver";

/** A kubeconfig that cannot be used: no API server was asked. */
export class KubeconfigError extends Error {
  readonly problem: Problem;
  constructor(file: string, mistake: string) {
    const message = `the kubeconfig ${file} cannot be used: ${mistake}`;
    const remedy = `${COPY_FROM_LAST_UP} to ${file}`;
    super(`${message}; ${remedy}`);
    this.problem = { message, remedy };
  }
}

/** An error of the Kubernetes API as one line; the client's own message is a dump of the whole answer. */
export function apiErrorMessage(error: unknown): string {
  if (!(error instanceof ApiException)) return firstLine(error as Error);
  return `HTTP ${error.code}: ${statusMessage(error.body) ?? "no reason given"}`;
}

function firstLine({ message, cause }: Error): string {
  const [line = ""] = message.split("\n");
  // fetch says "fetch failed" and keeps the reason, which for several addresses has a code but no message.
  let root = cause;
  while (root instanceof Error && root.cause) root = root.cause;
  const reason =
    root instanceof Error ? systemErrorText(root).split("\n")[0] || (root as NodeJS.ErrnoException).code : "";
  return reason ? `${line}: ${reason}` : line;
}

/** Whether the API has answered at all, though with an error. */
export function isAnswer(error: unknown): boolean {
  return error instanceof ApiException;
}

/** Whether the API answered that there is no such thing: waiting does not help. */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiException && error.code === 404;
}

/** What the API answers, or `otherwise` where it answers that there is no such thing. */
export async function ifFound<T, O>(asked: Promise<T>, otherwise: O): Promise<T | O> {
  return await asked.catch((error: unknown) => {
    if (isNotFound(error)) return otherwise;
    throw error;
  });
}

/** Whether the API has refused something because an admission webhook does not answer it: its pods may serve later. */
export function isUnansweredWebhook(error: unknown): boolean {
  if (!(error instanceof ApiException) || error.code !== 500) return false;
  // Older releases of Kubernetes write "admission webhook".
  return /failed calling (?:admission )?webhook/.test(statusMessage(error.body) ?? "");
}

function statusMessage(body: unknown): string | undefined {
  const status = typeof body === "string" ? jsonOf(body) : body;
  const message = (status as { message?: unknown } | null | undefined)?.message;
  return typeof message === "string" ? message : undefined;
}
