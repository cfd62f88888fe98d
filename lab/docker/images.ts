import { cp, link, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { contentOf, nameOf } from "../machine/content.ts";
import { debianRecipe, debianRoot, type RootContent } from "../machine/debianRoot.ts";
import { folders } from "../machine/folders.ts";
import { removeTree } from "../machine/mounts.ts";
import { type Progress, timed } from "../machine/progress.ts";
import { type BuildName, buildHash, built } from "./builds.ts";
import { type Engine, label } from "./docker.ts";

const server = ["ca-certificates", "iptables", "iproute2", "kmod", "procps", "mount", "curl", "iputils-ping"];

/** Root file systems, from Debian packages alone. */
const roots = {
  /** Under every image of a Kubernetes component. */
  components: {
    packages: [
      ...["ca-certificates", "iptables", "iproute2", "conntrack", "ebtables", "ipset", "socat", "kmod", "procps"],
      ...["mount", "curl", "etcd-server", "etcd-client", "nginx-light", "libnginx-mod-stream"],
    ],
  },
  /** Under the nodes: what a server has on which Rancher is installed. */
  machine: { packages: [...server, "docker.io", "containerd", "runc", "openssh-server", "s3cmd"] },
  /** What a cloud starts a new server from; what a node needs beyond that is to be installed. */
  cloud: { packages: [...server, "openssh-server"], offers: ["docker.io", "containerd", "runc", "s3cmd"] },
} satisfies Record<string, RootContent>;

interface Image {
  folder: string;
  /** What the image is called, if not as the folder. */
  called?: string;
  base?: keyof typeof roots;
  builds?: BuildName[];
  arguments?: Record<string, string>;
  /** The names under which the nodes know it: RKE's own for this Kubernetes, so that nothing is pulled. */
  names: string[];
}

export const rancherVersions = ["v2.5.7", "v2.5.8", "v2.5.9", "v2.6.0", "v2.6.1", "v2.7.0"];

/** etcd without a shell. RKE v1.8.0 restores its snapshots by rke-tools while the name contains this repository's (cluster/etcd.go). */
export const distrolessEtcd = "rancher/mirrored-coreos-etcd:v3.5.21";

const node: Image = { folder: "node", base: "machine", names: [] };
const cloudMachine: Image = { folder: "node", called: "lab-debian-12", base: "cloud", names: [] };

const onNodes: Image[] = [
  { folder: "etcd", base: "components", names: ["rancher/mirrored-coreos-etcd:v3.4.15-rancher1"] },
  { folder: "etcd-distroless", builds: ["etcd"], names: [distrolessEtcd] },
  { folder: "pause", builds: ["pause"], names: ["rancher/mirrored-pause:3.6"] },
  {
    folder: "rke-tools",
    base: "components",
    // Recurring snapshots ask the cluster for its state.
    builds: ["rke-tools", "kubernetes"],
    // One tag for this Kubernetes, one for RKE's default version, which it uses for all about snapshots.
    names: ["rancher/rke-tools:v0.1.87", "rancher/rke-tools:v0.1.111"],
  },
  {
    folder: "hyperkube",
    base: "components",
    builds: ["kubernetes", "cni-plugins"],
    names: ["rancher/hyperkube:v1.20.15-rancher2"],
  },
  { folder: "flannel", base: "components", builds: ["flannel"], names: ["rancher/mirrored-coreos-flannel:v0.15.1"] },
  {
    folder: "flannel-cni",
    base: "components",
    builds: ["cni-plugins"],
    names: ["rancher/flannel-cni:v0.3.0-rancher6"],
  },
  ...rancherVersions.map((version) => ({
    folder: "rancher",
    builds: ["rancher" as const],
    arguments: { VERSION: version },
    names: [`rancher/rancher:${version}`],
  })),
];

export const buildsOnNodes = new Set(onNodes.flatMap(({ builds = [] }) => builds));

export async function imagesHash(): Promise<string> {
  return nameOf(
    ...(await Promise.all([node, ...onNodes].map(tagOf))),
    JSON.stringify(onNodes.map(({ names }) => names)),
  );
}

export async function nodeImage(engine: Engine, progress: Progress): Promise<string> {
  return await image(engine, node, progress);
}

/** The image of a machine as a cloud gives it: without Docker and s3cmd, which its apt has; built when it is first needed. */
export async function cloudImage(engine: Engine, progress: Progress): Promise<string> {
  return await image(engine, cloudMachine, progress);
}

/** Every image that the nodes run: its tag in the engine, and the names it has on the nodes. */
export async function imagesOnNodes(engine: Engine, progress: Progress): Promise<{ tag: string; names: string[] }[]> {
  const images: { tag: string; names: string[] }[] = [];
  for (const recipe of onNodes) images.push({ tag: await image(engine, recipe, progress), names: recipe.names });
  return images;
}

/** The root file systems of a cluster, so that they can be made while the compiler runs. */
export async function rootImages(engine: Engine, progress: Progress): Promise<void> {
  for (const name of ["components", "machine"] as const) await rootImage(engine, name, progress);
}

async function image(engine: Engine, recipe: Image, progress: Progress): Promise<string> {
  const tag = await tagOf(recipe);
  if (await isThere(engine, tag)) return tag;
  const base = recipe.base && (await rootImage(engine, recipe.base, progress));
  const context = join(folders.images, `.context-${recipe.folder}`);
  await removeTree(context);
  await cp(join(folders.sources, "images", recipe.folder), context, { recursive: true });
  for (const name of recipe.builds ?? []) await linkAll(await built(name, progress), join(context, name));
  const values = { ...recipe.arguments, ...(base && { BASE: base }) };
  const flags = Object.entries(values).flatMap(([name, value]) => ["--build-arg", `${name}=${value}`]);
  await timed(progress, `image ${recipe.names[0] ?? recipe.called ?? recipe.folder}: building`, () =>
    engine.docker(["build", "--quiet", "--network", "none", "--label", label, ...flags, "--tag", tag, context]),
  );
  await removeTree(context);
  return tag;
}

async function tagOf(recipe: Image): Promise<string> {
  const builds = await Promise.all((recipe.builds ?? []).map(buildHash));
  const content = await contentOf(join(folders.sources, "images", recipe.folder));
  const base = recipe.base ? debianRecipe(roots[recipe.base]) : "";
  return `${label}/${recipe.called ?? recipe.folder}:${nameOf(content, base, JSON.stringify(recipe.arguments ?? {}), ...builds)}`;
}

async function rootImage(engine: Engine, name: keyof typeof roots, progress: Progress): Promise<string> {
  const tag = `${label}/${name}:${nameOf(debianRecipe(roots[name]))}`;
  if (await isThere(engine, tag)) return tag;
  await timed(progress, `Debian root file system "${name}": building`, async () => {
    const tar = await debianRoot(name, roots[name], progress);
    const path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    await engine.docker(["import", "--change", path, "--change", `LABEL ${label}=`, tar, tag]);
    await rm(tar);
  });
  return tag;
}

async function isThere(engine: Engine, tag: string): Promise<boolean> {
  return (await engine.try(["image", "inspect", "--format", "{{.Id}}", tag])).code === 0;
}

async function linkAll(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const file of await readdir(from)) await link(join(from, file), join(to, file));
}
