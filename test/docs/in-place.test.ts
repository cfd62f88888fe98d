import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exchangeFolder } from "../../cluster/inPlace/exchange.ts";
import { exchangeState, factsScript, parseFacts } from "../../cluster/inPlace/facts.ts";
import { RESTORE_WITH } from "../../cluster/inPlace/way.ts";
import { textFile } from "../support/folder.ts";
import { SnapshotNode } from "../support/snapshotNode.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/in-place.md"), "utf8");

test("the page names every way to ask for, and where the old data lie", () => {
  for (const way of RESTORE_WITH) expect(page).toContain(`\`restoreWith: ${way}\``);
  expect(page).toContain(`${exchangeFolder({ data: "/var/lib/etcd", id: "ID" })}/old/member`);
});

test("the commands of the way back by hand give etcd its old data, and keep the ones of now", async () => {
  const node = new SnapshotNode("sh dd id ls df du stat sed head tr mkdir mv rmdir grep cat".split(" "));
  const data = join(node.root, "etcd");
  textFile(join(data, "member/db"), "of now");
  const exchange = join(data, ".rancher-rollback/rollback-1");
  textFile(join(exchange, "old/member/db"), "from before");
  textFile(join(exchange, "about.json"), '{"snapshot": "base"}');
  // The fourth step finds the data, the fifth exchanges them.
  node.program("docker", `case $* in *'{{if eq .Destination'* | *Mounts*) echo "$here/etcd" ;; *) exit 1 ;; esac`);
  const commands = [...page.matchAll(/^ {7}(\S.*)$/gm)].map(([, command = ""]) => command);
  const from = commands.findIndex((command) => command.startsWith("cd "));
  const by = commands.slice(from, commands.findIndex((command) => command.startsWith("rmdir ")) + 1);
  expect(by).toHaveLength(7);
  const script = by.map((command) => command.replace(/^ID=\S+.*/, "ID=rollback-1")).join("\n");
  const { code, stdout, stderr } = await node.run(`set -e\n${script}\n`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain('{"snapshot": "base"}');
  expect(readFileSync(join(data, "member/db"), "utf8")).toBe("from before");
  expect(readFileSync(join(data, "member-rollback-1/db"), "utf8")).toBe("of now");

  node.program("docker", `case $* in *Mounts*) echo "/var/lib/rancher/etcd $here/etcd" ;; *) exit 1 ;; esac`);
  const facts = parseFacts((await node.run(factsScript({}, "base"))).stdout);
  expect(exchangeState(facts, "rollback-1")).toBe("none");
});
