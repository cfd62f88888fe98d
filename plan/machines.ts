import { givenUp, type Replacement } from "../cluster/clusterFile/replacement.ts";
import { readCa } from "../cluster/clusterFile/stateFile.ts";
import { askGivenUp, BRIEFLY } from "../cluster/machine/givenUp.ts";
import { occupiedProblems, parseServing, servingScript } from "../cluster/machine/serving.ts";
import { orUnreachable, ssh } from "../cluster/node/ssh.ts";
import { checkFailed, type FailedCheck, type Problem } from "../cluster/problem.ts";
import type { Warning } from "../messages/warnings.ts";
import type { Settings } from "../settings/settings.ts";

type Asking = Pick<Settings, "cluster" | "hostKeys" | "replacements">;

export interface MachineProblems {
  failed: FailedCheck[];
  /** That it is not known of a node that is given up whether it is up all the same. */
  warnings: Warning[];
}

/**
 * What speaks against the replacements: a machine that serves another cluster, and a node that is given up and is up all
 * the same. A machine that does not answer may not be up yet, and is waited for by its step.
 */
export async function machineProblems({ cluster, hostKeys, replacements }: Asking): Promise<MachineProblems> {
  const ca = replacements.length > 0 ? readCa(cluster.stateFile) : undefined;
  const machines = replacements.map(({ node }) => node);
  const asked = replacements.map(async (replacement) => {
    const { node } = replacement;
    const gone = givenUp(replacement);
    const [occupied, { alive, unsure }] = await Promise.all([
      askMachine(replacement, ca, hostKeys),
      gone ? askGivenUp(gone, { ca, machines, hostKeys }) : { alive: [], unsure: [] },
    ]);
    const failed = [
      ...checkFailed("replacement-machine", occupied, node.name),
      ...checkFailed("replaced-node", alive, gone?.node.name),
    ];
    const warnings = unsure.map((problem) => ({ kind: "replaced-node-may-be-up" as const, problem }));
    return { failed, warnings };
  });
  const found = await Promise.all(asked);
  return { failed: found.flatMap(({ failed }) => failed), warnings: found.flatMap(({ warnings }) => warnings) };
}

async function askMachine(
  { machine, node, isInFile }: Replacement,
  ca: string | undefined,
  hostKeys: Settings["hostKeys"],
): Promise<Problem[]> {
  if (machine.kind !== "existing" || isInFile) return [];
  const asked = ssh({ node, script: servingScript(node), hostKeys, timeoutSeconds: BRIEFLY, freshLogin: true });
  const found = await orUnreachable(asked.then(parseServing));
  return "unreachable" in found ? [] : occupiedProblems(node, found, { ca, hasMachine: false });
}
