import { spawn } from "node:child_process";
import { once } from "node:events";
import { stat } from "node:fs/promises";
import { basename, dirname } from "node:path";
import type { Readable, Writable } from "node:stream";
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
  let printed = "";
  const keep = (text: string) => {
    printed += text;
  };
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  await run(here({ ...proofValues({ ...proof, folder }), file }), {
    keep,
    timeoutSeconds: secondsToOpen({ bytes: size }),
  });
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
  output?: Writable;
  /** Called with what it prints, where there is no output. */
  keep?: (text: string) => void;
  timeoutSeconds: number;
}

/** Runs a script; what it printed says how it ended. */
async function run(text: string, { input, output, keep, timeoutSeconds }: Run): Promise<void> {
  // The signal is one at which it takes away what it has made.
  const bound = { timeout: Math.ceil(timeoutSeconds * 1000), killSignal: "SIGTERM" } as const;
  const child = spawn("sh", ["-c", text], { stdio: ["pipe", "pipe", "ignore"], ...bound });
  if (output) child.stdout.pipe(output);
  else child.stdout.setEncoding("utf8").on("data", (said: string) => keep?.(said));
  child.stdin.on("error", () => {});
  if (input) input.pipe(child.stdin);
  else child.stdin.end();
  await once(child, "close");
}
