import { PassThrough, type Readable, type Writable } from "node:stream";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { etcdEndpoint } from "../etcd/endpoint.ts";
import { OWN_FOLDER } from "../node/ownFolder.ts";
import { asRoot } from "../node/privilege.ts";
import { type HostKeyPolicy, ssh } from "../node/ssh.ts";
import type { Problem } from "../problem.ts";
import { lineOf, messagesOf, messageText, type Sentence, script, sentence } from "../script.ts";
import { failureOf, NO_RESULT } from "../scriptProblems/scriptProblems.ts";
import { SNAPSHOT_FOLDER } from "../snapshot/proof.ts";
import { type KeyIndex, parseIndex } from "./keyIndex.ts";

/** The name and label of the container in which a snapshot is opened. */
const OURS = "rancher-rollback-opened";

/** A proven snapshot, and the etcd that opens it. */
export interface SnapshotFile {
  name: string;
  /** The file that was proven: the name, or with `.zip`. */
  file: string;
  /** Where it lies; RKE's own folder if not given. */
  folder?: string;
  /** The size of the snapshot, unpacked. */
  bytes: number;
  /** The image of that etcd; empty for the programs on the PATH. */
  image: string;
  tool: "etcdutl" | "etcdctl";
}

/** A snapshot on a host, and that host's etcd. */
export interface OpenArgs extends SnapshotFile {
  node: ClusterNode;
}

/** What of an object may leave the node, and what two versions of it are compared by; paths as in detail.sh. */
export interface Rule {
  show?: readonly string[];
  /** Paths of JSON objects of which the node only tells that they are set, as the value true. */
  has?: readonly string[];
  /** Where it is absent: all but status, annotations and what Kubernetes counts itself. */
  same?: readonly string[];
  /** What is compared one by one, so that it need not leave the node. */
  each?: readonly string[];
}

/** What is asked of a key: its fields in the snapshot, in the live etcd, or in both with whether they are the same. */
export interface Question {
  key: string;
  side: "opened" | "live" | "both";
  rule: Rule;
}

export interface Answer {
  /** By path, the values in their order. */
  opened: Record<string, unknown[]>;
  live: Record<string, unknown[]>;
  /** Absent where it was not asked, or is unknown. */
  same?: boolean;
  /** By the paths that the rule compares one by one; empty where they were not asked, or are unknown. */
  alike: Record<string, boolean>;
}

/** The keys of a snapshot and of the live etcd; `quorum` is false where only the host's own member could say them. */
export interface Opening {
  opened: KeyIndex;
  live: (KeyIndex & { quorum: boolean }) | { unknown: string };
}

export interface NotOpened {
  failed: Problem;
  /** Another host may open it: it failed for want of room, or by Docker. */
  ofHost?: true;
}

export interface OpenedSnapshot extends Opening {
  /** By key; absent for what was not found. */
  answers: Map<string, Answer>;
}

const open = script(import.meta.dirname, "open.sh");

/** For thousands of objects that are compared by their content: on the lab's busy nodes a thousand took 20 s. */
const SECONDS = 240;

/** The script that opens a snapshot on a host. It reads questions from standard input (questionLines) and closes with its end. */
export function openScript({ node, ...snapshot }: OpenArgs, rules: Rule[]): string {
  return asRoot(openScriptIn(snapshot, { state: OWN_FOLDER, endpoint: etcdEndpoint(node) }, rules));
}

/** @param where the folder in which it is opened, and the live etcd that it is compared with; empty for none. */
export function openScriptIn(
  { name, file, bytes, image, tool, folder = SNAPSHOT_FOLDER }: SnapshotFile,
  where: { state: string; endpoint: string },
  rules: Rule[],
): string {
  const lines = rules.flatMap(({ show, has, same, each }, at) => [
    ...(show ? [`${at} show ${show.join(" ")}`] : []),
    ...(has ? [`${at} has ${has.join(" ")}`] : []),
    ...(same ? [`${at} same ${same.join(" ")}`] : []),
    ...(each ? [`${at} each ${each.join(" ")}`] : []),
  ]);
  return open({ folder, name, file, bytes, image, tool, ours: OURS, rules: lines.join("\n"), ...where });
}

/** The lines that ask. Keys that etcdctl would not read back as they are, which Kubernetes does not make, are left out. */
export function questionLines(questions: Question[], rules: Rule[]): string {
  return questions
    .filter(({ key }) => /^[\w./:@%+~-]+$/.test(key))
    .map(({ key, side, rule }) => `${side} ${Buffer.from(key).toString("base64")} ${rules.indexOf(rule)} ${key}\n`)
    .join("");
}

