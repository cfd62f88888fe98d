import { hostname, userInfo } from "node:os";

/** The name of the user who runs this process; in a container a user may have none. */
export function userName(env: Record<string, string | undefined> = process.env): string {
  try {
    return userInfo().username;
  } catch {
    return env.USER || `uid ${process.getuid?.()}`;
  }
}

/** The operator and the machine, as locks and records name them: user@machine. */
export function holderName(): string {
  return `${userName()}@${hostname()}`;
}
