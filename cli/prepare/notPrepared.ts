import type { Problem } from "../../cluster/problem.ts";

export class NotPrepared extends Error {
  readonly problems: Problem[];
  constructor(problems: Problem[]) {
    super(problems.map(({ message }) => message).join("; "));
    this.problems = problems;
  }
}

export function orNotPrepared<T extends object>(result: T | { failed: Problem[] }): T {
  if ("failed" in result) throw new NotPrepared(result.failed);
  return result;
}
