/** How long an official plugin may outlive a killed engine. */
const GRACE = 5 * 60_000;

/**
 * Ends this plugin when the engine that started it is gone: at once where nothing runs, else when that has ended, but
 * not later than an official plugin would give up.
 */
export function endWithTheEngine(cancel: () => void): void {
  const engine = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === engine) return;
    clearInterval(timer);
    if (work === 0) process.exit();
    onIdle = () => process.exit();
    setTimeout(cancel, GRACE).unref();
  }, 1000);
}

/** Counts as work until it has settled. */
export async function working<T>(act: () => Promise<T>): Promise<T> {
  work++;
  try {
    return await act();
  } finally {
    work--;
    if (work === 0) onIdle();
  }
}

let work = 0;
let onIdle = () => {};
