import { lineOf, script } from "../script.ts";

export const ACCESS_SCRIPT = script(import.meta.dirname, "access.sh")();

export interface Access {
  /** Undefined where no script of ours can run as root. */
  root?: "login" | "sudo" | "docker";
  /** Seconds since 1970 by the node's clock. */
  now: number;
}

export function parseAccess(printed: string): Access {
  const by = lineOf(printed, "root");
  const root = (["login", "sudo", "docker"] as const).find((one) => one === by);
  return { ...(root && { root }), now: Number(lineOf(printed, "now")) };
}
