/** Something the person at the keyboard can fix: shown as a sentence, never as a stack trace. */
export class Problem extends Error {
  override name = "Problem";
}

/** Runs a command of the lab, and says what its user can fix. @returns its exit code. */
export async function exitCodeOf(command: () => Promise<number>): Promise<number> {
  try {
    return await command();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    console.error(error.message);
    return 1;
  }
}
