/**
 * One POSIX shell command line out of an argument list. Every word that a shell could read as anything
 * but itself is put in single quotes, so no setting can turn into syntax.
 */
export function shellCommand(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** A word as a POSIX shell reads it back, byte for byte. Throws on NUL, which no argument can carry. */
export function shellWord(word: string): string {
  if (word.includes("\0")) throw new Error("a NUL byte cannot be part of a command line");
  return /^[A-Za-z0-9_@%+:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * A script that runs as root where the login is not: with sudo, if that asks for no password; else as it is, and what
 * it may not do it must say itself. RKE's folders belong to root, its users need only be in the docker group.
 */
export function asRoot(script: string): string {
  return `if [ "$(id -u)" != 0 ] && sudo -n true 2>/dev/null; then exec sudo -n sh -c ${shellWord(script)}; fi\n${script}`;
}
