import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  type OpenArgs,
  openScript,
  parseAnswers,
  parseOpening,
  type Question,
  questionLines,
  type Rule,
} from "../../cluster/opened/open.ts";
import type { FakeKey } from "./fakeEtcdctl.ts";
import { type FakeEtcd, openedDocker } from "./openedDocker.ts";
import { someNode } from "./settings.ts";
import { snapshotBytes } from "./snapshot.ts";
import { SnapshotNode } from "./snapshotNode.ts";

export const TOOLS = "sh dd wc od tail head tee cat cp sleep date mkdir rm ln df gzip sed tr base64 awk id".split(" ");
export const SNAPSHOT = snapshotBytes();
export const ARGS: OpenArgs = {
  ...{ node: someNode(1), name: "base", file: "base", bytes: SNAPSHOT.length, image: "sha256:e", tool: "etcdctl" },
};
export const EMPTY: FakeEtcd = { revision: 5, keys: [] };

/** An etcd host with a snapshot `base`, beside which lives an etcd. */
export function host(opened: FakeEtcd = EMPTY, live: FakeEtcd = EMPTY, tools = TOOLS) {
  const node = new SnapshotNode(tools);
  mkdirSync(join(node.root, "rancher-rollback/opened-0"), { recursive: true });
  node.put("base", SNAPSHOT);
  openedDocker(node, opened, live);
  return node;
}

/** What a host says before it is asked. */
export async function opening(node: SnapshotNode, changes: Partial<OpenArgs> = {}) {
  const { stdout } = await node.run(openScript({ ...ARGS, ...changes }, []));
  return parseOpening(stdout);
}

/** What a host answers of keys, and all that it has printed. */
export async function answers(opened: FakeKey[], live: FakeKey[], questions: Question[]) {
  const rules: Rule[] = [...new Set(questions.map(({ rule }) => rule))];
  const node = host({ revision: 9, keys: opened }, { revision: 9, keys: live });
  const { stdout } = await node.run(openScript(ARGS, rules), questionLines(questions, rules));
  return { answers: parseAnswers(stdout), stdout };
}

export const keyAt = (key: string, created: number, modified = created): FakeKey => ({ key, created, modified });
export const holding = (key: string, value: object | string): FakeKey => ({
  ...keyAt(key, 1),
  value: typeof value === "string" ? value : `${JSON.stringify(value)}\n`,
});
