/** What a line of RKE's log means for the rollback. */
export interface LogFinding {
  /** A sentence for the operator. */
  happened: string;
  /** The address RKE named, where it named one. */
  address?: string;
  /** Whether it is worth stopping RKE at once, as long as nothing has been wiped. */
  stopWhileNothingIsLost: boolean;
}

/**
 * Lines that RKE prints as a warning, or not even that, and goes on with exit code 0. Each is a failure here.
 * Sources: cluster/hosts.go, cmd/up.go, cluster/etcd.go, cluster/addons.go of RKE v1.8.0; rke#2424, rke#2524.
 */
const FAILURES: { pattern: RegExp; say: (name: string) => string; stop: boolean }[] = [
  {
    pattern: /Failed to set up SSH tunneling for host \[([^\]]+)\]/,
    say: (host) => `RKE cannot reach ${host} and would go on without it`,
    stop: true,
  },
  {
    pattern: /Removing host \[([^\]]+)\] from node lists/,
    say: (host) => `RKE dropped ${host} and would go on without it`,
    stop: true,
  },
  {
    pattern: /Provisioning incomplete, host\(s\) \[([^\]]+)\]/,
    say: (hosts) => `RKE built the cluster without ${hosts}`,
    stop: false,
  },
  {
    pattern: /falling back to use local as source/,
    say: () => "RKE could not get the snapshot from S3 and would use whatever lies on the nodes",
    stop: true,
  },
  {
    pattern: /Failed to deploy (?:DNS )?addon execute job(?: for provider)? \[?([\w-]+)\]?/,
    say: (addon) => `RKE could not deploy the addon ${addon}; a longer addon_job_timeout may help`,
    stop: false,
  },
];

/** The failure that a line of RKE's log stands for, if it stands for one. */
export function readLogLine(line: string): LogFinding | undefined {
  for (const { pattern, say, stop } of FAILURES) {
    const match = pattern.exec(line);
    if (!match) continue;
    const named = match[1] ?? "";
    return {
      happened: say(named),
      stopWhileNothingIsLost: stop,
      ...(/^[\d.]+$|^[\w.-]+$/.test(named) && stop && { address: named }),
    };
  }
  return undefined;
}

/** The reason RKE gives when it gives up (`FATA[…] reason` on a terminal, `level=fatal msg="reason"` elsewhere). */
export function fatalReason(line: string): string | undefined {
  const match = /^FATA\[\d+\]\s*(.*)$/.exec(line) ?? /level=fatal msg="?(.*?)"?$/.exec(line);
  return match?.[1]?.replaceAll('\\"', '"');
}

/** A line as a person reads it: logrus' key=value form without its keys. */
export function readableLine(line: string): string {
  const match = /^time="?[^" ]+"? level=(\w+) msg="?(.*?)"?$/.exec(line);
  if (!match) return line;
  const [, level = "", message = ""] = match;
  return `${level === "info" ? "" : `${level.toUpperCase()} `}${message.replaceAll('\\"', '"')}`;
}
