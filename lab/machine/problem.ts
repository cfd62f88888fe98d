/** Something the person at the keyboard can fix: shown as a sentence, never as a stack trace. */
export class Problem extends Error {
  override name = "Problem";
}
