import { cp, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { contentOf, nameOf } from "./content.ts";
import { exists } from "./files.ts";
import { folders } from "./folders.ts";
import { removeTree } from "./mounts.ts";
import { checkGo } from "./prerequisites.ts";
import { run } from "./process.ts";
import { type Progress, timed } from "./progress.ts";

interface Build {
  title: string;
  packages: string[];
  ldflags: string[];
  /** Completes the sources in the build folder, where the module alone is not enough. */
  prepare?: (folder: string) => Promise<void>;
  hint?: string;
}

const kubernetes = "v1.20.15";
const cni = "github.com/containernetworking/plugins/plugins";

/** What is built from pinned Go modules; the module of each is the folder of that name in `builds/`. */
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
    prepare: completeKubernetes,
    hint: "5 min",
  },
  "cni-plugins": {
    title: "CNI plugins v1.5.1",
    packages: [`${cni}/ipam/host-local`, `${cni}/main/bridge`, `${cni}/main/loopback`, `${cni}/meta/portmap`],
    ldflags: [],
  },
  flannel: {
    title: "flannel v0.28.4",
    packages: ["."],
    ldflags: ["-X github.com/flannel-io/flannel/pkg/version.Version=v0.28.4"],
    prepare: trimFlannel,
    hint: "1 min",
  },
  "flannel-cni": { title: "flannel CNI plugin v0.9.1", packages: [`${cni}/meta/flannel`], ldflags: [] },
  "openapi-gen": { title: "openapi-gen", packages: ["k8s.io/kube-openapi/cmd/openapi-gen"], ldflags: [] },
  "rke-tools": { title: "rke-tools stand-in", packages: ["."], ldflags: [] },
  rancher: { title: "Rancher stand-in", packages: ["."], ldflags: [] },
  pause: { title: "pause", packages: ["."], ldflags: [] },
} satisfies Record<string, Build>;

export type BuildName = keyof typeof builds;

/** A name that changes whenever something changes that the build depends on. */
export async function buildHash(name: BuildName): Promise<string> {
  const { packages, ldflags, prepare }: Build = builds[name];
  const generator = name === "kubernetes" ? await buildHash("openapi-gen") : "";
  const content = await contentOf(join(folders.sources, "builds", name));
  return nameOf(name, content, packages.join(" "), ldflags.join(" "), String(prepare), generator);
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

/** Where the programs of a build are, or will be. */
export async function buildFolder(name: BuildName): Promise<string> {
  return join(folders.bin, `${name}-${await buildHash(name)}`);
}

async function build(name: BuildName, target: string): Promise<void> {
  const { packages, ldflags, prepare }: Build = builds[name];
  const work = join(folders.bin, `.building-${name}`);
  await removeTree(work);
  await mkdir(folders.bin, { recursive: true });
  await cp(join(folders.sources, "builds", name), work, { recursive: true });
  if (prepare) await prepare(work);
  await mkdir(join(work, "out"));
  await go(work, ["build", "-trimpath", "-ldflags", ["-s", "-w", ...ldflags].join(" "), "-o", "out/", ...packages]);
  await rename(join(work, "out"), target);
  await removeTree(work);
}

function go(cwd: string, args: string[]): Promise<string> {
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off" };
  return run("go", args, { cwd, env });
}

/** The module's zip lacks the generated OpenAPI definitions: they are generated on a copy. */
async function completeKubernetes(folder: string): Promise<void> {
  const generator = join(await built("openapi-gen", () => {}), "openapi-gen");
  const module = JSON.parse(await go(folder, ["mod", "download", "-json", `k8s.io/kubernetes@${kubernetes}`]));
  const source = join(folder, "src/kubernetes");
  await mkdir(join(folder, "src"));
  await run("cp", ["-r", module.Dir, source]);
  await run("chmod", ["-R", "u+w", source]);
  const output = join(source, "pkg/generated/openapi");
  const packages = (await readFile(join(folder, "openapi-packages.txt"), "utf8")).split("\n").filter(Boolean);
  await writeFile(join(folder, "header.txt"), "");
  const flags = { "go-header-file": "header.txt", "output-dir": output, "output-file": "zz_generated.openapi.go" };
  const args = Object.entries({
    ...flags,
    "output-pkg": "k8s.io/kubernetes/pkg/generated/openapi",
    "report-filename": "report.txt",
  });
  const env = { ...process.env, CGO_ENABLED: "0", GOFLAGS: "-mod=readonly -buildvcs=false", GOWORK: "off" };
  await run(generator, [...args.flatMap(([flag, value]) => [`--${flag}`, value]), ...packages], { cwd: folder, env });
  const file = join(output, "zz_generated.openapi.go");
  const text = await readFile(file, "utf8");
  // Today's generator names a package that this Kubernetes did not know yet.
  await writeFile(file, text.replace('"k8s.io/kube-openapi/pkg/validation/spec"', '"github.com/go-openapi/spec"'));
}

/** flannel's own main without the clouds' backends and without udp, which wants a C compiler. */
async function trimFlannel(folder: string): Promise<void> {
  const module = JSON.parse(await go(folder, ["mod", "download", "-json", "github.com/flannel-io/flannel@v0.28.4"]));
  const backend = /pkg\/backend\/(tencentvpc|alivpc|awsvpc|gce|udp)"/;
  const main = await readFile(join(module.Dir, "main.go"), "utf8");
  const lines = main.split("\n").filter((line) => !backend.test(line));
  await writeFile(join(folder, "main.go"), lines.join("\n"));
}
