import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { installPrograms, debianMirror } from "./debian.ts";
import { folders } from "./folders.ts";
import { removeTree, unmountBelow } from "./mounts.ts";
import { run } from "./process.ts";
import type { Progress } from "./progress.ts";

const release = "bookworm";
const flags = [
  "--variant=minbase",
  "--aptopt=APT::Sandbox::User root",
  // Nothing here outlives the lab: no need to wait for the disk.
  "--dpkgopt=force-unsafe-io",
  ...["doc", "man", "locale", "info"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  // The nodes' engine and the components on them must write to the same one of Debian's two firewalls.
  ...["iptables", "ip6tables"].map(
    (program) => `--customize-hook=chroot "$1" update-alternatives --set ${program} /usr/sbin/${program}-legacy`,
  ),
  '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/resolv.conf',
];

/** What decides the content of a root file system, to be hashed. */
export function debianRecipe(packages: string[]): string {
  return [release, ...flags, ...packages].join(" ");
}

/** A Debian root file system with these packages, as a tar file. */
export async function debianRoot(name: string, packages: string[], progress: Progress): Promise<string> {
  await installPrograms({ mmdebstrap: "mmdebstrap" }, progress);
  const mirror = await debianMirror();
  const work = join(folders.images, `.building-${name}`);
  await removeTree(work);
  await mkdir(work, { recursive: true });
  const tar = join(folders.images, `${name}.tar`);
  const args = [
    ...flags,
    `--include=${packages.join(",")}`,
    release,
    join(work, "root.tar"),
    `deb ${mirror} ${release} main`,
  ];
  await run("mmdebstrap", args, { env: { ...process.env, TMPDIR: work } });
  await rename(join(work, "root.tar"), tar);
  await unmountBelow(work);
  await removeTree(work);
  return tar;
}
