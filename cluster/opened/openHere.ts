import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { text } from "node:stream/consumers";
import type { Problem } from "../problem.ts";
import { messagesOf, script } from "../script.ts";
import { type ProofArgs, parseProof, proofValues } from "../snapshot/proof.ts";
import { ownTempFolder } from "../tempFolder.ts";
import { type Asking, converse, type OpenedSnapshot, openScriptIn, type SnapshotFile, secondsToOpen } from "./open.ts";

const here = script(import.meta.dirname, "here.sh");

/**
 * Opens a snapshot's file on this machine, as openSnapshot does on a host, where there is an etcd for it: an image that
 * Docker has already, else the programs on the PATH. There is no live etcd to compare it with.
 * @param proof what must be true of the file; its folder is the file's.
 * @returns undefined where there is no etcd.
 */
export async function openHere(
  path: string,
  proof: ProofArgs,
  asking: Asking,
): Promise<OpenedSnapshot | { failed: Problem } | undefined> {
  const [folder, file] = [dirname(path), basename(path)];
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  const [finds, output] = [here({ ...proofValues({ ...proof, folder }), file }), new PassThrough()];
  const running = run(finds, { output, timeoutSeconds: secondsToOpen({ bytes: size }) });
  const [printed] = await Promise.all([text(output), running]);
  const proven = parseProof(printed);
  if ("failed" in proven) return proven;
  const { code: tool, values: { image = "" } = {} } = messagesOf(printed, "opener")[0] ?? {};
  if (tool !== "etcdutl" && tool !== "etcdctl") return undefined;
  const snapshot: SnapshotFile = { name: proof.name, folder, file, bytes: proven.snapshot.unpacked, image, tool };
  const temp = ownTempFolder();
  try {
    const opens = openScriptIn(snapshot, { state: temp.path, endpoint: "" }, asking.rules);
    return await converse(asking, (streams) => run(opens, { ...streams, timeoutSeconds: secondsToOpen(snapshot) }));
  } finally {
    temp.remove();
  }
}

interface Run {
  input?: Readable;
  output: Writable;
  timeoutSeconds: number;
}

/** Runs a script; what it printed says how it ended. */
async function run(lines: string, { input, output, timeoutSeconds }: Run): Promise<void> {
  // The signal is one at which it takes away what it has made.
  const bound = { timeout: Math.ceil(timeoutSeconds * 1000), killSignal: "SIGTERM" } as const;
  const child = spawn("sh", ["-c", lines], { stdio: ["pipe", "pipe", "ignore"], ...bound });
  child.stdout.pipe(output);
  child.stdin.on("error", () => {});
  if (input) input.pipe(child.stdin);
  else child.stdin.end();
  await once(child, "close");
}
