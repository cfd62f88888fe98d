import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { replaceSynced } from "../../cluster/stateFolder/keep.ts";
import { Metrics, seconds } from "./registry.ts";

/** A proof of a snapshot, as a monitoring system wants to know of it. */
export interface ProofMetrics {
  proven: boolean;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  /** When the newest snapshot of this source was taken that was ever proven by opening it, seconds since 1970. */
  lastProvenTakenAt?: number | undefined;
  /** Bytes of the snapshot. */
  unpacked?: number | undefined;
  keys?: number | undefined;
}

/** Which proof it is: each place that is proven has series of its own. */
export interface ProofLabels {
  stack: string;
  cluster: string;
  /** `hosts`, or the folder in S3 and where S3 is. */
  source: string;
}

/** A proof as OpenMetrics text, for node_exporter's textfile collector; docs/alerts.rules.yml alerts on it. */
export async function proofMetricsText(proof: ProofMetrics, labels: ProofLabels): Promise<string> {
  const metrics = new Metrics({ ...labels });
  metrics.set(
    "last_proven_snapshot_timestamp_seconds",
    "When the newest snapshot of this source was taken that was proven by opening it; 0: none was.",
    // A series that is not there would end the alert on its age, or never begin it.
    proof.lastProvenTakenAt ?? 0,
  );
  setResult(metrics, proof);
  metrics.set("proof_duration_seconds", "How long that took.", proof.seconds);
  metrics.set("proof_snapshot_bytes", "The size of its snapshot, unpacked.", proof.unpacked);
  metrics.set("proof_snapshot_keys", "How many keys its snapshot holds.", proof.keys);
  return await metrics.text();
}

/**
 * Makes a failed proof of what an earlier run has written, where a run ends before it knows what it proves; leaves
 * when the newest proven snapshot was taken. Where nothing was written before, the stack is all that is known.
 */
export async function failProofMetrics(
  file: string,
  { stack, startedAt }: { stack: string; startedAt: string },
): Promise<void> {
  const before = existsSync(file) ? readFileSync(file, "utf8") : "";
  if (!/^rancher_rollback_proof_succeeded\{/m.test(before)) {
    const metrics = new Metrics({ stack });
    setResult(metrics, { proven: false, startedAt });
    write(file, await metrics.text());
    return;
  }
  const set = (text: string, name: string, value: number) =>
    text.replace(new RegExp(`^(rancher_rollback_${name}\\{.*\\}) \\S+$`, "gm"), `$1 ${value}`);
  const failed = set(before, "proof_succeeded", 0);
  write(file, set(failed, "proof_timestamp_seconds", seconds(startedAt)));
}

function setResult(metrics: Metrics, { proven, startedAt }: Pick<ProofMetrics, "proven" | "startedAt">): void {
  metrics.set("proof_succeeded", "1 where the last run of prove proved its snapshot, else 0.", Number(proven));
  metrics.set("proof_timestamp_seconds", "When prove ran last.", seconds(startedAt));
}

export async function writeProofMetrics(file: string, proof: ProofMetrics, labels: ProofLabels): Promise<void> {
  write(file, await proofMetricsText(proof, labels));
}

/** Whole or not at all, readable for everyone: the collector runs as a user of its own, and nothing in it is secret. */
function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  replaceSynced(file, text, { mode: 0o644 });
}
