import { script } from "../script.ts";

/** Asks a node how its user becomes root, and for its time; changes nothing, and needs no root. */
export const ACCESS_SCRIPT = script(import.meta.dirname, "access.sh")();

export interface Access {
  /** Undefined where no script of ours can run as root. */
  root?: "login" | "sudo" | "docker";
  /** Seconds since 1970 by the node's clock. */
  now: number;
}

/** The script's lines → how the node is accessed. */
export function parseAccess(printed: string): Access {
  const [, root] = /^root by (login|sudo|docker)$/m.exec(printed) ?? [];
  const [, now] = /^now (\d+)$/m.exec(printed) ?? [];
  return { ...(root !== undefined && { root: root as NonNullable<Access["root"]> }), now: Number(now) };
}
