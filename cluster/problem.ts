/** What stands in the way, and what the operator can do about it. */
export interface Problem {
  /** What is wrong, with the node or the setting where there is one. */
  message: string;
  /** What to do about it, or the command to type. */
  remedy: string;
}
