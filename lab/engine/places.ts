import { join } from "node:path";
import { folders } from "../machine/folders.ts";

/** Where the engine is kept, shared between clones. */
export const root = join(folders.cache, "pulumi");

/** PULUMI_HOME: what the lab's engine has installed touches nobody's own Pulumi. */
export const home = join(root, "home");