/** Which keys are asked about, once it is known which there are. */
export interface Asking {
  rules: Rule[];
  choose: (opening: Opening) => Question[];
}

/**
 * Opens a snapshot in an etcd of its own on the host that has it, reads its keys and those of the live etcd, and then what
 * `choose` wants to know of some of them. All of it goes again, also when this process is killed: the connection's end ends it.
 * @throws SshError when the node cannot be asked.
 */
export async function openSnapshot(
  args: OpenArgs,
  { hostKeys, ...asking }: Asking & { hostKeys: HostKeyPolicy },
): Promise<OpenedSnapshot | NotOpened> {
  const [script, timeoutSeconds] = [openScript(args, asking.rules), secondsToOpen(args)];
  return await converse(asking, (streams) => ssh({ node: args.node, script, ...streams, hostKeys, timeoutSeconds }));
}

/** How long opening may take, s. */
export function secondsToOpen({ bytes }: Pick<SnapshotFile, "bytes">): number {
  return SECONDS + bytes / 10e6;
}

/** @param run runs the script to its end. */
export async function converse(
  { rules, choose }: Asking,
  run: (streams: { input: Readable; output: Writable }) => Promise<unknown>,
): Promise<OpenedSnapshot | NotOpened> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  let printed = "";
  let asked = false;
  let thrown: unknown;
  output.setEncoding("utf8").on("data", (text: string) => {
    printed += text;
    if (asked || !/^(?:ready|failed .*)$/m.test(printed.slice(-text.length - 200))) return;
    asked = true;
    try {
      const opening = parseOpening(printed);
      input.end("failed" in opening ? "" : questionLines(choose(opening), rules));
    } catch (error) {
      thrown = error;
      input.end();
    }
  });
  await run({ input, output });
  if (thrown) throw thrown;
  const opening = parseOpening(printed);
  return "failed" in opening ? opening : { ...opening, answers: parseAnswers(printed) };
}

const NO_ANSWER = "etcd did not answer";

/** Why the live etcd is not known, for each code of `tell unread` and `tell unanswered` in the script. */
export const UNREAD = {
  "no-etcd-here": sentence([], () => "there is no etcd of the cluster on this machine"),
  said: sentence(["text"], ({ text }) => text || NO_ANSWER),
} satisfies Record<string, Sentence<string>>;

/** What the script printed before it was asked. */
export function parseOpening(printed: string): Opening | NotOpened {
  const failed = failureOf(printed);
  if (failed) return { failed, ...(lineOf(printed, "of-host") !== undefined && { ofHost: true }) };
  const index = (side: string) => {
    const [, revision, consistency, packing = "", lines = ""] =
      new RegExp(`^index ${side} (\\d+) (l|s) (\\w+)\\n([^]*?)^end$`, "m").exec(printed) ?? [];
    if (revision === undefined) return undefined;
    return { ...parseIndex(Number(revision), packing, lines), quorum: consistency === "l" };
  };
  const opened = index("opened");
  if (!opened) return { failed: NO_RESULT, ofHost: true };
  // It may have said its keys, and then nothing of them.
  const [unanswered] = messagesOf(printed, "unanswered");
  const live = unanswered ? undefined : index("live");
  const why = unanswered ?? messagesOf(printed, "unread")[0];
  return { opened, live: live ?? { unknown: why ? messageText<string>(UNREAD, why, (what) => what) : NO_ANSWER } };
}

export function parseAnswers(printed: string): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  const of = (encoded = "") => {
    const key = Buffer.from(encoded, "base64").toString();
    const answer = answers.get(key) ?? { opened: {}, live: {}, alike: {} };
    answers.set(key, answer);
    return answer;
  };
  for (const line of printed.slice(printed.indexOf("\nready\n") + 1).split("\n")) {
    const [kind, ...words] = line.split(" ");
    if (kind === "field") {
      const [side = "", key, path = "", ...value] = words;
      const fields = of(key)[side === "opened" ? "opened" : "live"];
      fields[path] = [...(fields[path] ?? []), JSON.parse(value.join(" "))];
    } else if (kind === "same" || kind === "differs") of(words[0]).same = kind === "same";
    else if (kind === "alike" || kind === "unlike") of(words[0]).alike[words[1] ?? ""] = kind === "alike";
    else if (kind === "opaque") of(words[1]);
  }
  return answers;
}
