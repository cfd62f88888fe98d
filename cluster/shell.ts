/**
 * One POSIX shell command line out of an argument list. Every word that a shell could read as anything
 * but itself is put in single quotes, so no setting can turn into syntax.
 */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** A word as a POSIX shell reads it back, byte for byte. Throws on NUL, which no argument can contain. */
export function shellWord(word: string): string {
  if (word.includes("\0")) throw new Error("a NUL byte cannot be part of a command line");
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
