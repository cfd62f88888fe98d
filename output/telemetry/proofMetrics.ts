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
  metrics.set("proof_succeeded", "1 where the last run of prove proved its snapshot, else 0.", Number(proof.proven));
  metrics.set("proof_timestamp_seconds", "When prove ran last.", seconds(proof.startedAt));
  metrics.set("proof_duration_seconds", "How long that took.", proof.seconds);
  metrics.set("proof_snapshot_bytes", "The size of its snapshot, unpacked.", proof.unpacked);
  metrics.set("proof_snapshot_keys", "How many keys its snapshot holds.", proof.keys);
  return await metrics.text();
}

/**
 * Makes a failed proof of what an earlier run has written, where a run ends before it knows what it proves; leaves
 * when the newest proven snapshot was taken, and writes nothing where nothing was written before.
 */
export function failProofMetrics(file: string, startedAt: Date): void {
  if (!existsSync(file)) return;
  const set = (text: string, name: string, value: number) =>
    text.replace(new RegExp(`^(rancher_rollback_${name}\\{.*\\}) \\S+$`, "gm"), `$1 ${value}`);
  const failed = set(readFileSync(file, "utf8"), "proof_succeeded", 0);
  replaceSynced(file, set(failed, "proof_timestamp_seconds", startedAt.getTime() / 1000), { mode: 0o644 });
}

/** Writes it whole or not at all, readable for everyone: the collector runs as a user of its own, and nothing in it is secret. */
export async function writeProofMetrics(file: string, proof: ProofMetrics, labels: ProofLabels): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  replaceSynced(file, await proofMetricsText(proof, labels), { mode: 0o644 });
}
