import { access } from "node:fs/promises";
import { join } from "node:path";
import { folders } from "../machine/folders.ts";
import { Problem } from "../machine/problem.ts";
import type { Progress } from "../machine/progress.ts";
import { type Engine, engineAt } from "./docker.ts";
import { answers, ownEngine, startOwnEngine, wasOwnEngineStarted } from "./ownEngine.ts";

/** The engine the lab runs on: the one that is here already, else one of its own. */
export async function engineUp(progress: Progress): Promise<Engine> {
  const running = await engineNow();
  if (running) return running;
  if (!(await wasOwnEngineStarted()))
    progress("no docker engine runs here: starting a private one, seen by the lab alone");
  return await startOwnEngine(progress);
}

export async function engineNow(): Promise<Engine | undefined> {
  const own = await ownEngine();
  if (await answers(own)) {
    await mustBeThisCache(own);
    return own;
  }
  if (await wasOwnEngineStarted()) return undefined;
  const found = engineAt("found", "docker", {});
  if (!(await hasDocker()) || !(await answers(found))) return undefined;
  if (/^(tcp|ssh|http)/.test(process.env.DOCKER_HOST ?? "")) {
    throw new Problem(
      "DOCKER_HOST names an engine on another machine, the lab needs one on this machine: unset DOCKER_HOST",
    );
  }
  return found;
}

/**
 * The engine of a lab that is up.
 * @throws Problem when none runs.
 */
export async function theEngine(): Promise<Engine> {
  const engine = await engineNow();
  if (engine) return engine;
  throw new Problem('the lab is not up: type "npm run lab -- up"');
}

async function mustBeThisCache(own: Engine): Promise<void> {
  const root = (await own.docker(["info", "--format", "{{.DockerRootDir}}"])).trim();
  if (root === join(folders.engine, "docker")) return;
  const cache = join(root, "../..");
  throw new Problem(
    `a lab with another cache runs on this machine: set RANCHER_ROLLBACK_LAB=${cache}, or take it down with\n  RANCHER_ROLLBACK_LAB=${cache} npm run lab -- down`,
  );
}

async function hasDocker(): Promise<boolean> {
  const places = (process.env.PATH ?? "").split(":").map((folder) => access(join(folder, "docker")));
  return (await Promise.allSettled(places)).some((place) => place.status === "fulfilled");
}
