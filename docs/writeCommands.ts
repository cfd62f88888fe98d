import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandPages } from "./commandPages.ts";

/** Part of `npm run docs`: a page for each command, from the command line itself. */
const folder = join(import.meta.dirname, "commands");
mkdirSync(folder, { recursive: true });
for (const [name, page] of Object.entries(await commandPages())) writeFileSync(join(folder, `${name}.md`), page);
