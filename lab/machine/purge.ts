import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { label } from "../docker/docker.ts";
import { engineNow } from "../docker/dockerEngine.ts";
import { folders } from "./folders.ts";
import { removeTree } from "./mounts.ts";
import { type Progress, timed } from "./progress.ts";

/** Removes what the lab has built, after it was taken down. What others keep in the cache folder stays. */
export async function purge(progress: Progress): Promise<void> {
  await timed(progress, "what was built: removing", async () => {
    const engine = await engineNow();
    const images = await engine?.docker(["images", "--quiet", "--filter", `label=${label}`]);
    const ids = [...new Set(images?.split("\n").filter(Boolean))];
    if (engine && ids.length > 0) await engine.try(["rmi", "--force", ...ids]);
    for (const folder of [folders.bin, folders.images, folders.engine]) {
      for (const entry of await readdir(folder).catch(() => [])) await removeTree(join(folder, entry));
    }
  });
}
