/** The mark that distinguishes our launcher from an official plugin. */
const MARK = "#!/bin/sh\n# A stand-in of the rancher-rollback lab.\n";

/**
 * An executable that runs a TypeScript program of this clone with the Node that runs now: the one on the PATH may be
 * too old, and another clone may be at work tomorrow.
 */
export function launcher(program: string): string {
  const [node, main] = [process.execPath, program].map((path) => `'${path.replaceAll("'", `'\\''`)}'`);
  return `${MARK}exec ${node} ${main} "$@"\n`;
}

export function isLauncher(content: string): boolean {
  return content.startsWith(MARK);
}
