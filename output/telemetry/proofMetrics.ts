import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { replaceSynced } from "../../cluster/stateFolder/keep.ts";
import { Metrics, seconds } from "./registry.ts";

/** A proof of a snapshot, as a monitoring system wants to know of it. */
export interface ProofMetrics {
  proven: boolean;
  /** ISO 8601. */
  startedAt: string;
  seconds: number;
  /** When the newest snapshot was taken that was ever proven by opening it, seconds since 1970. */
  lastProvenTakenAt?: number | undefined;
  /** Bytes of the snapshot. */
  unpacked?: number | undefined;
  keys?: number | undefined;
}

/** A proof as OpenMetrics text, for node_exporter's textfile collector; docs/alerts.rules.yml alerts on it. */
export async function proofMetricsText(
  proof: ProofMetrics,
  labels: { stack: string; cluster: string },
): Promise<string> {
  const metrics = new Metrics(labels);
  metrics.set(
    "last_proven_snapshot_timestamp_seconds",
    "When the newest snapshot was taken that was proven by opening it.",
    proof.lastProvenTakenAt,
  );
  metrics.set("proof_succeeded", "1 where the last run of prove proved its snapshot, else 0.", Number(proof.proven));
  metrics.set("proof_timestamp_seconds", "When prove ran last.", seconds(proof.startedAt));
  metrics.set("proof_duration_seconds", "How long that took.", proof.seconds);
  metrics.set("proof_snapshot_bytes", "The size of its snapshot, unpacked.", proof.unpacked);
  metrics.set("proof_snapshot_keys", "How many keys its snapshot holds.", proof.keys);
  return await metrics.text();
}

/** Writes it whole or not at all, readable for everyone: the collector runs as a user of its own, and nothing in it is secret. */
export async function writeProofMetrics(
  file: string,
  proof: ProofMetrics,
  labels: { stack: string; cluster: string },
): Promise<void> {
  mkdirSync(dirname(file), { recursive: true });
  replaceSynced(file, await proofMetricsText(proof, labels), { mode: 0o644 });
}
