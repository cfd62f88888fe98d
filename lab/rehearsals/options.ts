import { flag, given, value } from "../machine/options.ts";
import { Problem } from "../machine/problem.ts";

const SCENARIOS = ["failed-upgrade", "disaster", "disaster-existing", "disaster-ec2"] as const;
export type Scenario = (typeof SCENARIOS)[number];

export const USAGE = `usage: npm run rehearse -- [SCENARIO] [--keep]
       npm run rehearse -- --from CLUSTER_FILE --snapshot FILE [--keep]
  failed-upgrade     an upgrade that fails is rolled back; this one if none is named
  disaster           a node is gone for good, twice: disaster-existing, disaster-ec2
  --from, --snapshot your own cluster file and a copy of a snapshot of that cluster, on nodes of the lab: both are needed
  --keep             the cluster stays when all is done`;

export interface RehearsalOptions {
  /** A scenario of the lab, or an operator's own files. */
  asked: Scenario | { clusterFile: string; snapshot: string };
  keep: boolean;
}

/**
 * @returns undefined where only the usage is asked for.
 * @throws Problem for what it does not understand.
 */
export function rehearsalOptions(words: string[]): RehearsalOptions | undefined {
  const options = { keep: flag, help: flag, from: value, snapshot: value };
  const { values, positionals } = given(USAGE, { args: words, allowPositionals: true, options });
  const { from, snapshot, keep, help } = values;
  if (help) return undefined;
  const [scenario, ...more] = positionals;
  if (more.length > 0) throw new Problem(`one rehearsal at a time, not ${positionals.join(", ")}`);
  if (from === undefined && snapshot === undefined) return { asked: known(scenario ?? SCENARIOS[0]), keep };
  if (scenario !== undefined)
    throw new Problem(`--from and --snapshot are a rehearsal of their own: leave out ${scenario}`);
  if (!from) throw new Problem("--snapshot needs --from: the cluster file of the cluster that the snapshot is of");
  if (!snapshot) throw new Problem("--from needs --snapshot: a copy of a snapshot, from /opt/rke/etcd-snapshots or S3");
  return { asked: { clusterFile: from, snapshot }, keep };
}

function known(name: string): Scenario {
  const found = SCENARIOS.find((one) => one === name);
  if (found) return found;
  throw new Problem(`there is no rehearsal "${name}", only ${SCENARIOS.join(", ")}`);
}
