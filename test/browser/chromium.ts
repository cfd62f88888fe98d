import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { nameOf } from "../../lab/machine/content.ts";
import { debianRecipe, debianRoot } from "../../lab/machine/debianRoot.ts";
import { exists } from "../../lab/machine/files.ts";
import { folders } from "../../lab/machine/folders.ts";
import { withLabLock } from "../../lab/machine/lock.ts";
import { removeTree } from "../../lab/machine/mounts.ts";
import { attempt, run } from "../../lab/machine/process.ts";
import { type Progress, timed } from "../../lab/machine/progress.ts";

const content = { packages: ["chromium", "fonts-dejavu-core"] };

/** Debian's Chromium: the machine's own, or one in a root file system of its own that is made once. */
export async function launchChromium(progress: Progress): Promise<Browser> {
  const { code, stdout } = await attempt("sh", ["-c", "command -v chromium"]);
  if (code === 0) return chromium.launch({ executablePath: stdout.trim() });
  const root = await chromiumRoot(progress);
  return chromium.launch({
    executablePath: join(import.meta.dirname, "chromiumInRoot.sh"),
    env: { ...process.env, CHROMIUM_ROOT: root },
  });
}

async function chromiumRoot(progress: Progress): Promise<string> {
  const root = join(folders.images, `chromium-${nameOf(debianRecipe(content))}`);
  if (await exists(root)) return root;
  await withLabLock("building a root file system with Chromium", progress, async () => {
    if (await exists(root)) return;
    await timed(progress, "Debian root file system with Chromium: building, once", async () => {
      const tar = await debianRoot("chromium", content, progress);
      const part = `${root}.part`;
      await removeTree(part);
      await mkdir(part);
      // The machine's own devices are mounted there, so that none has to be made.
      await run("tar", ["--extract", "--file", tar, "--directory", part, "--exclude=./dev/*"]);
      await rm(tar);
      await rename(part, root);
    });
  });
  return root;
}
