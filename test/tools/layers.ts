import { readFileSync } from "node:fs";
import { join } from "node:path";
import { circles, type Import, importsOf, way } from "./imports.ts";
import { PROJECT, projectFiles } from "./projectFiles.ts";

interface Layer {
  /** Folders and files of ours beside its own; `.` is the programs in the root. Types are imported by the same rule. */
  imports: string[];
  usesPulumi?: true;
  /** Neither it nor what it imports, but for these, opens a connection to a cluster or runs a program there. */
  staysAway?: { unlessBy: string[] };
}

const DATA = { unlessBy: [] };
const PRODUCT = [".", "cluster", "components", "messages", "output", "plan", "run", "settings", "steps"];

/** Who may import whom. */
const LAYERS: Record<string, Layer> = {
  cluster: { imports: [] },
  messages: { imports: ["cluster"], staysAway: DATA },
  settings: { imports: ["cluster"], usesPulumi: true },
  plan: { imports: ["cluster", "messages", "settings"] },
  run: { imports: ["cluster", "messages", "plan/plan.ts"], staysAway: DATA },
  steps: { imports: ["cluster", "messages"] },
  components: {
    imports: ["cluster", "messages", "plan", "settings", "steps/contract.ts"],
    usesPulumi: true,
    // Their hooks ask by plan/, in the preview and right before a step; settings/ asks this machine's RKE for its version.
    staysAway: { unlessBy: ["plan", "settings"] },
  },
  output: { imports: ["cluster", "messages", "plan/plan.ts", "run"], staysAway: DATA },
  ".": { imports: PRODUCT, usesPulumi: true },
  plugin: { imports: PRODUCT, usesPulumi: true },
  packaging: { imports: PRODUCT, usesPulumi: true },
  // A published pack has no file from outside its folder.
  policy: { imports: [], usesPulumi: true },
  cli: { imports: PRODUCT, usesPulumi: true },
  lab: { imports: [...PRODUCT, "cli"], usesPulumi: true },
  docs: { imports: [...PRODUCT, "cli", "lab", "packaging"], usesPulumi: true },
};

/** What of Node and of packages reaches another machine or another program. */
const CONNECTING = /^(node:(child_process|dgram|http|http2|https|net|tls)|@kubernetes\/client-node)$/;
/** Only looks at a text. */
const HARMLESS = /^\{(\s+isIP(v[46])?,?)+\s+\}$/;
/** Of the imports from one folder to the next in a circle. */
const SHOWN = 5;

/** What breaks these rules. @param files path from the project's folder → text. */
export function breaches(files: Map<string, string>): string[] {
  const imports = importsOf(files).filter(({ from }) => topOf(from) !== "test");
  return [...forbidden(imports), ...inCircles(imports), ...connections(imports)];
}

function topOf(path: string): string {
  return path.includes("/") ? (path.split("/")[0] ?? "") : ".";
}

function forbidden(imports: Import[]): string[] {
  return imports.flatMap(({ from, to }) => {
    const top = topOf(from);
    const { imports: allowed, usesPulumi } = LAYERS[top] ?? { imports: [] };
    const said = `${from} imports ${to}`;
    if (to.startsWith("@pulumi/")) return usesPulumi ? [] : [`${said}: ${top}/ has nothing of Pulumi`];
    if (!/\.(ts|mjs|sh)$/.test(to) || topOf(to) === top) return [];
    if (allowed.includes(topOf(to)) || allowed.includes(to)) return [];
    return [`${said}: ${top}/ imports ${allowed.join(", ") || "nothing of ours"}`];
  });
}

/** Folders of cluster/, and those of the project. */
function inCircles(imports: Import[]): string[] {
  const ours = imports.filter(({ to }) => topOf(to) in LAYERS && /\.(ts|mjs|sh)$/.test(to));
  const roomOf = (path: string) => (topOf(path) === "cluster" ? path.slice(0, path.lastIndexOf("/")) : undefined);
  return [roomOf, topOf].flatMap((groupOf) =>
    circles(ours, groupOf).map((circle) => {
      const hops = circle.slice(1).flatMap((next, at) => {
        const made = ours.filter(({ from, to }) => groupOf(from) === circle[at] && groupOf(to) === next);
        const lines = made.slice(0, SHOWN).map(({ from, to }) => `  ${from} imports ${to}`);
        return made.length > SHOWN ? [...lines, `  and ${made.length - SHOWN} more`] : lines;
      });
      return [`${circle.join(" → ")}: these folders import each other in a circle`, ...hops].join("\n");
    }),
  );
}

function connections(imports: Import[]): string[] {
  const atRuntime = imports.filter(({ isType }) => !isType);
  const connecting = atRuntime.filter(
    ({ from, to, names }) => topOf(from) === "cluster" && CONNECTING.test(to) && !HARMLESS.test(names),
  );
  const next = Map.groupBy(atRuntime, ({ from }) => from);
  return Object.entries(LAYERS).flatMap(([top, { staysAway }]) => {
    if (!staysAway) return [];
    const onward = (one: string) =>
      (next.get(one) ?? []).map(({ to }) => to).filter((to) => !staysAway.unlessBy.includes(topOf(to)));
    const own = [...next.keys()].filter((path) => topOf(path) === top);
    return own.flatMap((path) => {
      const found = way(path, onward, ...connecting.map(({ from }) => from));
      // Of a way that leads through another file of the folder, that one tells.
      if (!found || topOf(found[1] ?? "") === top) return [];
      const by = connecting.find(({ from }) => from === found.at(-1))?.to;
      return [`${found.join(" → ")}: ${top}/ opens no connection, and the last imports ${by}`];
    });
  });
}

if (process.argv[1] === import.meta.filename) {
  const paths = projectFiles("*.ts", "*.mjs", "*.sh");
  const found = breaches(new Map(paths.map((path) => [path, readFileSync(join(PROJECT, path), "utf8")])));
  for (const one of found) console.error(one);
  if (found.length > 0) process.exitCode = 1;
}
