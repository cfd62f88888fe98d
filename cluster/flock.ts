import { spawnSync } from "node:child_process";

/** `alone` is refused while anyone holds the lock; `shared` waits while someone has it alone. */
type Kind = "alone" | "shared";

// Node has no flock(2); both helpers lock the open file they inherit as descriptor 3, which stays locked when they end.
const HELPERS: [string, Record<Kind, string[]>][] = [
  ["flock", { alone: ["--nonblock", "3"], shared: ["--shared", "3"] }],
  ["perl", { alone: ["-e", perl("LOCK_EX|LOCK_NB")], shared: ["-e", perl("LOCK_SH")] }],
];

function perl(operation: string): string {
  return `use Fcntl ":flock"; open(my $f, "+<&=", 3) or exit 2; exit(flock($f, ${operation}) ? 0 : 1)`;
}

/**
 * Locks an open file, in the kernel: for as long as this process, or one that has inherited the file, has it open.
 * @returns false where it is held.
 * @throws Error when neither `flock` (util-linux) nor `perl` is on the machine.
 */
export function flock(fd: number, kind: Kind = "alone"): boolean {
  for (const [program, args] of HELPERS) {
    const { error, status } = spawnSync(program, args[kind], { stdio: ["ignore", "ignore", "ignore", fd] });
    if (error && (error as NodeJS.ErrnoException).code === "ENOENT") continue;
    if (error) throw error;
    if (status === 0) return true;
    if (status === 1) return false;
    throw new Error(`${program} could not lock the cluster folder (exit ${status})`);
  }
  throw new Error(
    "neither flock (util-linux) nor perl is on this machine; one of them is needed to lock the cluster folder",
  );
}
