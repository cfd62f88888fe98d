import { type Engine, getEngine } from "../engine/engine.ts";
import type { Phases } from "./phases.ts";

/** The phase every rehearsal begins with. */
export async function theEngine(phases: Phases): Promise<Engine> {
  return await phases.run("the Pulumi engine", async (say) => {
    const found = await getEngine(say);
    const plugins = Object.entries(found.pluginsFrom).map(([name, from]) => `${name}: ${from}`);
    say(`CLI: ${found.cliFrom}; plugins: ${plugins.join(", ")}`);
    return found;
  });
}
