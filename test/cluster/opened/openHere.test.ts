import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Rule } from "../../../cluster/opened/open.ts";
import { openHere } from "../../../cluster/opened/openHere.ts";
import { tempFolder, textFile, until } from "../../support/folder.ts";
import { containersOf, openedDocker } from "../../support/openedDocker.ts";
import { EMPTY, holding, TOOLS } from "../../support/openedHost.ts";
import { rkeZip, snapshotBytes } from "../../support/snapshot.ts";
import { SnapshotNode } from "../../support/snapshotNode.ts";

const SNAPSHOT = snapshotBytes();
const KEY = "/registry/management.cattle.io/settings/server-version";
const OPENED = { revision: 9, keys: [holding(KEY, { value: "v2.5.8" })] };
const RULES: Rule[] = [{ show: ["value"] }];
const ASKING = { rules: RULES, choose: () => [{ key: KEY, side: "opened" as const, rule: RULES[0] as Rule }] };
const HOLDS = { opened: { revision: 9 }, live: { unknown: "there is no etcd of the cluster on this machine" } };

let [system, machine] = ["", undefined as unknown as SnapshotNode];
beforeEach(() => {
  system = tempFolder();
  machine = new SnapshotNode([...TOOLS, "sha256sum", "nice", "env", "mv"]);
  machine.put("my.db", SNAPSHOT, machine.home);
  vi.stubEnv("PATH", machine.bin);
  vi.stubEnv("TMPDIR", system);
  vi.stubEnv("DOCKER_HOST", undefined);
});
const open = (file = "my.db") => openHere(join(machine.home, file), { name: "base" }, ASKING);

/** A Docker with images, a line `ID REPOSITORY` each. */
function withDocker(...images: string[]) {
  openedDocker(machine, OPENED, EMPTY);
  textFile(join(machine.root, "images"), images.map((line) => `${line}\n`).join(""));
}

/** An etcd 3.4 on the PATH. `etcd` is a shell that waits, with its process id in `running`. */
function withPrograms() {
  textFile(join(machine.root, "opened.json"), JSON.stringify(OPENED));
  machine.program("etcd", `[ -d data ] || exit 1; echo $$ >"$here/running"; exec sleep 600`);
  const fake = join(import.meta.dirname, "../../support/fakeEtcdctl.ts");
  machine.program(
    "etcdctl",
    `case $* in
  *--help) echo "  --data-dir string" ;;
  version) echo "etcdctl version: 3.4.15" ;;
  'snapshot restore'*) mkdir data && cat snapshot >"$here/restored" ;;
  *) [ -e "$here/running" ] && [ "$ETCDCTL_ENDPOINTS" = unix://client:0 ] || { echo "connection refused" >&2; exit 1; }
    exec ${process.execPath} ${fake} "$here" opened "$@" ;;
esac`,
  );
}

function isRunning(): boolean {
  const pid = readFileSync(join(machine.root, "running"), "utf8").trim();
  return existsSync(`/proc/${pid}`);
}

describe("a snapshot's file on this machine", () => {
  test("is opened in a container of an etcd image that is here, bounded and without a network; none is pulled", async () => {
    withDocker("sha256:a docker.io/library/busybox", "sha256:e rancher/mirrored-coreos-etcd");
    const opened = await open();
    expect(opened).toMatchObject(HOLDS);
    expect(opened && "answers" in opened && opened.answers.get(KEY)?.opened).toEqual({ value: ["v2.5.8"] });
    const runs = machine.argv.filter((line) => line.startsWith("docker run") && line.includes("/opened"));
    expect(runs).toHaveLength(2);
    for (const line of runs) expect(line).toMatch(/--network none .*--user 0 .*--memory \d+ .*sha256:e/);
    expect(machine.argv.join("\n")).not.toContain("pull");
    expect([containersOf(machine), readdirSync(system)]).toEqual([[], []]);
  });

  test("is opened by the programs on the PATH where Docker has no such image, in a folder that nobody else can enter", async () => {
    withDocker("sha256:a docker.io/library/busybox");
    withPrograms();
    expect(await open()).toMatchObject(HOLDS);
    const [line] = machine.argv.filter((one) => one.startsWith("etcd "));
    expect(line).toContain("--listen-client-urls unix://client:0");
    expect(line).toContain("--listen-peer-urls unix://peer:0");
    expect(readFileSync(join(machine.root, "restored"))).toEqual(SNAPSHOT);
    expect([isRunning(), readdirSync(system)]).toEqual([false, []]);
  });

  test("is left to the programs on the PATH where Docker is on another machine, which does not see the file", async () => {
    withDocker("sha256:e quay.io/coreos/etcd");
    withPrograms();
    vi.stubEnv("DOCKER_HOST", "ssh://elsewhere");
    expect(await open()).toMatchObject(HOLDS);
    expect(machine.argv.filter((line) => line.startsWith("docker"))).toEqual([]);
  });

  test("may be a zip of RKE's with any name", async () => {
    withPrograms();
    machine.put("fetched", rkeZip("base", SNAPSHOT), machine.home);
    expect(await open("fetched")).toMatchObject(HOLDS);
    expect(readFileSync(join(machine.root, "restored"))).toEqual(SNAPSHOT);
  });

  test("is opened by nothing where there is no etcd, or no etcdctl beside it", async () => {
    expect(await open()).toBeUndefined();
    withPrograms();
    machine.remove("etcd");
    expect(await open()).toBeUndefined();
    withPrograms();
    machine.remove("etcdctl");
    machine.program(
      "etcdutl",
      `case $* in *--help) echo "  --data-dir string" ;; *) echo "etcdutl version: 3.5.21" ;; esac`,
    );
    expect(await open()).toBeUndefined();
  });

  test.each([
    ["is damaged", Buffer.concat([SNAPSHOT.subarray(0, 100), Buffer.from("x"), SNAPSHOT.subarray(101)])],
    ["is cut short or no etcd snapshot", SNAPSHOT.subarray(0, 700)],
  ])("that %s is not opened", async (wrong, content) => {
    withPrograms();
    machine.put("my.db", content, machine.home);
    expect(await open()).toEqual({
      failed: { message: expect.stringContaining(`my.db ${wrong}`), remedy: expect.any(String) },
    });
    expect(existsSync(join(machine.root, "restored"))).toBe(false);
  });

  test("that is not there is named", async () => {
    expect(await open("other")).toEqual({
      failed: {
        message: `${join(machine.home, "other")} cannot be read`,
        remedy: `look at it: ls -l ${join(machine.home, "other")}`,
      },
    });
  });

  test("on which etcd ends says etcd's last words, and nothing of it is left", async () => {
    withPrograms();
    machine.program("etcd", `echo "panic: freepages" >&2; exit 2`);
    expect(await open()).toEqual({
      failed: { message: "etcd ends on base: panic: freepages", remedy: "name another snapshot" },
    });
    expect(readdirSync(system)).toEqual([]);
  });

  test("leaves no etcd behind where this machine's shell that opens it is killed", async () => {
    withPrograms();
    const asking = {
      ...ASKING,
      choose: () => {
        const shell = readFileSync(`/proc/${readFileSync(join(machine.root, "running"), "utf8").trim()}/stat`, "utf8");
        process.kill(Number(/\) \S (\d+)/.exec(shell)?.[1]), "SIGKILL");
        return [];
      },
    };
    await openHere(join(machine.home, "my.db"), { name: "base" }, asking);
    // What ends etcd removes its folder after that.
    await until(() => !isRunning() && readdirSync(system).length === 0);
    expect([isRunning(), readdirSync(system)]).toEqual([false, []]);
  });
});
