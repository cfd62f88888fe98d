import { execFileSync } from "node:child_process";
import { cpSync, globSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** `npm run build`: compiles the program to `dist/`, with the files beside its modules that are read at run time. */
const project = join(import.meta.dirname, "..");
const dist = join(project, "dist");

rmSync(dist, { recursive: true, force: true });
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
execFileSync(process.execPath, [tsc, "--project", join(project, "tsconfig.build.json")], { stdio: "inherit" });
for (const file of globSync("{cluster,output,plugin}/**/*.{sh,css,json}", { cwd: project })) {
  cpSync(join(project, file), join(dist, file));
}
