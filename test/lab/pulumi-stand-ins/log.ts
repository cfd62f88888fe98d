import type { Log } from "../../../lab/pulumi-stand-ins/provider.ts";

/** A log that remembers. @param onStatus called after each status. */
export function recordingLog(onStatus: () => void = () => {}): Log & { lines: string[] } {
  const lines: string[] = [];
  return {
    lines,
    status: (severity, text) => {
      lines.push(`${severity} ${text}`);
      onStatus();
    },
    say: (severity, text) => lines.push(`${severity}! ${text}`),
    flushed: async () => {},
  };
}
