import type { Problem } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";

/** An instance that a run was making when it was killed: whether there is one, Pulumi does not know. */
export interface PendingMachine {
  name: string;
  /** Whether the state has another one, which a later run has made in its place. */
  isMade: boolean;
}

/** What an operator has to know of such an instance, which nobody else looks for. */
export function pendingMachine({ name, isMade }: PendingMachine): Problem {
  const next = isMade ? "a later run has made another one" : "the rollback makes another one";
  const filter = shellWord(`Name=tag:Name,Values=${name}`);
  const find = `look for it in the region of aws:region: aws ec2 describe-instances --filters ${filter}`;
  // Pulumi would import it beside the one that the state has by the same name.
  const settle = isMade
    ? `${TERMINATE}; then tell Pulumi, which asks: \`clear\``
    : "then tell Pulumi, which asks: `import` and its id, or `clear` where there is none";
  return {
    message: `a run was killed while it made the EC2 instance ${name}: there may be one that the stack does not know, and ${next}`,
    remedy: { text: `${find}; ${settle}`, pulumi: "refresh" },
  };
}

const TERMINATE =
  "terminate the one that is no node, where there are two: aws ec2 modify-instance-attribute --no-disable-api-termination --instance-id ID; aws ec2 terminate-instances --instance-ids ID";
