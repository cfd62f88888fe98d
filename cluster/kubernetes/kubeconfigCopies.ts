import { lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

/**
 * Watches for copies of a kubeconfig: the official Kubernetes plugin writes one, `kubeconfig` and digits, into the
 * temporary folder at each start, re-encoded, and leaves it there (pulumi-kubernetes,
 * provider/pkg/provider/util.go, writeKubeconfigToFile). A copy is known by its user's private key.
 * @param since ms since 1970: what is older is another process' own.
 * @returns what removes the copies that are there by then. It throws nothing.
 */
export function kubeconfigCopies(kubeconfig: string, folder: string, since: number): () => void {
  const before = keysOf(kubeconfig);
  return () => {
    // RKE may have rewritten it since.
    const known = new Set([...before, ...keysOf(kubeconfig)]);
    for (const name of filesOf(folder)) {
      const path = join(folder, name);
      if (isOwn(path, since) && keysOf(path).some((key) => known.has(key))) rmSync(path, { force: true });
    }
  };
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => /^kubeconfig\d+$/.test(name));
  } catch {
    return [];
  }
}

function isOwn(path: string, since: number): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && found.uid === process.getuid?.() && found.mtimeMs >= since;
}

/** The private keys in a kubeconfig; none where it cannot be read. */
function keysOf(path: string): string[] {
  try {
    const { users = [] } = parse(readFileSync(path, "utf8")) as { users?: { user?: Record<string, unknown> }[] };
    return users.flatMap(({ user }) => {
      const key = user?.["client-key-data"];
      return typeof key === "string" && key !== "" ? [key] : [];
    });
  } catch {
    return [];
  }
}
