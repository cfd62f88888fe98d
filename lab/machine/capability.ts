import { readFile } from "node:fs/promises";

const sysResource = 24n;

/** Some machines withhold CAP_SYS_RESOURCE even from root: privileged containers, which ask for it, would not start. */
export async function lacksSysResource(): Promise<boolean> {
  return lacks(await readFile("/proc/self/status", "utf8"));
}

export function lacks(status: string): boolean {
  const [, bounding] = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status) ?? [];
  return bounding !== undefined && ((BigInt(`0x${bounding}`) >> sysResource) & 1n) === 0n;
}
