import { execFileSync } from "node:child_process";

/**
 * Which Kubernetes this RKE installs where a cluster file names none, such as `v1.32.2-rancher1-1`; undefined where it does
 * not say: v0.2.0 has no such question yet, v0.3.0 has (rke#1127, rke#1686). By RANCHER_METADATA_URL it is another one, for
 * RKE's other commands too.
 */
export function readDefaultKubernetes(binary: string): string | undefined {
  try {
    const printed = execFileSync(binary, ["config", "--list-version"], {
      encoding: "utf8",
      timeout: 40_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return /^v1\.\d+\.\d+(-\S+)?$/m.exec(printed.replaceAll("\r", ""))?.[0];
  } catch {
    return undefined;
  }
}
