import { spawn } from "node:child_process";
import { type Readable, Stream, type Writable } from "node:stream";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { agentMistake, type Login } from "../clusterFile/login.ts";
import { nodeText } from "../clusterFile/node.ts";
import { type Problem, type Remedy, remedyOn, setRemedy } from "../problem.ts";
import { isMessageLine } from "../script.ts";
import { failureOf } from "../scriptProblems/scriptProblems.ts";
import { shellCommand } from "../shell.ts";
import { printable } from "../text.ts";
import { scriptSlots } from "./semaphore.ts";
import { sharedConnection } from "./sharedConnection.ts";
import { destination, type HostKeyPolicy, KeyFiles, knownHostsOption, sshOptions } from "./sshOptions.ts";

export type { HostKeyPolicy };

export interface SshArgs {
  node: ClusterNode;
  /** A POSIX shell script; it travels on standard input, so nothing of it is ever quoted. */
  script: string;
  /** What the script reads from its standard input; without it that is empty. A stream that fails only ends early. */
  input?: string | Readable;
  /** Where the script's standard output goes instead of being returned. Ends early too: its reader must know how much to expect. */
  output?: Writable;
  hostKeys: HostKeyPolicy;
  /** From when its turn has come. */
  timeoutSeconds: number;
  /** Called when its turn has come: of many nodes only some are asked at once. */
  begins?: () => void;
  /** Called for each line the script writes to standard error. */
  say?: (line: string) => void;
  /** A login of its own: what groups the user is in counts from a login on. */
  freshLogin?: boolean;
  /** How long opening a connection of its own may take, where a machine that is gone is to be told from one that hangs. */
  connectSeconds?: number;
}

/** A node that could not be asked, in words an operator can act on. */
export class SshError extends Error implements Problem {
  readonly remedy: Remedy;
  /** Whether the node may answer when it is asked again later. */
  readonly mayPass: boolean;
  /** How long a script had that was cut off, s. */
  timedOutAfter?: number;
  /** The machine itself is known to have answered, though the script did not run to its end. */
  answers?: true;
  constructor(node: ClusterNode, happened: string, remedy: Remedy, mayPass = true) {
    super(`${nodeText(node)}: ${happened}`);
    this.remedy = remedy;
    this.mayPass = mayPass;
  }
}

/** Instead of the answer of a node that could not be asked. */
export interface Unreachable {
  unreachable: Problem;
  /** It is known to be up all the same. */
  answers?: true;
}

/** What a node answered, or why it could not be asked. */
export async function orUnreachable<T>(asked: Promise<T>): Promise<T | Unreachable> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof SshError)) throw error;
    const { message, remedy, answers } = error;
    return { unreachable: { message, remedy }, ...(answers && { answers }) };
  }
}

/**
 * Runs a script on a node through the operator's own OpenSSH, so that `~/.ssh/config` works as it does by hand, with the
 * keys that RKE would offer. Standard output is returned whole.
 * @throws SshError when the node cannot be reached, is not trusted, times out, or the script fails.
 */
export async function ssh(asked: SshArgs): Promise<string> {
  // What flows from one node to another needs both at once: the one must not wait for the other's turn.
  const flows = asked.output !== undefined || asked.input instanceof Stream;
  return flows ? await connect(asked) : await scriptSlots.run(() => connect(asked));
}

async function connect(asked: SshArgs): Promise<string> {
  const { node, hostKeys, timeoutSeconds } = asked;
  asked.begins?.();
  const noAgent = agentMistake(node, process.env);
  if (noAgent) throw new SshError(node, noAgent, "start one: eval $(ssh-agent); ssh-add KEY", false);
  const keys = new KeyFiles();
  try {
    const options = sshOptions(node, hostKeys, keys);
    const ended = await connectAndRun(options, asked).catch((error: NodeJS.ErrnoException) => {
      throw error.code === "ENOENT"
        ? new SshError(node, "there is no program ssh on this machine", "install the OpenSSH client", false)
        : error;
    });
    if (ended.code === 0) return ended.stdout;
    const error = explain(node, hostKeys, ended, ended.seconds ?? timeoutSeconds);
    if (ended.code === undefined && ended.seconds === undefined) error.timedOutAfter = timeoutSeconds;
    if (hasAnswered(ended, asked)) error.answers = true;
    throw error;
  } finally {
    keys.remove();
  }
}

/** The script runs at most once: a connection that could not be opened has not sent it. */
async function connectAndRun(options: string[], asked: SshArgs): Promise<SshResult> {
  const { node, hostKeys, freshLogin, connectSeconds } = asked;
  const seconds = Math.min(asked.timeoutSeconds, CONNECT_SECONDS);
  const connection = freshLogin ? undefined : await sharedConnection(node, hostKeys, options, seconds);
  const refused = connection && "code" in connection ? connection : undefined;
  // A bastion's messages come only on a connection that is not to be shared (OpenSSH sshconnect.c).
  if (refused && !node.bastion && (refused.code === 255 || refused.code === undefined)) {
    return { ...refused, stdout: "", ...(refused.code === undefined && { seconds }) };
  }
  const shared = connection && "options" in connection ? connection.options : [];
  // OpenSSH takes the first of an option that is given twice.
  const within = connectSeconds === undefined ? [] : [`-oConnectTimeout=${connectSeconds}`];
  return await run([...within, ...shared, ...options, ...destination(node), remoteCommand(asked)], asked);
}

