import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { openScript, parseAnswers, parseOpening, questionLines, type Rule } from "../../../cluster/opened/open.ts";
import { textFile, until } from "../../support/folder.ts";
import { containersOf, foldersOf } from "../../support/openedDocker.ts";
import { ARGS, EMPTY, holding, host, keyAt, opening, SNAPSHOT, TOOLS } from "../../support/openedHost.ts";
import { rkeZip } from "../../support/snapshot.ts";
import { ended } from "../../support/snapshotNode.ts";

describe.concurrent("a snapshot that is opened", () => {
  const some = Array.from({ length: 5000 }, (_, at) => keyAt(`/registry/pods/default/pod-${at}`, at + 1, at + 2));

  test("tells every key with its revisions, and so does the live etcd", async () => {
    const node = host({ revision: 6000, keys: some }, { revision: 2 ** 40, keys: [keyAt("compact_rev_key", 2 ** 33)] });
    const found = await opening(node);
    if ("failed" in found || "unknown" in found.live) throw new Error(JSON.stringify(found));
    const { opened, live } = found;
    expect([opened.revision, opened.keys.size, live.revision]).toEqual([6000, 5000, 2 ** 40]);
    for (const { key, created, modified } of some) expect(opened.keys.get(key)).toEqual({ created, modified });
    expect([...live.keys]).toEqual([["compact_rev_key", { created: 2 ** 33, modified: 2 ** 33 }]]);
  });

  test("is read in pages at one revision, by the live etcd too", async () => {
    const node = host(EMPTY, { revision: 6000, keys: some });
    await opening(node);
    const pages = node.argv.filter((line) => line.includes("--keys-only"));
    expect(pages.filter((line) => line.includes("--rev 6000")).length).toBeGreaterThan(0);
  });

  test("needs no gzip", async () => {
    const node = host(
      { revision: 9, keys: some },
      EMPTY,
      TOOLS.filter((tool) => tool !== "gzip"),
    );
    expect(await opening(node)).toMatchObject({ opened: { keys: expect.objectContaining({ size: 5000 }) } });
  });

  test("is in a container without a network or an SELinux label, bounded, and nothing of it is left", async () => {
    const node = host();
    await opening(node);
    const runs = node.argv.filter((line) => line.startsWith("docker run"));
    expect(runs).toHaveLength(2);
    for (const line of runs) expect(line).toMatch(/--network none .*--security-opt label=disable .*--memory \d+ /);
    expect([containersOf(node), foldersOf(node)]).toEqual([[], []]);
  });

  test("has memory for the whole database, which etcd maps, and 1 GiB more", async () => {
    const node = host();
    const bytes = 2 * 2 ** 30;
    await opening(node, { bytes });
    const runs = node.argv.filter((line) => line.startsWith("docker run"));
    expect(runs).toHaveLength(2);
    for (const line of runs) expect(line).toContain(`--memory ${bytes + 2 ** 30} `);
  });

  test("is not hashed again, as its file is proven", async () => {
    const node = host();
    await opening(node);
    expect(node.argv.filter((line) => line.includes("snapshot restore")).join()).toContain("--skip-hash-check");
  });

  test("is read in pages of 128 MiB of values to the end, and the live etcd, which has others to serve, of 32 MiB", async () => {
    const etcd = {
      revision: 60000,
      keys: Array.from({ length: 30_000 }, (_, at) => keyAt(`/registry/pods/default/pod-${at}`, at + 1, at + 2)),
    };
    const node = host(etcd, etcd);
    await opening(node, { bytes: 30_000 * 10_000 });
    const pages = node.argv.filter((line) => line.includes("--keys-only"));
    const limits = (of: (line: string) => boolean) => [
      ...new Set(pages.filter(of).map((line) => /--limit (\d+)/.exec(line)?.[1])),
    ];
    const ofLive = (line: string) => line.includes(" etcd etcdctl ");
    expect(limits((line) => !ofLive(line))).toEqual(["2000", "13421"]);
    expect(limits(ofLive)).toEqual(["2000", "3355"]);
  });

  test("is the one in the zip", async () => {
    const node = host();
    rmSync(join(node.snapshots, "base"));
    node.put("base.zip", rkeZip("base", SNAPSHOT));
    expect(await opening(node, { file: "base.zip" })).toHaveProperty("opened");
    expect(readFileSync(join(node.root, "restored"))).toEqual(SNAPSHOT);
  });

  test("goes when the connection ends while it waits for questions, and when it is killed the next run takes it away", async () => {
    const node = host();
    const child = node.start(openScript(ARGS, []));
    let printed = "";
    child.stdout?.on("data", (text) => {
      printed += text;
    });
    await until(() => printed.includes("ready"));
    expect([containersOf(node).length, foldersOf(node).length]).toEqual([1, 1]);
    child.kill("SIGKILL");
    await ended(child);
    expect([containersOf(node).length, foldersOf(node).length]).toEqual([1, 1]);
    await opening(node);
    expect([containersOf(node), foldersOf(node)]).toEqual([[], []]);
  });

  test.each([
    ["run*restore*", /^etcd cannot restore base: no luck with run$/, {}],
    ["run*--detach*", /^etcd does not start on base: no luck with run$/, { ofHost: true }],
  ])("that fails at %s says so, and nothing of it is left", async (pattern, message, whose) => {
    const node = host();
    textFile(join(node.root, "broken"), `${pattern}\n`);
    expect(await opening(node)).toEqual({
      ...{ failed: { message: expect.stringMatching(message), remedy: expect.any(String) }, ...whose },
    });
    expect([containersOf(node), foldersOf(node)]).toEqual([[], []]);
  });

  test("on which etcd ends says etcd's last words", async () => {
    const node = host();
    textFile(join(node.root, "broken"), "exec*rancher-rollback-opened-*\ninspect*\n");
    expect(await opening(node)).toEqual({
      failed: {
        message: "etcd ends on base: panic: freepages: failed to get all reachable pages",
        remedy: "name another snapshot",
      },
    });
  });

  test("on which Docker answers no more is no fault of the snapshot", async () => {
    const node = host();
    textFile(join(node.root, "broken"), "exec*rancher-rollback-opened-*\ninspect*\nversion*\n");
    expect(await opening(node)).toEqual({
      failed: { message: expect.stringMatching(/no luck with version/), remedy: expect.any(String) },
      ofHost: true,
    });
  });

  test("is not opened without room for it", async () => {
    const node = host();
    node.program("df", "echo x; echo 'disk 9 9 1024 9 /'");
    expect(await opening(node)).toEqual({
      failed: {
        message: expect.stringMatching(/needs 640 MiB in .*, and 1 MiB are free$/),
        remedy: expect.stringContaining("df -h"),
      },
      ofHost: true,
    });
    expect(node.argv.filter((line) => line.startsWith("docker run"))).toEqual([]);
  });

  test("is compared with what the member here has, where etcd has no quorum", async () => {
    const pod = holding("/registry/management.cattle.io/users/u-1", { username: "anna" });
    const node = host(EMPTY, { revision: 9, keys: [pod] });
    textFile(join(node.root, "broken"), "exec*:2379?etcd?etcdctl*--consistency?l?*\n");
    const rules: Rule[] = [{ show: ["username"] }];
    const { stdout } = await node.run(
      openScript(ARGS, rules),
      questionLines([{ key: pod.key, side: "live", rule: rules[0] as Rule }], rules),
    );
    expect(parseOpening(stdout)).toMatchObject({ opened: { quorum: true }, live: { quorum: false, revision: 9 } });
    expect(parseAnswers(stdout).get(pod.key)?.live).toEqual({ username: ["anna"] });
  });

  /** What is said where a host is asked about one key that both have, and command lines that `broken` matches fail. */
  const askedOf = async (broken: string) => {
    const node = host({ revision: 9, keys: some }, { revision: 9, keys: some });
    textFile(join(node.root, "broken"), `${broken}\n`);
    const rule: Rule = { show: ["spec"] };
    const { stdout } = await node.run(
      openScript(ARGS, [rule]),
      questionLines([{ key: some[0]?.key ?? "", side: "both", rule }], [rule]),
    );
    return parseOpening(stdout);
  };

  test("is refused where its etcd has said its keys, and then nothing of them: half of it would look as if less were lost", async () => {
    const message = "etcd does not answer on base: no luck with exec";
    expect(await askedOf("exec*rancher-rollback-opened-*txn*")).toMatchObject({ failed: { message } });
  });

  test("is compared with nothing where the live etcd has said its keys, and then nothing of them", async () => {
    const found = await askedOf("exec*:2379?etcd?etcdctl*txn*");
    expect(found).toMatchObject({ opened: { revision: 9 }, live: { unknown: "no luck with exec" } });
  });

  test("gives a busy etcd more time than the 5 s of etcdctl, once it has said that it has a quorum", async () => {
    const node = host({ revision: 6000, keys: some }, { revision: 6000, keys: some });
    await opening(node);
    const patience = (line: string) => / (?:get|txn) --command-timeout=(\w+)/.exec(line)?.[1];
    const pages = node.argv.filter((line) => line.includes("--keys-only") && line.includes(" etcd etcdctl "));
    const [first, ...later] = pages.map(patience);
    expect(first).toBe("5s");
    expect([...new Set(later)]).toEqual(["30s"]);
  });

  test("is reported where the live etcd does not answer", async () => {
    const node = host({ revision: 9, keys: some });
    textFile(join(node.root, "broken"), "exec*:2379?etcd?etcdctl*\n");
    expect(await opening(node)).toMatchObject({ opened: { revision: 9 }, live: { unknown: "no luck with exec" } });
  });
});
