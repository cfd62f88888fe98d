import { describe, expect, test } from "vitest";
import { inspectionOf, inspectionSchema } from "../../../cluster/opened/inspection.ts";
import type { KeyIndex, Revisions } from "../../../cluster/opened/keyIndex.ts";
import type { Answer, OpenedSnapshot } from "../../../cluster/opened/open.ts";

const RANCHER = { namespace: "cattle-system", deployment: "cattle", container: "cattle-server" };
const KUBE_SYSTEM = "/registry/namespaces/kube-system";
const P = "/registry/management.cattle.io";

function index(keys: string[], revision = 100): KeyIndex {
  const at = (number: number): Revisions => ({ created: number + 1, modified: number + 1 });
  return { revision, keys: new Map(keys.map((key, number) => [key, at(number)])) };
}

const names = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}/u-${at}`);
const users = (count: number) => names(`${P}/users`, count);
const services = (count: number) => names("/registry/services/specs/default", count);

function inspected({
  opened,
  live,
  uids = ["uid-1", "uid-1"],
}: {
  opened: KeyIndex;
  live: OpenedSnapshot["live"];
  uids?: [string | undefined, string | undefined];
}) {
  const [held, lives] = uids.map((uid): Record<string, unknown[]> => (uid === undefined ? {} : { "1.5": [uid] }));
  const answers = new Map<string, Answer>([[KUBE_SYSTEM, { opened: held ?? {}, live: lives ?? {}, alike: {} }]]);
  const found = inspectionOf({ opened, live, answers }, { on: "node1", name: "base", rancher: RANCHER });
  expect(inspectionSchema.parse(found)).toEqual(found);
  return { ...found, messages: found.problems.map(({ message }) => message) };
}

const quorum = (keys: KeyIndex) => ({ ...keys, quorum: true });

describe("an opened snapshot", () => {
  test("is counted by kinds, what lives beside it, without what makes itself", () => {
    const noise = ["/registry/pods/default/a", "/registry/events/default/b", "/registry/namespaces/p-x7k2p"];
    // Most are sessions, and the key does not tell which.
    noise.push(`${P}/tokens/token-x7k2p`);
    const { objects, problems, keys } = inspected({
      opened: index([KUBE_SYSTEM, ...users(3), ...noise]),
      live: quorum(index([KUBE_SYSTEM, ...users(4), ...noise], 200)),
    });
    expect(objects).toEqual([
      { kind: "users", of: "rancher", snapshot: 3, live: 4, held: 3 },
      { kind: "namespaces", of: "kubernetes", snapshot: 1, live: 1, held: 1 },
    ]);
    expect([problems, keys]).toEqual([[], 8]);
  });

  test("that holds half of the live objects has no problem, and one that lacks most of it has one, of Rancher and of Kubernetes alike", () => {
    const live = quorum(index([KUBE_SYSTEM, ...users(20), ...services(20)], 200));
    const holding = (count: number) =>
      inspected({ opened: index([KUBE_SYSTEM, ...users(count), ...services(count)]), live }).messages;
    expect(holding(10)).toEqual([]);
    expect(holding(9)).toEqual([
      "base lacks most live objects: it holds 9 of 20 objects of Rancher",
      "base lacks most live objects: it holds 10 of 21 objects of Kubernetes",
    ]);
  });

  test("is not judged by a share of a few objects", () => {
    const live = quorum(index([KUBE_SYSTEM, ...users(9)], 200));
    expect(inspected({ opened: index([KUBE_SYSTEM]), live }).messages).toEqual([]);
  });

  test("may hold much that does not live any more: that is what it is for", () => {
    const live = quorum(index([KUBE_SYSTEM], 200));
    expect(inspected({ opened: index([KUBE_SYSTEM, ...users(100)]), live }).messages).toEqual([]);
  });

  test("that is empty, or of another cluster, is found out", () => {
    const live = quorum(index([KUBE_SYSTEM], 200));
    const empty = inspected({ opened: index([]), live, uids: [undefined, "uid-1"] });
    expect(empty.messages).toEqual(["base holds no Kubernetes cluster: there is no namespace kube-system in it"]);
    const another = inspected({ opened: index([KUBE_SYSTEM]), live, uids: ["uid-2", "uid-1"] });
    expect(another.cluster).toBe("other");
    expect(another.messages).toEqual([
      "base is of another cluster: its namespace kube-system has the uid uid-2, and here it is uid-1",
    ]);
  });

  test("whose namespaces are encrypted has no problem, and cannot be told apart from another cluster's", () => {
    const live = quorum(index([KUBE_SYSTEM], 200));
    const encrypted = inspected({ opened: index([KUBE_SYSTEM]), live, uids: [undefined, undefined] });
    expect([encrypted.messages, encrypted.cluster]).toEqual([[], undefined]);
    expect(inspected({ opened: index([KUBE_SYSTEM]), live }).cluster).toBe("this");
  });

  test("that can be compared with nothing says so, and is counted all the same", () => {
    const { objects, messages, live } = inspected({
      opened: index([KUBE_SYSTEM]),
      live: { unknown: "context deadline exceeded" },
      uids: ["uid-1", undefined],
    });
    expect(messages).toEqual([
      "base cannot be compared with the cluster: etcd on node1 cannot be read: context deadline exceeded",
    ]);
    expect([objects, live]).toEqual([[{ kind: "namespaces", of: "kubernetes", snapshot: 1 }], undefined]);
  });
});