/**
 * A shell may read its script ahead, and would swallow what follows it. dd reads the script and not a byte more, and the
 * command is the same text for every login shell, csh and fish too.
 */
function remoteCommand({ script, input }: SshArgs): string {
  return input === undefined ? "sh -s" : `sh -c 'eval "$(dd bs=1 count=${Buffer.byteLength(script)} 2>/dev/null)"'`;
}

interface SshResult {
  /** undefined: it was stopped for taking too long. */
  code: number | null | undefined;
  stdout: string;
  stderr: string;
  /** How long it was waited for, where that was not as long as for the script. */
  seconds?: number;
}

/** How a script ends that says on standard error why it has not done what it was to do (`give_up` in script.sh). */
const GIVES_UP = 77;

/** How long opening a shared connection may take. */
const CONNECT_SECONDS = 30;

function run(args: string[], { script, input, output, timeoutSeconds, say }: SshArgs): Promise<SshResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("ssh", args, { stdio: "pipe" });
    let [stdout, stderr, unfinished, timedOut] = ["", "", "", false];
    const timer = setTimeout(() => {
      timedOut = true;
      child.kill("SIGKILL");
      // The ssh to a bastion is a process of its own, which may live on and keep these open.
      child.stdout.destroy();
      child.stderr.destroy();
    }, timeoutSeconds * 1000);
    if (output) {
      child.stdout.pipe(output);
      output.once("close", () => {
        // It closes as well when all has come, and then ssh has yet to hear how the script has ended.
        if (child.stdout.readableEnded) return;
        child.stdout.destroy();
        child.kill();
      });
    } else {
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
      });
    }
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines.map(printable).filter((text) => text !== "" && !isMessageLine(text))) say?.(line);
    });
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      if (unfinished) say?.(printable(unfinished));
      resolve({ code: timedOut ? undefined : code, stdout, stderr });
    });
    // A node that hangs up early is reported by its exit code, not by a broken pipe.
    child.stdin.on("error", () => {});
    if (input instanceof Stream) {
      child.stdin.write(script);
      input.once("error", () => child.stdin.end());
      input.pipe(child.stdin);
      child.once("close", () => input.destroy());
    } else {
      child.stdin.end(script + (input ?? ""));
    }
  });
}

function explain(
  node: ClusterNode,
  hostKeys: HostKeyPolicy,
  { code, stderr: raw }: SshResult,
  timeoutSeconds: number,
): SshError {
  const stderr = printable(raw);
  const said = stderr.trim().split("\n").filter(Boolean).at(-1) ?? "nothing";
  const login = loginCommand(node, hostKeys);
  if (code === undefined) {
    return new SshError(node, `did not answer within ${timeoutSeconds} s`, `look at the node: ${login}`);
  }
  const failure = code === GIVES_UP ? failureOf(stderr) : undefined;
  if (failure) return new SshError(node, failure.message, remedyOn(node.name, failure.remedy), false);
  // By the name the key is known by: the address, or `[address]:port`.
  const named = /(?:Host key|host key is known) for (\S+)/.exec(stderr)?.[1] ?? node.address;
  const { bastion } = node;
  const asked = bastion && named.replace(/^\[(.*)\]:\d+$/, "$1") === bastion.address ? bastion : node;
  const whose = asked === bastion ? `its bastion ${bastion?.address} ` : "";
  const file = hostKeys.knownHostsFile ? ["-f", hostKeys.knownHostsFile] : [];
  const forget = shellCommand(["ssh-keygen", ...file, "-R", named]);
  if (/REMOTE HOST IDENTIFICATION HAS CHANGED/.test(stderr)) {
    return new SshError(
      node,
      `${whose}shows another host key than the known one`,
      `if the node was rebuilt on purpose: ${forget}; else find out who answers there`,
      false,
    );
  }
  if (/Host key verification failed/.test(stderr)) {
    return new SshError(
      node,
      `${whose}has a host key that is not known here`,
      setRemedy(
        `log in once and compare its fingerprint: ${loginCommand(asked, hostKeys)}; or accept unknown host keys`,
        "allowUnknownHostKeys",
        "true",
      ),
      false,
    );
  }
  if (code === 255) return new SshError(node, `cannot be reached over SSH: ${said}`, `look at the node: ${login}`);
  return new SshError(node, `a command failed with exit code ${code}: ${said}`, `look at the node: ${login}`);
}

/** What ssh says of a machine that was reached, and did not let it in. */
const NOT_LET_IN =
  /Permission denied|Too many authentication failures|Host key verification failed|banner exchange|kex_exchange_identification/;

/** Whether the machine itself has answered. Unknown where it is behind a bastion and the script was not let in. */
function hasAnswered({ code, stderr }: SshResult, { node, connectSeconds }: SshArgs): boolean {
  if (typeof code === "number" && code !== 255) return true;
  if (node.bastion) return false;
  return code === undefined ? connectSeconds !== undefined : NOT_LET_IN.test(stderr);
}

/** What the operator types to log in by hand. */
function loginCommand({ port, user, address }: Login, hostKeys: HostKeyPolicy): string {
  return shellCommand(["ssh", ...knownHostsOption(hostKeys), "-p", String(port), `${user}@${address}`]);
}
