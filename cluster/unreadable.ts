import { apiErrorMessage } from "./kubernetes/apiError.ts";

/** What could not be read, and why. */
export interface Unreadable {
  error: string;
}

/** Reads something, and takes a failure for a fact. */
export async function orError<T>(read: () => Promise<T>): Promise<T | Unreadable> {
  try {
    return await read();
  } catch (error) {
    return { error: apiErrorMessage(error) };
  }
}
