import { type SpawnOptions, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { closeSync, lstatSync, mkdirSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import type { ClusterNode } from "../clusterFile/clusterFile.ts";
import { stateFolder } from "../stateFolder/path.ts";
import { destination, fileOption, type HostKeyPolicy } from "./sshOptions.ts";

/** How long a connection that is not in use stays open. */
const SECONDS = 60;
/** What the shortest of all systems has for a socket's path (macOS), and what ssh appends while it makes one. */
const [LONGEST_PATH, APPENDED] = [103, 17];

interface SharedConnection {
  /** The options of `ssh` with which a script uses the connection. Where that has gone, ssh connects by itself. */
  options: string[];
}

/** A node to which no connection could be opened: how `ssh` ended. */
interface FailedConnection {
  code: number | null | undefined;
  stderr: string;
}

let folder: string | undefined;
const opened = new Map<string, { node: ClusterNode; connection: Promise<SharedConnection | FailedConnection> }>();

/**
 * Lets this process, and those after it within a minute, reach a node by one connection: a handshake takes longer than
 * most scripts. The sockets are for this user alone and are beside the cluster file. Where that cannot be, because the
 * path is too long or the file system knows no sockets, every script gets a connection of its own.
 */
export async function shareConnections(clusterFile: string): Promise<void> {
  const own = stateFolder(clusterFile, `ssh-${userInfo().uid}`);
  folder = (await holdsSockets(own)) ? own : undefined;
}

/**
 * Closes the connections that this process has used, as soon as nothing uses them any more. After a failure: groups and
 * rights that a user is given count from the next login on.
 */
export async function closeSharedConnections(): Promise<void> {
  const used = [...opened.values()];
  opened.clear();
  const stop = async ({ node, connection }: (typeof used)[number]) => {
    const shared = await connection;
    if ("code" in shared) return;
    await end([...shared.options, "-Ostop", ...destination(node)], { stdio: "ignore" }, 5);
  };
  await Promise.all(used.map(stop));
}

/**
 * The shared connection to a node, opened where there is none yet; undefined where connections are not shared.
 * @param options those of `ssh` for this node.
 */
export async function sharedConnection(
  node: ClusterNode,
  hostKeys: HostKeyPolicy,
  options: string[],
  timeoutSeconds: number,
): Promise<SharedConnection | FailedConnection | undefined> {
  if (folder === undefined) return undefined;
  const id = idOf(node, hostKeys);
  const known = opened.get(id);
  if (known) return await known.connection;
  const connection = open(node, join(folder, id), options, timeoutSeconds);
  opened.set(id, { node, connection });
  const result = await connection;
  if ("code" in result) opened.delete(id);
  return result;
}

async function open(
  node: ClusterNode,
  path: string,
  options: string[],
  timeoutSeconds: number,
): Promise<SharedConnection | FailedConnection> {
  const control = fileOption("ControlPath", path);
  const shared = { options: ["-oControlMaster=no", control] };
  if (await answers(path)) return shared;
  // A connection that was killed has left it. ssh would take it for one that lives, and share nothing.
  rmSync(path, { force: true });
  const errors = `${path}.log`;
  const log = openSync(errors, "w", 0o600);
  try {
    const persist = ["-oControlMaster=yes", control, `-oControlPersist=${SECONDS}`];
    // What stays behind keeps what it was given, up to OpenSSH 8.4 standard error too (mindrot#1988): no pipe of ours. It
    // is in a session of its own, so that no interrupt from a terminal takes the connection away.
    const apart: SpawnOptions = { stdio: ["ignore", "ignore", log], detached: true };
    const code = await end([...options, ...persist, ...destination(node), "exit"], apart, timeoutSeconds);
    return code === 0 ? shared : { code, stderr: readFileSync(errors, "utf8") };
  } finally {
    closeSync(log);
    rmSync(errors, { force: true });
  }
}

/**
 * Runs ssh to its end. @returns the exit code; undefined where it took too long.
 * @throws the error of a program that cannot be started.
 */
async function end(args: string[], options: SpawnOptions, timeoutSeconds: number): Promise<number | null | undefined> {
  const bound = { timeout: Math.ceil(timeoutSeconds * 1000), killSignal: "SIGKILL" } as const;
  const child = spawn("ssh", args, { ...options, ...bound });
  const [code] = (await once(child, "exit")) as [number | null];
  return child.killed ? undefined : code;
}

const ID_LENGTH = 12;

/** Another login, key or trust is another connection. */
function idOf(node: ClusterNode, hostKeys: HostKeyPolicy): string {
  const { address, port, user, agent, key, keyPath, cert, certPath, bastion } = node;
  const login = { address, port, user, agent, key, keyPath, cert, certPath, bastion };
  const text = JSON.stringify([login, hostKeys, process.env.SSH_AUTH_SOCK]);
  return createHash("sha256").update(text).digest("hex").slice(0, ID_LENGTH);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function holdsSockets(own: string): Promise<boolean> {
  if (own.length + "/".length + ID_LENGTH + APPENDED > LONGEST_PATH) return false;
  try {
    mkdirSync(own, { recursive: true, mode: 0o700 });
    const { uid, mode } = lstatSync(own);
    // Users who can put a socket there would be given what scripts are given.
    if (uid !== userInfo().uid || (mode & 0o077) !== 0) return false;
    await tryOut(join(own, `${process.pid}`));
    return true;
  } catch {
    return false;
  }
}

/** @throws an Error where there can be no socket. */
function tryOut(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(path, () => server.close(() => resolve()));
  });
}
