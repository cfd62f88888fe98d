import type { Problem } from "../problem.ts";
import { API_REMEDY, apiErrorMessage, KubeconfigError } from "./apiError.ts";

export interface Unreadable {
  error: string;
  /** Where it is known better than by the answer of an API server. */
  problem?: Problem;
}

/** Reads something, and takes a failure for a fact. */
export async function orError<T>(read: () => Promise<T>): Promise<T | Unreadable> {
  try {
    return await read();
  } catch (error) {
    return unreadable(error);
  }
}

export function unreadable(error: unknown): Unreadable {
  return { error: apiErrorMessage(error), ...(error instanceof KubeconfigError && { problem: error.problem }) };
}

/** The problem behind what could not be read through the Kubernetes API. @param message where only its answer is known. */
export function apiProblem({ problem }: Unreadable, message: string): Problem {
  return problem ?? { message, remedy: API_REMEDY };
}
