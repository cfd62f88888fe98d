import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePage } from "../../lab/bench/page.ts";
import { commandPages } from "./commandPages.ts";
import { writeSession } from "./session.ts";
import { settingsPage } from "./settingsPage.ts";

/** `npm run docs`: the pages of the commands, of the settings, of the recorded session and of the benchmarks. */
const folder = join(import.meta.dirname, "../commands");
mkdirSync(folder, { recursive: true });
for (const [name, page] of Object.entries(await commandPages())) writeFileSync(join(folder, `${name}.md`), page);
writeFileSync(join(import.meta.dirname, "../settings.md"), settingsPage());
await writeSession();
writePage(join(import.meta.dirname, ".."));
