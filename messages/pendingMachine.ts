import type { Problem } from "../cluster/problem.ts";
import { shellWord } from "../cluster/shell.ts";

/** An instance that a run was making when it was killed: whether there is one, Pulumi does not know. */
export interface PendingMachine {
  /** The instance's Name. */
  name: string;
  /** Whether the state has another one, which a later run has made in its place. */
  isMade: boolean;
}

/** What an operator has to know of such an instance, which nobody else looks for. */
export function pendingMachine({ name, isMade }: PendingMachine): Problem {
  const next = isMade ? "a later run has made another one" : "the rollback makes another one";
  const filter = shellWord(`Name=tag:Name,Values=${name}`);
  return {
    message: `a run was killed while it made the EC2 instance ${name}: there may be one that the stack does not know, and ${next}`,
    remedy: {
      text: `look for it: aws ec2 describe-instances --filters ${filter}; ${isMade ? "terminate the one that is no node, and" : "then"} tell Pulumi, which asks for its id or for \`clear\` where there is none`,
      pulumi: "refresh",
    },
  };
}
