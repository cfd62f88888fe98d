import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, vi } from "vitest";
import { afterwards, program, tempFolder } from "./folder.ts";

/** All that a node's PATH has beside what a test puts there and an `id` that says root: a shell, coreutils and gzip. */
const TOOLS =
  "sh dd wc tr od tail head tee cat cp sha256sum sleep date mkdir rm mv ln ls df sync gzip dirname touch".split(" ");

/** All that this program keeps on a node is in RKE's folder: on a "node" that is its root. */
const RKE_FOLDER = "/opt/rke";

interface ScriptEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** A "node": folders of its own on this machine, and scripts for it that a real shell runs. */
export class SnapshotNode {
  readonly root = tempFolder();
  readonly bin = join(this.root, "bin");
  readonly snapshots = join(this.root, "etcd-snapshots");
  readonly home = join(this.root, "home");

  constructor(tools = TOOLS) {
    for (const folder of [this.bin, this.snapshots, this.home]) mkdirSync(folder);
    for (const tool of tools) {
      const found = ["/usr/bin", "/bin"].map((folder) => join(folder, tool)).find((path) => existsSync(path));
      if (found) symlinkSync(found, join(this.bin, tool));
    }
    // Whoever runs the tests.
    program(join(this.bin, "id"), `if [ "$1" = -u ]; then echo 0; else echo root; fi`);
  }

  /** A program on the node's PATH, which writes down its arguments. `$here` is the node's root. */
  program(name: string, script: string): void {
    const record = `here='${this.root}'; printf '%s\\n' "${name} $*" >>"$here/argv"`;
    program(join(this.bin, name), `${record}\n${script}`);
  }

  /** Takes a program off the node's PATH. */
  remove(name: string): void {
    rmSync(join(this.bin, name));
  }

  /** The command lines of the node's programs, as `ps` would show them. */
  get argv(): string[] {
    const path = join(this.root, "argv");
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").filter(Boolean) : [];
  }

  put(name: string, content: Buffer | string, folder = this.snapshots): void {
    writeFileSync(join(folder, name), content);
  }

  /** Sets when a snapshot's file was written. */
  setTime(name: string, time: string): void {
    utimesSync(join(this.snapshots, name), new Date(time), new Date(time));
  }

  /** Every file in the snapshot folder, hidden ones and those in folders too, by name. */
  files(): Record<string, Buffer> {
    return Object.fromEntries(
      readdirSync(this.snapshots, { recursive: true, withFileTypes: true }).map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(this.snapshots.length + 1), entry.isFile() ? readFileSync(path) : Buffer.from("a folder")];
      }),
    );
  }

  names(): string[] {
    return Object.keys(this.files()).sort();
  }

  start(script: string): ChildProcess {
    const here = script.replaceAll(RKE_FOLDER, this.root);
    const command = `eval "$(dd bs=1 count=${Buffer.byteLength(here)} 2>/dev/null)"`;
    const env = { PATH: this.bin, HOME: this.home, TMPDIR: this.home };
    const child = spawn("/bin/sh", ["-c", command], { env, stdio: "pipe" });
    afterwards(() => child.kill("SIGKILL"));
    child.stdin.on("error", () => {});
    child.stdin.write(here);
    return child;
  }

  /** What a script prints that ends well, in a real shell. */
  printed(script: string): string {
    const env = { PATH: this.bin };
    const { status, stdout, stderr } = spawnSync("/bin/sh", ["-s"], { input: script, encoding: "utf8", env });
    expect([status, stderr]).toEqual([0, ""]);
    return stdout;
  }

  /** Runs a script to its end, with what it reads from standard input. */
  async run(script: string, input: string | Buffer = ""): Promise<ScriptEnd> {
    const child = this.start(script);
    child.stdin?.end(input);
    return await ended(child);
  }
}

export async function ended(child: ChildProcess): Promise<ScriptEnd> {
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return await new Promise((resolve) => child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr })));
}

/**
 * Puts a fake `ssh` on the PATH that runs what it is given on the node with that address, in that node's folder and with
 * its programs. What is between `cut` bytes of standard input and its end is lost, when it is set.
 * @param nodes by address; those of a list have 10.0.0.1, 10.0.0.2, …
 */
export function reach(nodes: Record<string, SnapshotNode> | SnapshotNode[], { cut = 0 } = {}): void {
  const folder = tempFolder();
  const named = Array.isArray(nodes)
    ? nodes.map((node, at) => [`10.0.0.${at + 1}`, node] as const)
    : Object.entries(nodes);
  const cases = named.map(
    ([address, { root, bin }]) => `*@${address}) root='${root}' bin='${bin}' here='s#${RKE_FOLDER}#${root}#g' ;;`,
  );
  const feed = cut > 0 ? `head -c ${cut}` : "cat";
  program(
    join(folder, "ssh"),
    `for word; do case $word in ${cases.join(" ")} esac; done
[ -n "\${bin-}" ] || { echo "connect to host: refused" >&2; exit 255; }
printf '%s\\n' "$*" >>"$root/ssh"
case $word in
  'sh -s') sed "$here" | PATH=$bin /bin/sh -s ;;
  *count=*)
    count=\${word##*count=}; count=\${count%% *}
    script=$(dd bs=1 count="$count" 2>/dev/null | sed "$here")
    ${feed} | PATH=$bin /bin/sh -c "$script" ;;
esac`,
  );
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
}
