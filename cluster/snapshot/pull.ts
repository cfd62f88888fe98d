import { asRoot } from "../node/privilege.ts";
import { lineOf, script } from "../script.ts";
import { type ProofArgs, proofValues } from "./proof.ts";
import { type SnapshotSource, s3Values, urlAsSent } from "./source.ts";
import { markTime } from "./takenAt.ts";

/** A script for a node and what it reads from standard input; secrets are only in the latter. */
export interface PullScript {
  script: string;
  /** undefined: the snapshot's own bytes. */
  input?: string;
}

export interface PullArgs extends ProofArgs {
  source: SnapshotSource;
  /** The file that comes on standard input, for the sources `file` and `node`. */
  sent?: { bytes: number; sha256: string };
  /** The machine may have been in another cluster: a snapshot of that name on it proves nothing. */
  isNew?: boolean;
  /** When the source knows that the snapshot was saved, ISO 8601. */
  takenAt?: string;
}

/** Stays free on the node's disk, in KiB: etcd and Docker, which may share it, stop when it is full. */
const SPARE = 256 * 1024;

const fromS3 = script(import.meta.dirname, "pullFromS3.sh");
const fromUrl = script(import.meta.dirname, "pullFromUrl.sh");
const fromInput = script(import.meta.dirname, "pullFromInput.sh");

/** How many bytes of the snapshot have come, by a line that a pull says; undefined where the line is of something else. */
export function bytesFetched(line: string): number | undefined {
  const bytes = lineOf(line, "progress");
  return bytes === undefined ? undefined : Number(bytes);
}

/** A line that a pull says, as the operator reads it. */
export function pullText(line: string): string {
  const bytes = bytesFetched(line);
  return bytes === undefined ? line : fetchedText(bytes);
}

export function fetchedText(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB fetched so far`;
}

/**
 * The script that makes sure that a node has a snapshot. What it prints is read by parseProof; its progress is on
 * standard error.
 */
export function pullScript({ source, sent, isNew = false, takenAt, ...snapshot }: PullArgs): PullScript {
  const values = {
    // What is there must be this file, not only any snapshot of that name.
    ...proofValues({ ...snapshot, ...(source.kind === "file" && sent && { sha256: snapshot.sha256 ?? sent.sha256 }) }),
    ...{ stamp: markTime(snapshot.name, takenAt), spare: SPARE, asked: snapshot.sha256 ? "yes" : "no" },
    trusted: isNew ? "no" : "yes",
  };
  switch (source.kind) {
    case "s3": {
      const { values: place, input } = s3Values(source);
      const profile = source.keysOfRke ? "yes" : "no";
      return { script: asRoot(fromS3({ ...values, ...place, profile })), ...(input !== undefined && { input }) };
    }
    case "url":
      return { script: asRoot(fromUrl(values)), input: `${urlAsSent(source.url)}\n` };
    case "file":
    case "node":
      if (!sent) throw new Error("a snapshot that is sent is sent with its length and sha256");
      return { script: asRoot(fromInput({ ...values, sent_bytes: sent.bytes, sent_sha256: sent.sha256 })) };
  }
}
