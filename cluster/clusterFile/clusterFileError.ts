/** All that is wrong with a cluster file, a sentence each that continues after the file's name. */
export class ClusterFileError extends Error {
  readonly mistakes: string[];
  constructor(mistakes: string[]) {
    super(mistakes.join("; "));
    this.mistakes = mistakes;
  }
}
