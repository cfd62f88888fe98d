import { cp, mkdir, rename } from "node:fs/promises";
import { join } from "node:path";
import { contentOf, nameOf } from "../machine/content.ts";
import { exists } from "../machine/files.ts";
import { folders } from "../machine/folders.ts";
import { removeTree } from "../machine/mounts.ts";
import { checkGo } from "../machine/prerequisites.ts";
import { run } from "../machine/process.ts";
import { type Progress, timed } from "../machine/progress.ts";

interface Build {
  title: string;
  packages: string[];
  ldflags?: string[];
  hint?: string;
}

const kubernetes = "v1.20.15";

/** What is built from pinned Go modules, when it is first needed; the module of each is the folder of that name in `builds/`. */
const builds = {
  rke: {
    title: "RKE v1.8.0",
    packages: ["github.com/rancher/rke"],
    ldflags: ["-X main.VERSION=v1.8.0"],
    hint: "2 min",
  },
  kubernetes: {
    title: `Kubernetes ${kubernetes}`,
    packages: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "kubelet", "kubectl"].map(
      (program) => `k8s.io/kubernetes/cmd/${program}`,
    ),
    ldflags: ["k8s.io/component-base/version", "k8s.io/client-go/pkg/version"].flatMap((pkg) => [
      `-X ${pkg}.gitVersion=${kubernetes}`,
      `-X ${pkg}.gitMajor=1`,
      `-X ${pkg}.gitMinor=20`,
      `-X ${pkg}.gitTreeState=clean`,
      `-X ${pkg}.buildDate=2022-01-19T17:23:01Z`,
    ]),
    hint: "5 min",
  },
  "cni-plugins": {
    // The last that have flannel's.
    title: "CNI plugins v0.9.1",
    packages: ["ipam/host-local", "main/bridge", "main/loopback", "meta/flannel", "meta/portmap"].map(
      (plugin) => `github.com/containernetworking/plugins/plugins/${plugin}`,
    ),
  },
  flannel: {
    title: "flannel v0.28.4",
    packages: ["."],
    ldflags: ["-X github.com/flannel-io/flannel/pkg/version.Version=v0.28.4"],
    hint: "1 min",
  },
  etcd: { title: "etcd v3.5.21", packages: ["go.etcd.io/etcd/server/v3", "go.etcd.io/etcd/etcdctl/v3"], hint: "1 min" },
  "openapi-gen": { title: "openapi-gen", packages: ["k8s.io/kube-openapi/cmd/openapi-gen"] },
  "rke-tools": { title: "rke-tools stand-in", packages: ["."] },
  rancher: { title: "Rancher stand-in", packages: ["."] },
  pause: { title: "pause", packages: ["."] },
  minio: { title: "MinIO 2025-09-07", packages: ["github.com/minio/minio"], hint: "3 min" },
  imds: { title: "instance metadata service", packages: ["."] },
} satisfies Record<string, Build>;

export type BuildName = keyof typeof builds;

/** A name that changes whenever something changes that the build depends on. */
export async function buildHash(name: BuildName): Promise<string> {
  const { packages, ldflags = [] }: Build = builds[name];
  const generator = name === "kubernetes" ? await buildHash("openapi-gen") : "";
  const content = await contentOf(join(folders.sources, "builds", name));
  return nameOf(name, content, packages.join(" "), ldflags.join(" "), generator);
}

/** The folder with the programs of a build, which is done first if it was never done. */
export async function built(name: BuildName, progress: Progress): Promise<string> {
  const target = await buildFolder(name);
  if (await exists(target)) return target;
  await checkGo();
  const { title, hint }: Build = builds[name];
  await timed(progress, `${title}: building${hint ? ` (about ${hint} the first time)` : ""}`, () =>
    build(name, target),
  );
  return target;
}

export async function isBuilt(name: BuildName): Promise<boolean> {
  return await exists(await buildFolder(name));
}

export async function buildFolder(name: BuildName): Promise<string> {
  return join(folders.bin, `${name}-${await buildHash(name)}`);
}

async function build(name: BuildName, target: string): Promise<void> {
  const { packages, ldflags = [] }: Build = builds[name];
  const work = join(folders.bin, `.building-${name}`);
  await removeTree(work);
  await mkdir(folders.bin, { recursive: true });
  await cp(join(folders.sources, "builds", name), work, { recursive: true });
  const generator = name === "kubernetes" ? await built("openapi-gen", () => {}) : "";
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    // Nothing is taken but what go.mod and go.sum pin.
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    OPENAPI_GEN: join(generator, "openapi-gen"),
  };
  if (await exists(join(work, "prepare.sh"))) await run("sh", ["prepare.sh"], { cwd: work, env });
  await mkdir(join(work, "out"));
  const flags = ["-trimpath", "-ldflags", ["-s", "-w", ...ldflags].join(" "), "-o", "out/"];
  await run("go", ["build", ...flags, ...packages], { cwd: work, env });
  await rename(join(work, "out"), target);
  await removeTree(work);
}
