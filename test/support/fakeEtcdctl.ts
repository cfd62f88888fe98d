import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `etcdctl get`, `txn` and `member list` as etcd 3.4 and 3.5 answer them with `-w json`: the arguments are a folder, the name of
 * a file in it with keys, and what etcdctl is given.
 */
export interface FakeKey {
  key: string;
  created: number;
  modified: number;
  value?: string;
}

const [folder = "", side = "", command, ...args] = process.argv.slice(2);
const { revision, keys } = JSON.parse(readFileSync(join(folder, `${side}.json`), "utf8")) as {
  revision: number;
  keys: FakeKey[];
};
const header = { cluster_id: 14841639068965178418n, member_id: 10276657743932975437n, revision, raft_term: 2 };
const base64 = (text: string) => Buffer.from(text, "latin1").toString("base64");
const found = ({ key, created, modified, value = "" }: FakeKey, withValue: boolean) => ({
  ...{ key: base64(key), create_revision: created, mod_revision: modified, version: 1 },
  ...(withValue && { value: base64(value) }),
});

if (command === "get") {
  const from = args.at(-1) ?? "";
  const limit = Number(args[args.indexOf("--limit") + 1]);
  const range = keys.filter(({ key }) => key >= from).sort((one, other) => (one.key < other.key ? -1 : 1));
  const page = range.slice(0, limit);
  print({
    header,
    kvs: page.map((one) => found(one, false)),
    ...(page.length < range.length && { more: true }),
    count: range.length,
  });
} else if (args[0] === "member") {
  print({ header, members: [] });
} else {
  const asked = [...readFileSync(0, "utf8").matchAll(/^get --consistency [ls] "(.*)"$/gm)].map(([, key]) => key);
  const ranges = asked.map((key) => keys.filter((one) => one.key === key).map((one) => found(one, true)));
  print({
    header,
    succeeded: true,
    responses: ranges.map((kvs) => ({
      Response: { response_range: { header: { revision }, ...(kvs.length > 0 && { kvs, count: 1 }) } },
    })),
  });
}

function print(answer: object): void {
  const raw = JSON as typeof JSON & { rawJSON: (text: string) => unknown };
  const text = JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? raw.rawJSON(String(value)) : value));
  process.stdout.write(`${text}\n`);
}
