import { readFile, rm } from "node:fs/promises";
import { Problem } from "./problem.ts";
import { attempt } from "./process.ts";

/** Removes a folder with everything that is mounted inside it, never anything of what is mounted there. */
export async function removeTree(folder: string): Promise<void> {
  await unmountBelow(folder);
  await rm(folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 200 });
}

/** Unmounts whatever a killed engine or a killed debootstrap left mounted in a folder. */
export async function unmountBelow(folder: string): Promise<void> {
  for (const mount of mountsBelow(folder, await readFile("/proc/self/mountinfo", "utf8"))) {
    await attempt("umount", ["--lazy", mount]);
  }
  const left = mountsBelow(folder, await readFile("/proc/self/mountinfo", "utf8"));
  if (left.length > 0)
    throw new Problem(`cannot unmount ${left.join(", ")}: type "umount -l ${left[0]}" and try again`);
}

/** The mount points inside a folder, the innermost first. */
export function mountsBelow(folder: string, mountinfo: string): string[] {
  return mountinfo
    .split("\n")
    .map((line) => unescapeOctal(line.split(" ")[4] ?? ""))
    .filter((mount) => mount === folder || mount.startsWith(`${folder}/`))
    .reverse();
}

function unescapeOctal(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
