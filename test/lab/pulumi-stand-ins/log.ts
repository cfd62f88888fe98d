import type { Log } from "../../../lab/pulumi-stand-ins/provider.ts";

/** A log that remembers. */
export function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    status: (severity, text) => lines.push(`${severity} ${text}`),
    say: (severity, text) => lines.push(`${severity}! ${text}`),
    flushed: async () => {},
  };
}
