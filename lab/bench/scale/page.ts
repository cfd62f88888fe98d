import { dateAndTime } from "../../../cluster/time.ts";
import { SCALE_PARTS, type ScalePart, type ScaleResults, type Used } from "../results.ts";
import { type Spread, spreadOf } from "../statistics.ts";
import { commitText, shown, table } from "../tables.ts";
import { judged, type TargetResult, targetTable } from "../targets.ts";

/** The sizes that are compared, the limit of the ratio, and that of the memory of a process, MiB (issue 14). */
const [FEW, MANY, MOST_TIMES, MOST_MIB] = [10, 200, 2.5, 500];

const TITLES: Record<ScalePart, string> = {
  preview: "preview",
  proof: "proof of the snapshot, and all nodes checked",
  restarts: "restarts",
  verification: "verification",
};

/** The part of the page, of another run than the rest: with its own commit and machine. */
export function scalePart(results: ScaleResults): string[] {
  const { answerMs, stacks, startedAt, commit, machine, versions, load } = results;
  const sizes = [...new Set(results.parts.map(({ nodes }) => nodes))].sort((one, other) => one - other);
  return [
    `The parts of a rollback that ask every node, on simulated nodes: each has an address and an SSH server of its own, runs the scripts of the product once in a
real shell on a stand-in of Docker, and answers every further time after ${answerMs} ms. Three of them have etcd and the control plane. The Kubernetes API and Rancher are
simulated, too. All of it shares one machine with the product and OpenSSH's clients. Each part is what Pulumi's engine would start, from its start to its end: the
preview one process, the proof, the restarts and the verification a step each. As after most restores, only Rancher's own containers have to be restarted. Not measured: Pulumi's engine itself, the opening of the snapshot in an etcd,
which one host does for all, and RKE.`,
    table(
      ["part", ...sizes.map((size) => `${size} nodes`), `${MANY} against ${FEW}`],
      [
        ...SCALE_PARTS.map((part) => row(results, sizes, TITLES[part], [part])),
        row(results, sizes, "all of them", [...SCALE_PARTS]),
      ],
    ),
    table(
      ["the largest process, the processor's time, commands at once", ...sizes.map((size) => `${size} nodes`)],
      SCALE_PARTS.map((part) => [TITLES[part], ...sizes.map((size) => resources(results, part, size))]),
    ),
    `${stacks.count} stacks of ${stacks.nodes} nodes each, \`--parallel ${stacks.parallel}\`: their previews, ${stacks.parallel} processes at once and without Pulumi's engine, take ${stacks.used.seconds.toFixed(1)} s,
${stacks.used.cpuSeconds.toFixed(0)} s of the processor's time, the largest process ${stacks.used.peakMiB.toFixed(0)} MiB.`,
    targetTable(scaleTargets(results)),
    `Measured ${dateAndTime(startedAt)} at commit ${commitText(commit)}, on ${machine.processor}, ${machine.cores} cores, load ${load.toFixed(1)}, with ${Object.entries(
      versions,
    )
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
  ];
}

export function scaleTargets(results: ScaleResults): TargetResult[] {
  const ratio = (title: string, parts: ScalePart[]) =>
    judged(`${title}: ${MANY} nodes against ${FEW}`, "x", MOST_TIMES, ratioOf(results, parts));
  const peak = Math.max(...[...results.parts, results.stacks.used].map(({ peakMiB }) => peakMiB));
  return [
    ...SCALE_PARTS.map((part) => ratio(TITLES[part], [part])),
    ratio("all of them", [...SCALE_PARTS]),
    judged("memory of the largest process", "MiB", MOST_MIB, peak),
  ];
}

function row(results: ScaleResults, sizes: number[], title: string, parts: ScalePart[]): string[] {
  const ratio = ratioOf(results, parts);
  const cells = sizes.map((size) => shown(secondsOf(results, parts, size)));
  return [title, ...cells, ratio === undefined ? "" : `${ratio.toFixed(2)} x`];
}

function ratioOf(results: ScaleResults, parts: ScalePart[]): number | undefined {
  const [few, many] = [FEW, MANY].map((size) => secondsOf(results, parts, size)?.median);
  return few && many ? many / few : undefined;
}

/** Of several parts, what they take together in each round that has all of them. */
function secondsOf(results: ScaleResults, parts: ScalePart[], size: number): Spread | undefined {
  const taken = parts.map((part) => roundsOf(results, part, size).map(({ seconds }) => seconds));
  const rounds = Math.min(...taken.map(({ length }) => length));
  return spreadOf(Array.from({ length: rounds }, (_, round) => taken.reduce((sum, of) => sum + (of[round] ?? 0), 0)));
}

function roundsOf({ parts }: ScaleResults, wanted: ScalePart, size: number): (Used & { commands: number })[] {
  return parts.filter(({ part, nodes }) => part === wanted && nodes === size);
}

function resources(results: ScaleResults, part: ScalePart, size: number): string {
  const rounds = roundsOf(results, part, size);
  const most = (of: (round: (typeof rounds)[number]) => number) => Math.max(...rounds.map(of));
  return `${most(({ peakMiB }) => peakMiB).toFixed(0)} MiB, ${most(({ cpuSeconds }) => cpuSeconds).toFixed(1)} s, ${most(({ commands }) => commands)}`;
}
