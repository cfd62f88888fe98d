import { parseArgs } from "node:util";
import { labDown, withLabLock } from "../cluster/cluster.ts";
import { disaster } from "./disaster.ts";
import { failedUpgrade } from "./failedUpgrade.ts";

const REHEARSALS: Record<string, (() => Promise<string[]>)[]> = {
  "failed-upgrade": [failedUpgrade],
  disaster: [() => disaster("existing"), () => disaster("ec2")],
  "disaster-existing": [() => disaster("existing")],
  "disaster-ec2": [() => disaster("ec2")],
};

/** `npm run rehearse`, with the scenario's name behind `--` when it is not the failed upgrade. */
async function rehearse(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { keep: { type: "boolean", default: false } },
  });
  const [scenario = "failed-upgrade"] = positionals;
  const rehearsals = REHEARSALS[scenario];
  if (!rehearsals) throw new Error(`there is no rehearsal "${scenario}", only ${Object.keys(REHEARSALS).join(", ")}`);
  const summary: string[] = [];
  const say = (line: string) => console.log(`  ${line}`);
  await withLabLock(`npm run rehearse -- ${scenario}`, say, async () => {
    for (const one of rehearsals) summary.push(...(await one()), "");
    if (!values.keep) await labDown(say);
  });
  console.log(`\nThe rehearsal passed.\n${summary.join("\n").trimEnd()}`);
  if (values.keep) console.log(`The cluster stays: npm run lab -- status, npm run lab -- down`);
}

try {
  await rehearse();
} catch (error) {
  // The engine's error repeats its whole display, which has just scrolled by; its end is what failed.
  console.error(`\nThe rehearsal FAILED:\n${(error as Error).message.split("\n").slice(-40).join("\n")}`);
  console.error(
    [
      "The cluster stays as it is, for a look:",
      "  npm run lab -- status",
      "  npm run lab -- kubectl get pods -A",
      "  npm run lab -- ssh node1 docker ps",
      "To go on: npm run rehearse -- --keep    To clean up: npm run lab -- down",
    ].join("\n"),
  );
  process.exitCode = 1;
}
