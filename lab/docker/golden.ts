import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { exists } from "../machine/files.ts";
import { folders } from "../machine/folders.ts";
import { removeTree } from "../machine/mounts.ts";
import { Problem } from "../machine/problem.ts";
import { type Progress, timed, waitFor } from "../machine/progress.ts";
import { type Engine, label } from "./docker.ts";
import { imagesHash, imagesOnNodes, nodeImage } from "./images.ts";

const container = `${label}-golden`;

/** A docker data folder with every image the nodes run, loaded once and cloned for each node. */
export async function goldenRoot(engine: Engine, progress: Progress): Promise<string> {
  const golden = join(folders.images, `golden-${await imagesHash()}`);
  if (await exists(golden)) return golden;
  const image = await nodeImage(engine, progress);
  const images = await imagesOnNodes(engine, progress);
  await timed(progress, "the nodes' images: loading", async () => {
    const part = join(folders.images, ".golden");
    await engine.try(["rm", "--force", container]);
    await removeTree(part);
    await mkdir(part, { recursive: true });
    await load(engine, image, part, images);
    await tidy(part);
    await rename(part, golden);
  });
  return golden;
}

export async function hasGoldenRoot(): Promise<boolean> {
  return await exists(join(folders.images, `golden-${await imagesHash()}`));
}

async function load(engine: Engine, image: string, root: string, images: { tag: string; names: string[] }[]) {
  const volume = ["--volume", `${root}:/var/lib/docker`, "--tmpfs", "/run:exec,mode=755", "--tmpfs", "/tmp:exec"];
  const flags = ["--detach", "--pull", "never", "--privileged", "--network", "none", "--label", `${label}=golden`];
  await engine.docker(["run", ...flags, "--name", container, ...volume, "--entrypoint", "dockerd", image]);
  const ready = async () => (await engine.try(["exec", container, "docker", "version"])).code === 0;
  if (!(await waitFor(ready, 60_000))) {
    const said = await engine.try(["logs", "--tail", "5", container]);
    throw new Problem(`the engine that is to hold the nodes' images does not start:\n${said.stderr}`);
  }
  await pipe(engine, ["save", ...images.map(({ tag }) => tag)], ["exec", "-i", container, "docker", "load"]);
  for (const { tag, names } of images) {
    for (const name of names) await engine.docker(["exec", container, "docker", "tag", tag, name]);
    await engine.docker(["exec", container, "docker", "rmi", tag]);
  }
  await engine.docker(["stop", "--time", "30", container]);
  await engine.docker(["rm", container]);
}

async function pipe(engine: Engine, from: string[], to: string[]): Promise<void> {
  const [source, target] = [engine.commandLine(from), engine.commandLine(to)];
  const reader = spawn(source.command, source.args, { env: source.env, stdio: ["ignore", "pipe", "inherit"] });
  const writer = spawn(target.command, target.args, { env: target.env, stdio: [reader.stdout, "ignore", "inherit"] });
  const codes = await Promise.all([reader, writer].map(async (child) => (await once(child, "exit"))[0]));
  if (codes.some((code) => code !== 0)) throw new Problem("loading the nodes' images failed: is the disk full?");
}

/** Leaves only what belongs to the images: the rest each engine makes for itself. */
async function tidy(root: string): Promise<void> {
  for (const entry of await readdir(root)) {
    if (entry !== "image" && entry !== "overlay2") await rm(join(root, entry), { recursive: true, force: true });
  }
}
