import { mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { debianMirror, installPrograms } from "./debian.ts";
import { folders } from "./folders.ts";
import { removeTree, unmountBelow } from "./mounts.ts";
import { run } from "./process.ts";
import type { Progress } from "./progress.ts";

const release = "bookworm";
const flags = (packages: string[]) => [
  "--variant=minbase",
  "--aptopt=APT::Sandbox::User root",
  // Nothing here outlives the lab: no need to wait for the disk.
  "--dpkgopt=force-unsafe-io",
  ...["doc", "man", "locale", "info"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`),
  // The nodes' engine and the components on them must write to the same one of Debian's two firewalls.
  ...(packages.includes("iptables") ? ["iptables", "ip6tables"] : []).map(
    (program) => `--customize-hook=chroot "$1" update-alternatives --set ${program} /usr/sbin/${program}-legacy`,
  ),
  '--customize-hook=rm -f "$1"/etc/ssh/ssh_host_* "$1"/etc/resolv.conf',
];

export interface RootContent {
  packages: string[];
  /** Not installed, but to be had by apt, with all they need, from a folder on the machine: its only source. */
  offers?: string[];
}

/** What decides the content of a root file system, to be hashed. */
export function debianRecipe({ packages, offers }: RootContent): string {
  return [release, ...flags(packages), ...packages, ...offering(offers)].join(" ");
}

/** A Debian root file system with this content, as a tar file. */
export async function debianRoot(name: string, content: RootContent, progress: Progress): Promise<string> {
  await installPrograms({ mmdebstrap: "mmdebstrap" }, progress);
  const mirror = await debianMirror();
  const work = join(folders.images, `.building-${name}`);
  await removeTree(work);
  await mkdir(work, { recursive: true });
  const tar = join(folders.images, `${name}.tar`);
  const args = [
    ...flags(content.packages),
    ...offering(content.offers),
    `--include=${content.packages.join(",")}`,
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

/** An index without a signature: apt trusts the folder, and needs no Release file. */
const index = `for deb in *.deb; do
  dpkg-deb --field "$deb"
  echo "Filename: ./$deb"
  echo "Size: $(stat --format %s "$deb")"
  echo "SHA256: $(sha256sum <"$deb" | cut --delimiter " " --fields 1)"
  echo
done >Packages`;

function offering(packages: string[] = []): string[] {
  if (packages.length === 0) return [];
  const fetching = `apt-get -qq -y --no-install-recommends --download-only -o Dir::Cache::archives="$1"/srv/packages install`;
  return [
    'mkdir -p "$1"/srv/packages/partial',
    `env APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" ${fetching} ${packages.join(" ")}`,
    `cd "$1"/srv/packages && rm -r partial && rm -f lock && ${index}`,
    'echo "deb [trusted=yes] file:/srv/packages ./" >"$1"/etc/apt/sources.list',
    'rm -rf "$1"/etc/apt/sources.list.d/*',
  ].map((hook) => `--customize-hook=${hook}`);
}
